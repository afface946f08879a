"""How figures are shown to people."""

import io

import pytest
from rich.console import Console

from ctl.screen import changes, duration, link, service_table, size
from ctl.services import Service


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min 0 s"),
        (3661, "1 h 1 min"),
        (86400 * 3 + 3600 * 4, "3 d 4 h"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_sizes_and_links() -> None:
    assert size(10 * 1024 * 1024) == "10 MiB"
    assert link("down") == "down"
    assert link({"a.example": "up"}) == "1 up"
    assert link({"a.example": "up", "c.example": "down", "b.example": "down"}) == (
        "1 up, down: b.example, c.example"
    )
    assert link({"a.example": "down"}) == "down: a.example"
    assert link({}) == ""


def test_what_is_wrong_stands_below_the_table() -> None:
    screen = Console(width=60, file=io.StringIO())
    screen.print(service_table([Service("muc", "crashing", True, note="cannot open [state/muc.sqlite]")]))

    lines = [line.rstrip() for line in screen.file.getvalue().splitlines()]
    assert lines[1:] == ["muc      crashing", "muc: cannot open [state/muc.sqlite]"]


def test_only_changes_are_told() -> None:
    before = [Service("muc", "running", True, 1, link="up"), Service("irc", "disabled", False)]

    assert changes(before, before) == []
    assert changes(before, [Service("muc", "running", True, 2, link="down"), before[1]]) == [
        "muc running (process 2), no link to the router"
    ]
    assert changes(before, [Service("muc", "crashing", True, note="why"), before[1]]) == ["muc crashing: why"]
