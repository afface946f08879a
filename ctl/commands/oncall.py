"""`stellwerk oncall`: who is on duty. The service `notifier` has to be running.

People have the same by chat and by form at the address of the notifier.
"""

import json
from pathlib import Path

import click

from ctl.answers import as_json_option, show_rows, tell
from ctl.asking import ask_service
from ctl.failure import Failure
from ctl.installation import home_option, in_home
from settings import Home

NOTIFIER = "notifier"

EXAMPLES = """\b
Examples:
  stellwerk oncall list
  stellwerk oncall takeover ops "today 18:00" "tomorrow 08:00" bob
  stellwerk oncall swap ops ann "2026-05-05 12:00" bob "2026-05-12 12:00"
  stellwerk oncall export ops --days 90 --output ops.ics
"""


@click.group(epilog=EXAMPLES)
@home_option
def oncall() -> None:
    """On-call schedules.

    They stand in the configuration, [notifier.people.schedules]; what is agreed here is kept beside.
    Times are those of the schedule's time zone: 2026-05-06 18:00, 18:00, today, tomorrow, mon …
    """


@oncall.command(name="list")
@in_home
@as_json_option
def list_(home: Home, as_json: bool) -> None:
    """Show who is on duty now, and who is next."""
    found = ask_service(home, NOTIFIER, "oncall-list")
    headings = {"SCHEDULE": "schedule", "ON DUTY": "person", "UNTIL (UTC)": "until", "NEXT": "next"}
    show_rows(found, "schedules", headings, as_json)


@oncall.command()
@in_home
@click.argument("schedule")
@click.option("--days", default=28, show_default=True, help="From now on.")
@as_json_option
def shifts(home: Home, schedule: str, days: int, as_json: bool) -> None:
    """Show the coming shifts of SCHEDULE, and what was agreed."""
    found = ask_service(home, NOTIFIER, "oncall-shifts", schedule=schedule, days=days)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    show_rows(found, "shifts", {"PERSON": "person", "FROM (UTC)": "begin", "UNTIL (UTC)": "end"})
    for override in found.get("overrides", []):
        click.echo(f"agreed: override {override}")


@oncall.command()
@in_home
@as_json_option
def people(home: Home, as_json: bool) -> None:
    """Show the people of the configuration, and what they show."""
    found = ask_service(home, NOTIFIER, "oncall-people")
    headings = {"PERSON": "name", "ADDRESS": "jid", "SHOWS": "availability", "SINCE (UTC)": "since"}
    show_rows(found, "people", headings, as_json)


@oncall.command()
@in_home
@click.argument("schedule")
@click.argument("begin")
@click.argument("end")
@click.argument("person")
def takeover(home: Home, schedule: str, begin: str, end: str, person: str) -> None:
    """Have PERSON on duty from BEGIN until END."""
    command = "oncall-takeover"
    tell(ask_service(home, NOTIFIER, command, schedule=schedule, begin=begin, end=end, person=person))


@oncall.command()
@in_home
@click.argument("schedule")
@click.argument("person")
@click.argument("at")
@click.argument("other")
@click.argument("then")
def swap(home: Home, schedule: str, person: str, at: str, other: str, then: str) -> None:
    """Have two people take each other's shifts.

    The shift that PERSON has AT a time, and the one that OTHER has THEN.
    """
    command = "oncall-swap"
    told = ask_service(
        home, NOTIFIER, command, schedule=schedule, person=person, at=at, other=other, then=then
    )
    tell(told)


@oncall.command()
@in_home
@click.argument("schedule")
@click.argument("number", type=int)
def end(home: Home, schedule: str, number: int) -> None:
    """End an override: the rotations count again."""
    tell(ask_service(home, NOTIFIER, "oncall-end", schedule=schedule, number=number))


@oncall.command(name="import")
@in_home
@click.argument("schedule")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(home: Home, schedule: str, file: Path) -> None:
    """Take overrides from a calendar (iCalendar).

    Who is on duty stands in ATTENDEE or SUMMARY; a later version of the same calendar replaces them.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise Failure(f"{file}: not UTF-8, so no iCalendar (RFC 5545)") from None
    tell(ask_service(home, NOTIFIER, "oncall-import", schedule=schedule, content=lines))


@oncall.command()
@in_home
@click.argument("schedule")
@click.option("--days", default=90, show_default=True, help="From now on.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file.")
def export(home: Home, schedule: str, days: int, output: Path | None) -> None:
    """Write the coming shifts as a calendar (iCalendar)."""
    found = ask_service(home, NOTIFIER, "oncall-export", schedule=schedule, days=days)
    content = "\r\n".join(found["content"]) + "\r\n"
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_text(content, encoding="utf-8", newline="")
        click.echo(f"{output} is written.")
