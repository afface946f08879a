"""XEP-0045 §8.1 the subject of a room, §7.2.15 told to those who enter."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from components.common.elements import STREAM, attribute, text
from components.common.errors import StanzaError
from components.common.forms import Field
from components.muc.feature import RoomFeature, Visit
from components.muc.features import archive
from components.muc.occupant import Occupant, Role
from components.muc.room import Message, Room, Subject
from components.muc.setting import yes_or_no
from components.muc.stanzas import delay, occupant_id, stanza_id

CHANGE_SUBJECT = yes_or_no("muc#roomconfig_changesubject", "All participants may change the subject", False)

SUBJECT = f"{{{STREAM}}}subject"
_CONTENTS = (f"{{{STREAM}}}body", f"{{{STREAM}}}thread")


def is_change(message: Element) -> bool:
    """A subject, and neither body nor thread."""
    return message.find(SUBJECT) is not None and all(message.find(name) is None for name in _CONTENTS)


def change(visit: Visit, occupant: Occupant) -> None:
    """Set the subject and tell everybody. Raises `forbidden` to those who may not."""
    room = visit.room
    least = Role.PARTICIPANT if room.config[CHANGE_SUBJECT] else Role.MODERATOR
    if occupant.role < least:
        raise StanzaError(
            "forbidden",
            "only moderators may change the subject of this room"
            if least is Role.MODERATOR
            else "visitors may not change the subject",
        )
    subject = Subject(
        visit.stanza.element.findtext(SUBJECT) or "",
        occupant.nick,
        visit.transaction.now,
        occupant.id,
        visit.stanza.language or "",
    )
    room.set_subject(visit.transaction, subject)
    tracked = f" id='{attribute(visit.stanza.id)}'" if visit.stanza.id is not None else ""
    tracked += _language(subject)
    number = room.next_number(subject.at)
    content = f"{_content(subject)}{stanza_id(room, number)}"
    archive.keep(visit, Message(number, occupant.nick, tracked, content, subject.at))
    before = _before(room, occupant.nick, tracked)
    visit.transaction.send(before, f"'>{content}</message>", room.addresses)


def tell(visit: Visit, address: str) -> None:
    """Send the present subject to one address; without one, an empty element (§7.2.15)."""
    room, subject = visit.room, visit.room.subject
    if subject is None:
        visit.transaction.send(_before(room, ""), "'><subject/></message>", (address,))
    else:
        after = f"'>{_content(subject)}{delay(room, subject.at)}</message>"
        visit.transaction.send(_before(room, subject.nick, _language(subject)), after, (address,))


def _before(room: Room, nick: str, attributes: str = "") -> str:
    sender = room.occupant_address(nick) if nick else room.address
    return f"<message from='{sender}'{attributes} type='groupchat' to='"


def _language(subject: Subject) -> str:
    return f" xml:lang='{attribute(subject.language)}'" if subject.language else ""


def _content(subject: Subject) -> str:
    setter = occupant_id(subject.occupant_id) if subject.occupant_id else ""
    return f"<subject>{text(subject.text)}</subject>{setter}"


def _describes(room: Room) -> Iterable[Field]:
    changeable = "1" if room.config[CHANGE_SUBJECT] else "0"
    yield Field("muc#roominfo_subjectmod", [changeable], "boolean", "All participants may change the subject")
    yield Field("muc#roomconfig_changesubject", [changeable], "boolean", CHANGE_SUBJECT.label)


FEATURE = RoomFeature("subject", settings=(CHANGE_SUBJECT,), describes=_describes)
