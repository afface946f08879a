"""`stellwerk watch` with the real notifier."""

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


def test_the_life_of_a_watch(stellwerk: Stellwerk) -> None:
    """Added, met by a quote, shown, adjusted, off and on, removed."""
    added = stellwerk.command("watch", "add", "ann@localhost", "500000", "<", "12.50")
    assert added == "Watch 1: 500000 < 12.50 once (waits); no quote of 500000 yet\n"
    assert stellwerk.command("watch", "quote", "500000", "12.48", "EUR") == "Taken; matches: 1\n"
    [watch] = json.loads(stellwerk.command("watch", "list", "ann@localhost", "--json"))["watches"]
    assert watch == {
        "number": 1,
        "owner": "ann@localhost",
        "condition": "500000 < 12.50 once",
        "phase": "has matched",
    }
    shown = stellwerk.command("watch", "show", "1")
    assert "500000 at 12.48: below 12.50" in shown
    assert json.loads(stellwerk.command("watch", "show", "1", "--json"))["matches"] == 1
    assert stellwerk.command("watch", "adjust", "1", "< 12") == "Watch 1: 500000 < 12.00 once (waits)\n"
    assert stellwerk.command("watch", "off", "1").endswith("(off)\n")
    assert stellwerk.command("watch", "on", "1").endswith("(waits)\n")
    assert "500000 < 12.00 once" in stellwerk.command("watch", "list")
    assert stellwerk.command("watch", "remove", "1") == "Watch 1 is removed: 500000 < 12.00 once\n"
    assert json.loads(stellwerk.command("watch", "list", "--json")) == {"watches": []}


def test_mistakes_are_one_line(stellwerk: Stellwerk) -> None:
    """What is wrong, and what would be right."""
    for arguments, why in (
        (("show", "99"), "there is no watch 99"),
        (("add", "ann@localhost", "500000 = 5"), "Examples: watch 500000 < 12.50 once"),
        (("quote", "500000", "0"), "expected a number above 0"),
    ):
        with pytest.raises(CommandFailed, match=why):
            stellwerk.command("watch", *arguments)
