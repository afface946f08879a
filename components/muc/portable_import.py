"""XEP-0227 rooms of a file become rooms of this service: all of them in one transaction, or none."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.common.control import Arguments, Command, CommandError
from components.common.entrance import NotCommitted, Perform
from components.common.transaction import Transaction
from components.muc.features import vcard
from components.muc.features.history import LENGTH
from components.muc.portable_reading import Portable, PortableRoom, read
from components.muc.portable_xml import BrokenFile
from components.muc.room import Message, Room, Subject
from components.muc.stanzas import occupant_id, stanza_id

if TYPE_CHECKING:
    from components.muc.service import RoomService

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_NOTES = 20  # about what is ignored


def command(service: "RoomService", perform: Perform) -> Command:
    """The command `room-import` of the control socket.

    Its arguments: `path` of the file; `host` whose rooms are meant, if it is not this service's domain;
    `skip_existing`, to leave rooms as they are that exist here.
    """

    async def run(arguments: Arguments) -> Mapping[str, Any]:
        host, skips = str(arguments.get("host") or service.domain), bool(arguments.get("skip_existing"))
        path = Path(str(arguments.get("path", "")))
        reading = asyncio.get_running_loop().run_in_executor(None, read, path, host, service.features)
        try:
            found = await reading
            taken = await perform(lambda transaction: take_in(service, found, skips, transaction))
        except (BrokenFile, OSError) as error:
            raise CommandError(f"nothing was imported: {error}") from None
        except NotCommitted:
            raise CommandError("nothing was imported: the database takes nothing; see the log") from None
        if not taken and not found.rooms:
            raise CommandError(
                f"nothing was imported: {path} has no rooms of {host}; --from names another host"
            )
        return {"rooms": taken, "notes": [{"type": "info", "text": _summary(taken)}, *_warnings(found)]}

    return run


def take_in(
    service: "RoomService", found: Portable, skips_existing: bool, transaction: Transaction
) -> list[str]:
    """Make the rooms; their addresses. Raises `BrokenFile` if one exists already."""
    taken = []
    for portable in found.rooms:
        if portable.local in service.rooms:
            if skips_existing:
                found.ignored.append(f"{portable.local}, which exists here")
                continue
            exists = f"{portable.local}@{service.domain} exists already"
            raise portable.place.error(f"{exists}; --skip-existing leaves such rooms as they are")
        room = service.open(portable.local, transaction, locked=False)
        _fill(room, portable, transaction)
        taken.append(room.jid)
    return taken


def _fill(room: Room, portable: PortableRoom, transaction: Transaction) -> None:
    room.configure(transaction, portable.config)
    for jid, entry in portable.affiliations.items():
        room.affiliate(transaction, jid, entry)
    for jid, role in portable.voices.items():
        room.set_voice(transaction, jid, role)
    said = portable.subject
    if said is not None:
        room.set_subject(
            transaction, Subject(portable.subject_text, said.nick, said.at, "", portable.subject_language)
        )
    if portable.vcard is not None:
        vcard.keep(room, portable.vcard, transaction)
    _remember(room, portable, transaction)


def _remember(room: Room, portable: PortableRoom, transaction: Transaction) -> None:
    """The archive; its end is also the history that is shown to those who enter."""
    length = portable.config[LENGTH]
    spoken = [said for said in portable.archive if said.is_spoken]
    newest = {id(said) for said in spoken[-length:]} if length else set()
    for said in portable.archive:
        number = room.numbers = max(room.numbers + 1, (said.at - _EPOCH) // timedelta(microseconds=1))
        who = occupant_id(room.ids.occupant_id(room.jid, said.jid)) if said.jid else ""
        content = f"{said.content}{who}{stanza_id(room, number)}"
        message = Message(number, said.nick, said.attributes, content, said.at)
        room.archive(transaction, message, said.jid)
        if id(said) in newest:
            room.remember(transaction, message, length)


def _summary(taken: list[str]) -> str:
    return f"{len(taken)} {'room is' if len(taken) == 1 else 'rooms are'} imported: {', '.join(taken)}"


def _warnings(found: Portable) -> list[dict[str, str]]:
    """§3: what is not understood is ignored, and the operator is told."""
    shown = found.ignored[:MOST_NOTES]
    if more := len(found.ignored) - len(shown):
        shown.append(f"{more} more")
    return [{"type": "warn", "text": f"ignored: {what}"} for what in shown]
