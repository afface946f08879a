"""XEP-0425 Moderated Message Retraction: a moderator takes back what somebody said (XEP-0424)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

from sqlalchemy import Connection, select

from components.common.elements import text
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.muc import storage
from components.muc.feature import RoomFeature, Visit
from components.muc.features.archive import KEEP
from components.muc.features.retraction import NAMESPACE as RETRACTION
from components.muc.features.retraction import RETRACT
from components.muc.occupant import Occupant, Role
from components.muc.room import Message, Room
from components.muc.stanzas import occupant_id, stamp, stanza_id

NAMESPACE = "urn:xmpp:message-moderate:1"
MODERATE = f"{{{NAMESPACE}}}moderate"


def _moderate(visit: Visit, request: Element) -> None:
    """Look for the message; if it is there, everybody is told that it is not any more."""
    moderator, room = visit.occupant, visit.room
    if moderator is None or moderator.role is not Role.MODERATOR:
        raise StanzaError("forbidden", "only moderators may retract what others have said")
    if request.find(RETRACT) is None:
        raise StanzaError("feature-not-implemented", "messages can be retracted, nothing else")
    number = room.ids.number(room.id, request.get("id", ""))
    if number is None:
        raise StanzaError("item-not-found", "there is no such message")
    reason = request.findtext(f"{{{NAMESPACE}}}reason") or ""
    remembered = next((message for message in room.history if message.number == number), None)

    def find(connection: Connection) -> Any:
        archive = storage.archive
        mine = (archive.c.room_id == room.id) & (archive.c.number == number)
        return connection.execute(select(archive).where(mine)).one_or_none()

    def answer(row: Any, transaction: Transaction) -> None:
        if row is None and remembered is None:
            raise StanzaError("item-not-found", "there is no such message")
        if visit.service.rooms.get(room.local) is room:
            _retract(room, moderator, number, row, reason, transaction)

    visit.service.questions.ask(visit.stanza, visit.transaction, find, answer)


def _retract(
    room: Room, moderator: Occupant, number: int, row: Any, reason: str, transaction: Transaction
) -> None:
    by = f"<moderated xmlns='{NAMESPACE}' by='{room.occupant_address(moderator.nick)}'>"
    by += f"{occupant_id(moderator.id)}</moderated>" + (f"<reason>{text(reason)}</reason>" if reason else "")
    author = occupant_id(room.ids.occupant_id(room.jid, row.jid)) if row is not None else ""
    tombstone = (
        f"{author}<retracted xmlns='{RETRACTION}' stamp='{stamp(transaction.now)}'>{by}</retracted>"
        f"{stanza_id(room, number)}"
    )
    room.replace(transaction, number, tombstone)
    if row is not None:
        kept = Message(number, row.nick, row.attributes, tombstone, transaction.now)
        room.archive(transaction, kept, row.jid)
    _tell(room, number, by, transaction.now, transaction)


def _tell(room: Room, retracted: int, by: str, now: datetime, transaction: Transaction) -> None:
    number = room.next_number(now)
    content = f"<retract xmlns='{RETRACTION}' id='{room.ids.stanza_id(room.id, retracted)}'>{by}</retract>"
    content += stanza_id(room, number)
    message = Message(number, "", f" id='{uuid4()}'", content, now)
    transaction.send(
        f"<message from='{room.address}'{message.attributes} type='groupchat' to='",
        f"'>{content}</message>",
        room.addresses,
    )
    if room.config[KEEP]:
        room.archive(transaction, message, "")


def _announces(room: Room) -> Iterable[str]:
    yield NAMESPACE


FEATURE = RoomFeature(
    "moderated_retraction",
    xeps=("XEP-0425", "XEP-0424"),
    requests={("set", MODERATE): _moderate},
    announces=_announces,
)
