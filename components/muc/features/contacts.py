"""XEP-0045 §6.4, §16.5.4: whom to ask about a room, and what it talks about, for those who are not in it."""

from collections.abc import Iterable, Sequence

from slixmpp import JID, InvalidJID

from components.common.forms import Field
from components.muc.feature import RoomFeature
from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.features.password import PROTECTED
from components.muc.features.publicity import PUBLIC
from components.muc.room import Room
from components.muc.setting import Setting

MOST = 20


def _decode(values: Sequence[str]) -> list[str]:
    if len(values) > MOST:
        raise ValueError(f"expected at most {MOST} addresses")
    try:
        return [JID(value.strip()).bare for value in values if value.strip()]
    except InvalidJID as error:
        raise ValueError(f"expected addresses: {error}") from None


def _encode(value: list[str]) -> Sequence[str]:
    return value


CONTACTS = Setting(
    "muc#roominfo_contactjid",
    "Addresses of those to ask about the room",
    "jid-multi",
    list[str](),
    _decode,
    _encode,
)


def _describes(room: Room) -> Iterable[Field]:
    contacts = room.config[CONTACTS]
    if contacts:
        yield Field(CONTACTS.var, contacts, label=CONTACTS.label)
    # What is talked about is nobody's business where not everybody may enter.
    is_open = room.config[PUBLIC] and not room.config[MEMBERS_ONLY] and not room.config[PROTECTED]
    if room.subject is not None and room.subject.text and is_open:
        yield Field("muc#roominfo_subject", [room.subject.text], label="Subject")


FEATURE = RoomFeature("contacts", settings=(CONTACTS,), describes=_describes)
