"""The router's own key."""

import os
import stat
from pathlib import Path

import pytest

from core_router.runtime.key import kept_key


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "core_router"
    made = kept_key(path)
    assert len(made) == 32
    assert kept_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_another_home_has_another(tmp_path: Path) -> None:
    assert kept_key(tmp_path / "one") != kept_key(tmp_path / "other")


@pytest.mark.parametrize("content", ["", "no key\n", "00" * 31, "\0"])
def test_a_file_that_holds_none(tmp_path: Path, content: str) -> None:
    """It is not replaced: somebody may want to look at it, or have it in a backup."""
    path = tmp_path / "core_router"
    path.write_text(content)
    with pytest.raises(ValueError, match="delete it"):
        kept_key(path)
    assert path.read_text() == content


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "core_router"
    path.write_bytes(os.urandom(32) + b"\xff")
    with pytest.raises(ValueError, match="delete it"):
        kept_key(path)
