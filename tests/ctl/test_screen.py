"""How figures are shown to people."""

import pytest

from ctl.screen import changes, duration, link, size
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
    assert link({"a.example": "up", "b.example": "down"}) == "a.example up, b.example down"


def test_only_changes_are_told() -> None:
    before = [Service("muc", "running", True, 1, link="up"), Service("irc", "disabled", False)]

    assert changes(before, before) == []
    assert changes(before, [Service("muc", "running", True, 2, link="down"), before[1]]) == [
        "muc running (process 2), no link to the router"
    ]
    assert changes(before, [Service("muc", "crashing", True, note="why"), before[1]]) == ["muc crashing: why"]
