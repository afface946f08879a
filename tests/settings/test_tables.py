"""Tables of the configuration read into dataclasses: everything that is wrong, with its place."""

from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

import pytest

from settings import Problems, SettingsError, load, read


@dataclass(frozen=True, slots=True)
class Hours:
    since: time = time(0)

    def __post_init__(self) -> None:
        if self.since.second:
            raise ValueError("since: expected whole minutes")


@dataclass(frozen=True, slots=True)
class Shop:
    name: str
    size: int = 1
    opening: Hours | None = None
    tills: list[Hours] = field(default_factory=list)
    branches: dict[str, Hours] = field(default_factory=dict)


def problems(text: str, tmp_path: Path) -> list[str]:
    """What is wrong with that file."""
    path = tmp_path / "x.toml"
    path.write_text(text)
    found = Problems("x.toml")
    read(Shop, load(path), "shop", found)
    return list(found)


def test_a_table_that_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('name = "a"\nopening = { since = 09:00:00 }')
    assert read(Shop, load(path), "shop", Problems(path)) == Shop("a", opening=Hours(time(9)))
    path.write_text('name = "a"')
    assert read(Shop, load(path), "shop", Problems(path)) == Shop("a")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# nothing", "shop.name: is required"),
        ('name = "a"\nsiez = 3', "shop.siez: unknown key; did you mean `size`?"),
        ('name = "a"\nsize = "big"', "shop.size: expected `int`, got `str`; found 'big'"),
        (
            'name = "a"\nopening = { sinse = 09:00:00 }',
            "shop.opening.sinse: unknown key; did you mean `since`?",
        ),
        ('name = "a"\nopening = { since = 09:00:01 }', "shop.opening: since: expected whole minutes"),
        ('name = "a"\nopening = 5', "shop.opening: expected a table, found 5"),
        ('name = "a"\n[[tills]]\nsince = 5', "shop.tills[0].since: expected `time`, got `int`; found 5"),
        ('name = "a"\n[branches.north]\nx = 5', "shop.branches.north.x: unknown key; known here: since"),
    ],
)
def test_each_mistake_has_its_place(text: str, problem: str, tmp_path: Path) -> None:
    assert problems(text, tmp_path) == [f"x.toml: {problem}"]


def test_all_at_once(tmp_path: Path) -> None:
    assert len(problems("size = 'x'\nopening = 5\nfoo = 1", tmp_path)) == 4


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file; `stellwerk init` writes one"):
        load(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text(" \n")
    with pytest.raises(SettingsError, match="is empty"):
        load(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text("= 5")
    with pytest.raises(SettingsError, match="not TOML"):
        load(tmp_path / "x.toml")
