"""XEP-0227 rooms as a file to take to another installation, by the extension of decision 0074.

`python -m components.muc.portable --config FILE [--archive] [ROOM…]` writes what is committed to
standard output, whether the room service runs or not. `portable_reading` reads such a file.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import SQLAlchemyError

from components.common.config import read_configuration
from components.common.elements import attribute, child, render, text
from components.common.forms import form
from components.muc import component, storage
from components.muc.feature import RoomFeature, all_settings
from components.muc.features.archive_query import stamp
from components.muc.features.configuration import FORM_TYPE
from components.muc.features.persistence import PERSISTENT
from components.muc.ids import Ids
from components.muc.portable_xml import ARCHIVE, CLIENT, DELAY, FORWARD, MAM, NAMESPACE, ROOMS
from components.muc.room import Room
from components.muc.stanzas import ADMIN, OWNER, USER
from settings import SettingsError
from settings.engines import engine

FAILED, MISCONFIGURED = 1, 2
_BATCH = 1000  # rows of the archive in memory at a time


class NoSuchRooms(Exception):
    """Some of the rooms that were asked for do not exist."""


def document(
    host: str, rooms: Sequence[Room], features: Sequence[RoomFeature], connection: Connection, archive: bool
) -> Iterator[str]:
    """The file, piece by piece."""
    yield f"<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='{NAMESPACE}'>\n"
    yield f" <host jid='{attribute(host)}'>\n"
    for room in rooms:
        yield f"  <room xmlns='{ROOMS}' name='{attribute(room.local)}'>\n"
        for part in _parts(room, features):
            yield f"   {part}\n"
        vcard = connection.execute(
            select(storage.vcards.c.content).where(storage.vcards.c.room_id == room.id)
        ).scalar()
        if vcard:
            yield f"   {vcard}\n"
        if archive:
            yield from _archive(room, connection)
        yield "  </room>\n"
    yield " </host>\n</server-data>\n"


def chosen(rooms: Iterable[Room], wanted: Sequence[str], host: str) -> Sequence[Room]:
    """Those that are named, by address or local part; of none named, all that last.

    Raises `NoSuchRooms`.
    """
    by_name = {room.local: room for room in rooms}
    if not wanted:
        return [room for _, room in sorted(by_name.items()) if room.config[PERSISTENT] and not room.locked]
    names = [name.removesuffix(f"@{host}") for name in wanted]
    if missing := [name for name in names if name not in by_name]:
        raise NoSuchRooms(f"there is no such room: {', '.join(missing)}")
    return [by_name[name] for name in names]


def _parts(room: Room, features: Sequence[RoomFeature]) -> Iterator[str]:
    """Configuration, lists and subject, each as it stands in a stanza of XEP-0045."""
    owner = Element(f"{{{OWNER}}}query")
    fields = [setting.field(room.config[setting]) for setting in all_settings(features)]
    owner.append(form("submit", FORM_TYPE, fields))
    yield _in_lines(render(owner))
    admin = Element(f"{{{ADMIN}}}query")
    for jid, entry in sorted(room.affiliations.items()):
        nick = {"nick": entry.nick} if entry.nick else {}
        child(admin, f"{{{ADMIN}}}item", affiliation=entry.affiliation.word, jid=jid, **nick)
    for jid, role in sorted(room.voices.items()):
        child(admin, f"{{{ADMIN}}}item", role=role.word, jid=jid)
    yield _in_lines(render(admin))
    subject = room.subject
    if subject is not None:
        language = f" xml:lang='{attribute(subject.language)}'" if subject.language else ""
        yield (
            f"<message xmlns='{CLIENT}' type='groupchat' from='{room.occupant_address(subject.nick)}'>"
            f"<subject{language}>{text(subject.text)}</subject>"
            f"<delay xmlns='{DELAY}' stamp='{_utc(subject.at)}'/></message>"
        )


def _connect(database: Engine) -> Connection:
    """One view of everything, whatever is committed meanwhile; SQLite has no other."""
    connection = database.connect()
    if database.dialect.name != "sqlite":
        connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _in_lines(rendered: str) -> str:
    """A line for each field and item, so that an error's line tells something; in text there is no `>`."""
    return rendered.replace("><field", ">\n    <field").replace("><item", ">\n    <item")


def _archive(room: Room, connection: Connection) -> Iterator[str]:
    """As XEP-0227 §4.10 has it for users, oldest first; with the sender's address, as owners see it."""
    table = storage.archive
    yield f"   <archive xmlns='{ARCHIVE}'>\n"
    mine = select(table).where(table.c.room_id == room.id).order_by(table.c.number)
    for row in connection.execution_options(yield_per=_BATCH).execute(mine):
        yield f"    {_result(room, row)}\n"
    yield "   </archive>\n"


def _result(room: Room, row: Row[Any]) -> str:
    sender = room.occupant_address(row.nick) if row.nick else room.address
    jid = f"<x xmlns='{USER}'><item jid='{attribute(row.jid)}'/></x>" if row.jid else ""
    return (
        f"<result xmlns='{MAM}' id='{room.ids.stanza_id(room.id, row.number)}'>"
        f"<forwarded xmlns='{FORWARD}'><delay xmlns='{DELAY}' stamp='{stamp(row.number)}'/>"
        f"<message xmlns='{CLIENT}' from='{sender}'{row.attributes} type='groupchat'>"
        f"{row.content}{jid}</message></forwarded></result>"
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the rooms; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m components.muc.portable")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="stellwerk.toml")
    parser.add_argument("--archive", action="store_true", help="with everything that was said")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="all that last, if none is named")
    options = parser.parse_args(arguments)
    program = component.PROGRAM
    try:
        configuration = read_configuration(options.config, program.name, program.label, program.settings)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return MISCONFIGURED
    host, database = configuration.domain, engine(configuration.database, program.name, pool_size=1)
    try:
        with closing(_connect(database)) as connection:
            stored = storage.load(connection)
            rooms = list(component.restore(host, stored, Ids(stored.secret or b"")))
            wanted = chosen(rooms, options.rooms, host)
            for part in document(host, wanted, component.FEATURES, connection, options.archive):
                sys.stdout.buffer.write(part.encode())
    except NoSuchRooms as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except SQLAlchemyError as error:
        sys.stderr.write(f"{configuration.database.render_as_string()}: {getattr(error, 'orig', error)}\n")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
