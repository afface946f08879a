"""`stellwerk oncall` with the real notifier."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.servers.stellwerk import CommandFailed, Stellwerk

pytestmark = pytest.mark.slow

# Ann and bob take turns, a day each.
SCHEDULE = """
[schedules.ops]
time_zone = "UTC"
[[schedules.ops.rotations]]
people = ["ann", "bob"]
start = {start}
days = 1
"""


@pytest.fixture(scope="module")
def stellwerk() -> Iterator[Stellwerk]:
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")

    def change(document: tomlkit.TOMLDocument) -> None:
        content: Any = document
        start = datetime.now(UTC).date() - timedelta(days=2)  # begun, whatever the time of day
        content["notifier"]["people"].update(tomlkit.parse(SCHEDULE.format(start=start)))

    made.configure(change)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def shifts(stellwerk: Stellwerk) -> list[str]:
    """Who is on duty in the coming days."""
    found = json.loads(stellwerk.command("oncall", "shifts", "ops", "--days", "6", "--json"))["shifts"]
    return [shift["person"] for shift in found]


def day(days: int) -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=days)}"


def test_who_is_on_duty(stellwerk: Stellwerk) -> None:
    """For people and for scripts."""
    [schedule] = json.loads(stellwerk.command("oncall", "list", "--json"))["schedules"]
    assert schedule["schedule"] == "ops"
    assert {schedule["person"], schedule["next"]} == {"ann", "bob"}
    assert stellwerk.command("oncall", "list").splitlines()[1].split()[:2] == ["ops", schedule["person"]]
    people = json.loads(stellwerk.command("oncall", "people", "--json"))["people"]
    assert [(one["name"], one["jid"], one["availability"]) for one in people] == [
        ("ann", "ann@localhost", "unknown"),
        ("bob", "bob@localhost", "unknown"),
    ]


def test_takeover_and_its_end(stellwerk: Stellwerk) -> None:
    before = shifts(stellwerk)
    said = stellwerk.command("oncall", "takeover", "ops", day(1), day(4), "ann")
    assert said.startswith("ann is on duty in ops from ")
    number = said.rstrip(")\n").split()[-1]
    assert f"agreed: override {number}: ann {day(1)}" in stellwerk.command("oncall", "shifts", "ops")
    assert len(shifts(stellwerk)) < len(before)
    assert (
        stellwerk.command("oncall", "end", "ops", number) == f"the override {number} of ops holds no more\n"
    )
    assert len(shifts(stellwerk)) == len(before)


def test_swap(stellwerk: Stellwerk) -> None:
    """Each has the other's day."""
    [first, second] = [
        one["person"]
        for one in json.loads(stellwerk.command("oncall", "shifts", "ops", "--days", "6", "--json"))["shifts"]
        if one["begin"].startswith((day(2), day(3)))
    ]
    noon = (f"{day(2)} 12:00", f"{day(3)} 12:00")
    said = stellwerk.command("oncall", "swap", "ops", first, noon[0], second, noon[1])
    assert said.startswith(f"{second} is on duty in ops from ")
    with pytest.raises(CommandFailed, match=f"{first} is not on duty at .* \\(UTC\\): {second} is, in ops"):
        stellwerk.command("oncall", "swap", "ops", first, noon[0], second, noon[1])
    for number in ("1", "2"):
        stellwerk.command("oncall", "end", "ops", number)


def test_a_calendar_there_and_back(stellwerk: Stellwerk, tmp_path: Path) -> None:
    """What was written is understood; with --output to a file, else to standard output."""
    file = tmp_path / "ops.ics"
    before = shifts(stellwerk)
    assert (
        stellwerk.command("oncall", "export", "ops", "--days", "3", "-o", str(file))
        == f"{file} is written.\n"
    )
    assert file.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert stellwerk.command("oncall", "export", "ops").startswith("BEGIN:VCALENDAR")
    said = stellwerk.command("oncall", "import", "ops", str(file))
    assert said.endswith(" entries of the calendar are overrides of ops now\n")
    assert shifts(stellwerk) == before


def test_mistakes_are_one_line(stellwerk: Stellwerk, tmp_path: Path) -> None:
    """What is wrong, and what would be right."""
    (tmp_path / "latin").write_bytes("größer".encode("latin-1"))
    (tmp_path / "text").write_text("hello")
    for arguments, why in (
        (("shifts", "opps"), "there is no schedule 'opps'; there are: ops"),
        (("shifts", "ops", "--days", "0"), "days: expected 1 to 400"),
        (("takeover", "ops", "soon", "tomorrow", "ann"), "'soon' is no point of time: expected 2026-05-06"),
        (("takeover", "ops", day(2), day(1), "ann"), "it ends before it begins"),
        (("takeover", "ops", day(1), day(2), "anna"), "'anna' is nobody's name here: did you mean ann"),
        (("end", "ops", "99"), "the schedule ops has no override 99"),
        (("import", "ops", str(tmp_path / "latin")), "not UTF-8, so no iCalendar"),
        (("import", "ops", str(tmp_path / "text")), "not a calendar"),
    ):
        with pytest.raises(CommandFailed) as failed:
            stellwerk.command("oncall", *arguments)
        assert why in str(failed.value)
        assert "Traceback" not in str(failed.value)
