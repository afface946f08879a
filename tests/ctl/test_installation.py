"""Which home a command is about, and which homes it will not touch."""

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ctl.__main__ import stellwerk
from ctl.installation import CHOSEN, chosen_home
from tests.ctl.conftest import Operator


def chosen(given: str | None = None) -> Path:
    with click.Context(click.Command("any")) as context:
        if given:
            context.meta[CHOSEN] = given
        return chosen_home().path


def test_the_option_goes_before_the_variable_before_here_before_the_users_own(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(short_path)
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.delenv("STELLWERK_HOME", raising=False)
    assert chosen() == Path("/somewhere/.stellwerk")
    (short_path / ".stellwerk").mkdir()
    assert chosen() == short_path / ".stellwerk"
    monkeypatch.setenv("STELLWERK_HOME", "/variable")
    assert chosen() == Path("/variable")
    assert chosen("/option") == Path("/option")


def test_the_option_is_understood_before_and_after_the_command(operator: Operator) -> None:
    after = CliRunner().invoke(stellwerk, ["user", "list", "--home", str(operator.home)])

    assert after.exit_code == 0
    assert after.output == operator.succeeds("user", "list")


def test_without_a_home_every_command_says_how_to_make_one(newcomer: Operator) -> None:
    for command in ("up", "down", "status", "check", "user list", "stop muc", "logs muc"):
        (line,) = newcomer.fails(*command.split()).splitlines()
        assert line.endswith(f"`stellwerk init --home {newcomer.home}` makes one")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a home of somebody else")
def test_the_home_of_somebody_else_is_not_touched(operator: Operator) -> None:
    os.chown(operator.home / "stellwerk.toml", 12345, 12345)

    assert "belongs to 12345: run this as 12345" in operator.fails("up")


@pytest.mark.parametrize("name", ['qu"ote', "100%", "back\\slash"])
def test_a_path_supervisord_cannot_take_is_refused(newcomer: Operator, name: str) -> None:
    newcomer.home = newcomer.home.parent / name

    assert "a home's path can hold no" in newcomer.fails("init")


def test_a_path_with_spaces_works(newcomer: Operator) -> None:
    newcomer.home = newcomer.home.parent / "my home"
    newcomer.succeeds("init")

    newcomer.succeeds("up", "--detach")

    assert newcomer.services()["muc"]["state"] == "running"
    newcomer.succeeds("down")
