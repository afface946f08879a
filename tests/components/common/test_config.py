"""What is wrong with a component's configuration is said, all at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from components.common.config import ComponentSettings, Configuration, read_configuration
from settings import SettingsError


@dataclass(frozen=True, slots=True)
class Settings(ComponentSettings):
    """A component with a key of its own."""

    secret_file: str = "secrets/echo"
    database: str = "sqlite:///state/echo.sqlite"
    volume: int = 5


def read(home: Path, text: str, secret: str = "mellon") -> Configuration[Settings]:
    """The configuration in a home with a secret."""
    (home / "secrets").mkdir(exist_ok=True)
    (home / "secrets/echo").write_text(f"{secret}\n")
    (home / "stellwerk.toml").write_text(text)
    return read_configuration(home / "stellwerk.toml", "echo", "echo", Settings)


def test_defaults(tmp_path: Path) -> None:
    """A file that says nothing is a configuration."""
    found = read(tmp_path, "# nothing")
    assert (found.domain, found.router, found.secret) == ("echo.localhost", ("127.0.0.1", 5347), "mellon")
    assert found.database.database == str(tmp_path / "state/echo.sqlite")
    assert found.settings.volume == 5


def test_everything_set(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "domain = 'Example.COM'\n[echo]\nrouter = '[::1]:15347'\nsecret = 's'\nvolume = 11\n"
        "database = 'postgresql+psycopg2://u:p@db/x'\n",
    )
    assert (found.domain, found.router, found.secret) == ("echo.example.com", ("::1", 15347), "s")
    assert (found.database.host, found.settings.volume) == ("db", 11)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[echo]\ndomain = 'a@b'", "echo.domain"),
        ("[echo]\ndomain = '@'", "echo.domain"),
        ("[echo]\nrouter = 'localhost'", "echo.router"),
        ("[echo]\nrouter = 'localhost:0'", "echo.router"),
        ("[echo]\nrouter = 'localhost:70000'", "echo.router"),
        ("[echo]\nsecret_file = ''", "echo.secret_file"),
        ("[echo]\nsecret_file = 'nowhere'", "echo.secret_file"),
        ("[echo]\nsecret_file = 'secrets'", "echo.secret_file"),
        ("[echo]\ndatabase = 'somewhere'", "echo.database"),
        ("[echo]\ndatabase = 'oracle://x'", "echo.database"),
        ("[echo]\ndatabase = 'sqlite://'", "echo.database"),
        ("[echo]\nvolume = 'loud'", "echo.volume"),
        ("[echo]\nvolum = 1", "echo.volum"),
        ("log_level = 'loud'", "log_level"),
    ],
)
def test_a_problem_has_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    [problem] = caught.value.problems
    assert problem.startswith(f"{tmp_path / 'stellwerk.toml'}: {place}: ")


def test_an_empty_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is empty"):
        read(tmp_path, "# nothing", secret="")


def test_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "[echo]\ndomain = '@'\nrouter = 'x'\nsecret_file = ''\ndatabase = 'x'")
    assert len(caught.value.problems) == 4


def test_problems_do_not_tell_secrets(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "[echo]\ndatabase = 'oracle://user:hunter2@host/x'")
    assert "hunter2" not in str(caught.value)
