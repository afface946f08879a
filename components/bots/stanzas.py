"""What the bot sends and reads: messages, presence in rooms with the items of XEP-0045."""

from collections.abc import Collection
from dataclasses import dataclass
from secrets import token_hex
from xml.etree.ElementTree import Element

from components.common.elements import STREAM, attribute, text

MUC = "http://jabber.org/protocol/muc"
USER = f"{MUC}#user"
DIRECT = "jabber:x:conference"  # XEP-0249
BODY, SUBJECT = f"{{{STREAM}}}body", f"{{{STREAM}}}subject"
X, DELAY = f"{{{USER}}}x", "{urn:xmpp:delay}delay"
_OCCUPANT_ID = "{urn:xmpp:occupant-id:0}occupant-id"

SELF, CREATED, CHANGED_NICK = "110", "201", "303"


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a room says in a presence about an occupant (XEP-0045 §7.2)."""

    person: str  # the occupant id (XEP-0421), else the bare JID, or empty
    jid: str  # full JID, or empty
    role: str
    new_nick: str
    codes: Collection[str]

    @classmethod
    def read(cls, presence: Element) -> "Appearance":
        """From a presence of a room."""
        x, id = presence.find(X), presence.find(_OCCUPANT_ID)
        item = x.find(f"{{{USER}}}item") if x is not None else None
        item = item if item is not None else Element("item")
        jid = item.get("jid", "")
        person = id.get("id", "") if id is not None else ""
        codes = {status.get("code", "") for status in x.iter(f"{{{USER}}}status")} if x is not None else ()
        return cls(person or jid.partition("/")[0], jid, item.get("role", ""), item.get("nick", ""), codes)


def message(sender: str, to: str, kind: str, body: str, subject: str = "") -> str:
    """A message of that type."""
    about = f"<subject>{text(subject)}</subject>" if subject else ""
    return (
        f"<message from='{attribute(sender)}' to='{attribute(to)}' type='{kind}' id='{token_hex(8)}'>"
        f"{about}<body>{text(body)}</body></message>"
    )


def entrance(sender: str, address: str, password: str) -> str:
    """The wish to enter a room, without what was said there before (§7.2, §7.2.14)."""
    secret = f"<password>{text(password)}</password>" if password else ""
    return (
        f"<presence from='{attribute(sender)}' to='{attribute(address)}'>"
        f"<x xmlns='{MUC}'><history maxstanzas='0'/>{secret}</x></presence>"
    )


def departure(sender: str, address: str) -> str:
    """The bot leaves (§7.14)."""
    return f"<presence from='{attribute(sender)}' to='{attribute(address)}' type='unavailable'/>"


def self_ping(sender: str, address: str) -> str:
    """XEP-0410: whether the bot is still in the room; `address` is its own there."""
    return (
        f"<iq type='get' from='{attribute(sender)}' to='{attribute(address)}' id='self-ping'>"
        "<ping xmlns='urn:xmpp:ping'/></iq>"
    )


def decline(sender: str, room: str, inviter: str, reason: str) -> str:
    """The refusal of an invitation that came by a room (§7.8.3)."""
    return (
        f"<message from='{attribute(sender)}' to='{attribute(room)}'><x xmlns='{USER}'>"
        f"<decline to='{attribute(inviter)}'><reason>{text(reason)}</reason></decline></x></message>"
    )
