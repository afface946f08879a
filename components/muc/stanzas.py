"""The payloads of XEP-0045 as text: presences with their items and status codes, delays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

from components.common.elements import STREAM, XML, attribute, render, text, without
from components.common.errors import StanzaError
from components.muc import hats
from components.muc.occupant import Affiliation, Occupant, Role
from components.muc.room import Room

MUC = "http://jabber.org/protocol/muc"
USER = f"{MUC}#user"
ADMIN = f"{MUC}#admin"
OWNER = f"{MUC}#owner"
STABLE_ID = f"{MUC}#stable_id"
DELAY = "urn:xmpp:delay"
STANZA_ID = "urn:xmpp:sid:0"
OCCUPANT_ID = "urn:xmpp:occupant-id:0"

ENTER = f"{{{MUC}}}x"
USER_X = f"{{{USER}}}x"

# What only the room may say about an occupant (§17.3, XEP-0421 §3, XEP-0317), so it never passes from one.
NOT_PASSED_ON = (ENTER, USER_X, f"{{{OCCUPANT_ID}}}occupant-id", hats.HATS)

LONGEST_PRESENCE = 16_384  # characters
_STATUS, _LANGUAGE = f"{{{STREAM}}}status", f"{{{XML}}}lang"

SELF, JIDS_SHOWN, CREATED, NICK_ASSIGNED = 110, 100, 201, 210
BANNED, NICK_CHANGED, KICKED = 301, 303, 307
LOST_AFFILIATION, NOT_A_MEMBER, TECHNICAL_PROBLEM = 321, 322, 333


@dataclass(frozen=True, slots=True)
class Appearance:
    """How an occupant is shown in a presence; what the room adds to what the occupant said."""

    nick: str
    affiliation: Affiliation
    role: Role
    id: str  # XEP-0421
    jid: str  # full JID, escaped; shown to whom it concerns only
    content: str = ""  # show, status and so on, rendered
    unavailable: bool = False
    new_nick: str = ""
    actor: str = ""  # nickname of the moderator who did it
    reason: str = ""
    codes: tuple[int, ...] = ()
    ending: str = ""  # why the room is no more (§10.9), rendered

    def before(self, room: Room, number: str | None = None) -> str:
        """The presence up to the recipient's address."""
        kind = " type='unavailable'" if self.unavailable else ""
        tracked = f" id='{attribute(number)}'" if number else ""
        return f"<presence from='{room.occupant_address(self.nick)}'{kind}{tracked} to='"

    def after(self, with_jid: bool, *codes: int) -> str:
        """The presence after the recipient's address."""
        jid = f" jid='{self.jid}'" if with_jid and self.jid else ""
        nick = f" nick='{attribute(self.new_nick)}'" if self.new_nick else ""
        inner = (f"<actor nick='{attribute(self.actor)}'/>" if self.actor else "") + (
            f"<reason>{text(self.reason)}</reason>" if self.reason else ""
        )
        item = f"<item affiliation='{self.affiliation.word}' role='{self.role.word}'{jid}{nick}"
        return (
            f"'>{self.content}{occupant_id(self.id)}<x xmlns='{USER}'>"
            f"{item}{f'>{inner}</item>' if inner else '/>'}"
            f"{statuses((*codes, *self.codes))}{self.ending}</x></presence>"
        )


def appearance(room: Room, occupant: Occupant, reason: str = "") -> Appearance:
    """An occupant as present now; `reason` explains a change that somebody else made."""
    session = occupant.current
    return Appearance(
        occupant.nick,
        room.affiliation(occupant.bare),
        occupant.role,
        occupant.id,
        session.address,
        session.presence + hats.shown(room.config, occupant.bare),
        reason=reason,
    )


def statuses(codes: Iterable[int]) -> str:
    """Status codes (§12)."""
    return "".join([f"<status code='{code}'/>" for code in codes])


def occupant_id(id: str) -> str:
    """XEP-0421: who it is, whatever the nickname."""
    return f"<occupant-id xmlns='{OCCUPANT_ID}' id='{id}'/>"


def stanza_id(room: Room, number: int) -> str:
    """XEP-0359: the id by which the room knows a message."""
    id = room.ids.stanza_id(room.id, number)
    return f"<stanza-id xmlns='{STANZA_ID}' by='{room.address}' id='{id}'/>"


def passed_on(presence: Element) -> str:
    """The content of a presence that other occupants get to see (§17.3).

    Raises `policy-violation` if it is too long: it is kept, and everybody who enters gets it.
    """
    language = presence.get(_LANGUAGE)
    passed = without(presence, NOT_PASSED_ON)
    content = "".join([render(_in_language(item, language) if language else item) for item in passed])
    if len(content) > LONGEST_PRESENCE:
        raise StanzaError("policy-violation", f"a presence here has at most {LONGEST_PRESENCE} characters")
    return content


def _in_language(item: Element, language: str) -> Element:
    """A status says in which language it is, since the room writes the start tag (§13)."""
    if item.tag != _STATUS or item.get(_LANGUAGE) is not None:
        return item
    said = Element(item.tag, {**item.attrib, _LANGUAGE: language})
    said.text = item.text
    return said


def stamp(moment: datetime) -> str:
    """UTC as XEP-0082 writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def delay(room: Room, moment: datetime) -> str:
    """XEP-0203, from the room (§7.2.13)."""
    return f"<delay xmlns='{DELAY}' from='{room.address}' stamp='{stamp(moment)}'/>"


def notification(*codes: int) -> str:
    """The content of a message that holds nothing but status codes (§10.2.1)."""
    return f"<x xmlns='{USER}'>{statuses(codes)}</x>"
