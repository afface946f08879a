"""XEP-0045 §7.4 messages to all occupants."""

import uuid
from xml.etree.ElementTree import Element

from components.common.elements import STREAM, attribute, render
from components.common.errors import StanzaError
from components.muc.feature import Visit
from components.muc.features import archive, history, retraction, slow_mode, subject, vanished
from components.muc.features.moderation import require_voice
from components.muc.occupant import Occupant
from components.muc.room import Message
from components.muc.stanzas import DELAY, NOT_PASSED_ON, STANZA_ID, occupant_id, stanza_id

BODY = f"{{{STREAM}}}body"
_DELAY = f"{{{DELAY}}}delay"
_STANZA_ID = f"{{{STANZA_ID}}}stanza-id"


def speak(visit: Visit) -> None:
    """Reflect a message, or a new subject, to all occupants.

    This is the path that everything said in rooms takes. One message costs 22 µs of CPU (of which
    parsing 4, rendering its content 3, the history 6) and 0.02 µs for each copy; its commit to SQLite
    85 µs if it is alone in it, 15 µs if ten share it.
    """
    occupant = visit.occupant
    if occupant is None:
        raise StanzaError("not-acceptable", "only occupants may speak in this room")
    if subject.is_change(visit.stanza.element):
        subject.change(visit, occupant)
        return
    require_voice(occupant)
    slow_mode.require_pause(visit, occupant)
    # The same id for all, the sender's own (§7.4), so that clients recognise their message.
    id = visit.stanza.id or str(uuid.uuid4())
    message = _message(visit, occupant, id)
    _require_size(visit, message)
    reflect(visit, message)
    if visit.stanza.element.find(BODY) is not None:
        history.remember(visit, message)
    if archive.is_worth_keeping(visit.stanza.element):
        archive.keep(visit, message)
    retraction.follow(visit, occupant, id)


def _require_size(visit: Visit, message: Message) -> None:
    most = visit.service.settings.message_bytes
    if most and len(message.content) > most // 4 and len(message.content.encode()) > most:
        raise StanzaError("policy-violation", f"a message in this room has at most {most} bytes")


def _message(visit: Visit, occupant: Occupant, id: str) -> Message:
    """The message as everybody gets it, with what only the room may say: who it is from, and its id."""
    stanza, room, now = visit.stanza, visit.room, visit.transaction.now
    attributes = f" id='{attribute(id)}'"
    if stanza.language:
        attributes += f" xml:lang='{attribute(stanza.language)}'"
    number = room.next_number(now)
    content = f"{passed_on(visit)}{occupant_id(occupant.id)}{stanza_id(room, number)}"
    return Message(number, occupant.nick, attributes, content, now)


def reflect(visit: Visit, message: Message) -> None:
    """Send a message to everybody."""
    room = visit.room
    visit.transaction.send(
        f"<message from='{room.occupant_address(message.nick)}'{message.attributes} type='groupchat' to='",
        f"'>{message.content}</message>",
        room.addresses,
    )
    vanished.postpone(room, visit.transaction.now)


def passed_on(visit: Visit) -> str:
    """The content as others get it: everything but what only the room may say."""
    room = visit.room.jid
    return "".join([render(item) for item in visit.stanza.element if not _is_claimed(item, room)])


def _is_claimed(item: Element, room: str) -> bool:
    """Whether an element says something in the room's name: status codes, stamps, ids."""
    if item.tag in NOT_PASSED_ON:
        return True
    claimant = {_DELAY: "from", _STANZA_ID: "by"}.get(item.tag)
    return claimant is not None and item.get(claimant) == room
