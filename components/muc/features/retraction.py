"""XEP-0424 Message Retraction: what its author takes back is gone from archive and history, too.

Everybody gets the retraction, as any message, and judges by the occupant id whether it counts; here the
same is judged for what the room keeps.
"""

from collections.abc import Iterable

from sqlalchemy import update

from components.common.elements import attribute
from components.muc.feature import RoomFeature, Visit
from components.muc.occupant import Occupant
from components.muc.room import Room
from components.muc.stanzas import STANZA_ID, occupant_id, stamp, stanza_id
from components.muc.storage import archive

NAMESPACE = "urn:xmpp:message-retract:1"
RETRACT = f"{{{NAMESPACE}}}retract"


def follow(visit: Visit, occupant: Occupant, id: str) -> None:
    """A tombstone (§4) takes the place of the sender's own message, if it is one that the stanza, which
    was sent on with this id, takes back.
    """
    request = visit.stanza.element.find(RETRACT)
    if request is None:
        return
    room, transaction = visit.room, visit.transaction
    author = occupant_id(occupant.id)
    number = _number(room, request.get("id", ""), author)
    if number is None:
        return
    own = stanza_id(room, number)
    # So ends what the author said and nobody has retracted yet: see `groupchat`.
    untouched = f"{author}{own}"
    since = stamp(transaction.now)
    tombstone = f"{author}<retracted xmlns='{NAMESPACE}' id='{attribute(id)}' stamp='{since}'/>{own}"
    if any(m.number == number and m.content.endswith(untouched) for m in room.history):
        room.replace(transaction, number, tombstone)
    theirs = archive.c.content.endswith(untouched, autoescape=True)
    mine = (archive.c.room_id == room.id) & (archive.c.number == number) & (archive.c.jid == visit.bare)
    transaction.execute(
        archive,
        "retraction",
        (room.id, number),
        update(archive).where(mine & theirs).values(content=tombstone),
    )


def _number(room: Room, id: str, author: str) -> int | None:
    """The message with that id of the room's (§5.1), or, of those in the history, with one of the author's.

    COMPAT(Converse.js 14, 2026): it sends the id that it gave the message itself (XEP-0359 §4).
    """
    number = room.ids.number(room.id, id)
    if number is not None or not id:
        return number
    by_sender, by_origin = f" id='{attribute(id)}'", f"<origin-id xmlns='{STANZA_ID}' id='{attribute(id)}'/>"
    for message in reversed(room.history):
        known = message.attributes.startswith(by_sender) or by_origin in message.content
        if known and message.content.endswith(f"{author}{stanza_id(room, message.number)}"):
            return message.number
    return None


def _announces(room: Room) -> Iterable[str]:
    yield from (NAMESPACE, f"{NAMESPACE}#tombstone")


FEATURE = RoomFeature("retraction", xeps=("XEP-0424",), announces=_announces)
