"""`stellwerk room`: the conference rooms. The service `muc` has to be running.

An administrator's client has the same commands at the address of the room service.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from ctl.answers import as_json_option, show_rows, tell, written
from ctl.asking import ask_service
from ctl.installation import home_option, in_home
from ctl.portable import write_rooms
from ctl.screen import console
from settings import Home

MUC = "muc"
LONG_PATIENCE = 600.0  # seconds; an archive of years takes its time
AFFILIATIONS = ("owner", "admin", "member", "none", "outcast")

EXAMPLES = """\b
Examples:
  stellwerk room set tea roomname="Tea and biscuits" membersonly=yes
  stellwerk room set tea passwordprotectedroom=yes roomsecret=crumpet
  stellwerk room set tea roomowners=ann@example.org,bob@example.org
"""


@click.group()
@home_option
def room() -> None:
    """Conference rooms.

    ROOM is a room's address, or the part of it before the @.
    """


@room.command(name="list")
@in_home
@click.argument("words", nargs=-1)
@as_json_option
def list_(home: Home, words: Sequence[str], as_json: bool) -> None:
    """Show the rooms.

    All of them, or those that have all WORDS in their address or name.
    """
    found = ask_service(home, MUC, "room-list", search=" ".join(words), max=0)
    headings = {"ROOM": "room", "NAME": "name", "OCCUPANTS": "occupants", "": "traits"}
    show_rows(found, "rooms", headings, as_json)


@room.command()
@in_home
@click.argument("room")
@as_json_option
def show(home: Home, room: str, as_json: bool) -> None:
    """Show a room and its settings.

    The names below are those that `room set` takes; a few more above tell about the room.
    """
    found = ask_service(home, MUC, "room-show", room=room)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for key, value in found.items():
        table.add_row(key, Text(written(value)))
    console().print(table)


@room.command()
@in_home
@click.argument("room")
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--owner", "owners", multiple=True, metavar="JID", help="Instead of the administrators.")
def create(home: Home, room: str, settings: Sequence[str], owners: Sequence[str]) -> None:
    """Make a room.

    It is persistent and open; its owners are the administrators unless others are named. Settings are
    those of `room set`.
    """
    given = _pairs(settings)
    tell(ask_service(home, MUC, "room-create", room=room, owners=list(owners), **given))


@room.command(name="set", epilog=EXAMPLES)
@in_home
@click.argument("room")
@click.argument("settings", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_(home: Home, room: str, settings: Sequence[str]) -> None:
    """Change settings of a room.

    `stellwerk room show ROOM` lists them with their values; they are the fields of the form that the
    room's owners have in their clients. Truths are yes or no, lists are separated by commas, and
    nothing after the = empties a text.
    """
    tell(ask_service(home, MUC, "room-set", room=room, **_pairs(settings)))


@room.command()
@in_home
@click.argument("room")
@click.option("--reason", default="", help="What its occupants are told.")
@click.option("--venue", default="", metavar="ROOM", help="The address of the room to go to instead.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def destroy(home: Home, room: str, reason: str, venue: str, yes: bool) -> None:
    """Destroy a room.

    Its occupants are sent away; its settings, its lists and its archive go with it.
    """
    if not yes and sys.stdin.isatty():
        click.confirm(f"Destroy {room}, with its lists and its archive?", abort=True)
    tell(ask_service(home, MUC, "room-destroy", room=room, reason=reason, venue=venue))


@room.command()
@in_home
@click.argument("room")
@as_json_option
def occupants(home: Home, room: str, as_json: bool) -> None:
    """Show who is in a room."""
    found = ask_service(home, MUC, "room-occupants", room=room)
    headings = {"NICKNAME": "nick", "ADDRESS": "jid", "ROLE": "role", "AFFILIATION": "affiliation"}
    show_rows(found, "occupants", {**headings, "SESSIONS": "sessions"}, as_json)


@room.command()
@in_home
@click.argument("room")
@click.argument("jid", required=False)
@click.argument("affiliation", required=False, type=click.Choice(AFFILIATIONS))
@click.option("--nick", default="", help="The nickname to reserve.")
@click.option("--reason", default="", help="What those in the room are told.")
@as_json_option
def affiliation(
    home: Home, room: str, jid: str | None, affiliation: str | None, nick: str, reason: str, as_json: bool
) -> None:
    """Show or change who belongs to a room.

    Without JID, the lists. With it, that user, or all users of a domain, get the AFFILIATION; outcasts
    may not enter.
    """
    if jid is None:
        headings = {"ADDRESS": "jid", "AFFILIATION": "affiliation", "NICKNAME": "nick"}
        show_rows(ask_service(home, MUC, "room-affiliations", room=room), "affiliations", headings, as_json)
        return
    if affiliation is None:
        raise click.UsageError(f"Which affiliation? One of {', '.join(AFFILIATIONS)}.")
    wanted: dict[str, Any] = {"jid": jid, "affiliation": affiliation, "nick": nick, "reason": reason}
    tell(ask_service(home, MUC, "room-affiliate", room=room, **wanted))


@room.command()
@in_home
@click.argument("rooms", nargs=-1, metavar="[ROOM]...")
@click.option("--archive", is_flag=True, help="With everything that was said.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, for you alone."
)
def export(home: Home, rooms: Sequence[str], archive: bool, output: Path | None) -> None:
    """Write rooms to a file (XEP-0227).

    Settings, lists with reserved nicknames, subject and avatar of the ROOMs, or of all persistent ones;
    to standard output if there is no --output. The room service need not run.
    """
    write_rooms(home, rooms, archive, output)


@room.command(name="import")
@in_home
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--skip-existing", is_flag=True, help="Leave rooms as they are that exist here.")
@click.option("--from", "host", default="", metavar="DOMAIN", help="Whose rooms, if they had another domain.")
def import_(home: Home, file: Path, skip_existing: bool, host: str) -> None:
    """Make the rooms that `export` wrote to FILE.

    All of them or, if anything is wrong with the file, none.
    """
    wanted: dict[str, Any] = {"path": str(file.absolute()), "host": host, "skip_existing": skip_existing}
    tell(ask_service(home, MUC, "room-import", patience=LONG_PATIENCE, **wanted))


def _pairs(settings: Sequence[str]) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{setting}: expected KEY=VALUE, such as membersonly=yes.")
        if key in ("command", "room", "owners", "patience"):
            raise click.UsageError(f"{key}: is no setting; `stellwerk room show ROOM` lists them.")
        pairs[key] = value
    return pairs
