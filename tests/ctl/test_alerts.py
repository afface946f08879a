"""`stellwerk notify` and `stellwerk alerts` with the real notifier."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.stellwerk import CommandFailed, Stellwerk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stellwerk() -> Iterator[Stellwerk]:
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def test_the_life_of_an_alert(stellwerk: Stellwerk) -> None:
    """Told, shown, answered, over; the same key is the same alert."""
    assert (
        stellwerk.command("notify", "disk full", "--key", "d", "--severity", "critical")
        == "this is alert 1\n"
    )
    assert stellwerk.command("notify", "disk full", "--key", "d") == "this is alert 1\n"
    [alert] = json.loads(stellwerk.command("alerts", "list", "--json"))["alerts"]
    assert (alert["number"], alert["title"], alert["state"]) == (1, "disk full", "open")
    assert stellwerk.command("alerts", "ack", "1", "on", "my", "way") == "1 is yours: disk full\n"
    shown = stellwerk.command("alerts", "show", "1")
    assert "Acknowledged by operator" in shown
    assert "operator (operator): ack on my way" in shown
    assert stellwerk.command("alerts", "ack", "1", "--answer", "resolve") == "1 is over: disk full\n"
    assert "disk full" in stellwerk.command("alerts", "history", "disk")
    assert json.loads(stellwerk.command("alerts", "list", "--json")) == {"alerts": []}


def test_silences(stellwerk: Stellwerk) -> None:
    """Begun, shown, ended."""
    said = stellwerk.command("alerts", "silence", "host=web*", "--for", "30m", "--comment", "reboot")
    number = said.split()[1]
    assert "host=web*" in stellwerk.command("alerts", "silence")
    assert stellwerk.command("alerts", "silence", "--end", number) == f"silence {number} is over: host=web*\n"
    assert json.loads(stellwerk.command("alerts", "silence", "--json")) == {"silences": []}


def test_mistakes_are_one_line(stellwerk: Stellwerk) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(CommandFailed, match="there is no alert with the number 99"):
        stellwerk.command("alerts", "show", "99")
    with pytest.raises(CommandFailed, match="team"):
        stellwerk.command("notify", "x", "--to", "team:nobody")
    with pytest.raises(CommandFailed, match="expected label=value"):
        stellwerk.command("alerts", "silence", "host")
    assert json.loads(stellwerk.command("alerts", "dead-letters", "--json")) == {"dead_letters": []}
    assert stellwerk.command("alerts", "dead-letters", "--retry", "all") == "0 will be sent again\n"
