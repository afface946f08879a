"""Messages to people: XEP-0184 receipts, XEP-0224 attention, XEP-0308 corrections, XEP-0333 markers,
XEP-0439 quick responses.

All are of the type chat, not headline, although §3.1 of XEP-0224 prefers that: headlines are not kept for
those who are offline (RFC 6121 §5.2.2), and who was away shall find what happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.common.elements import attribute, text
from components.common.transaction import Transaction

PostState = Literal["sent", "received", "displayed", "failed"]

RECEIPTS = "urn:xmpp:receipts"
MARKERS = "urn:xmpp:chat-markers:0"
ATTENTION = "urn:xmpp:attention:0"
CORRECTION = "urn:xmpp:message-correct:0"
QUICK_RESPONSE = "urn:xmpp:tmp:quick-response"
LONGEST = 8000  # characters of a body; more is cut

# What becomes of a message, by what its recipient's client sends. `acknowledged` is of an older version
# of XEP-0333, and says no more than that a client has shown it.
STATES: Mapping[str, PostState] = {
    f"{{{RECEIPTS}}}received": "received",
    f"{{{MARKERS}}}received": "received",
    f"{{{MARKERS}}}displayed": "displayed",
    f"{{{MARKERS}}}acknowledged": "displayed",
}


@dataclass(frozen=True, slots=True)
class Button:
    """A quick response: what is said when it is chosen, and what stands on it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Note:
    """One message to one recipient."""

    to: str  # JID
    body: str
    id: str = ""
    in_room: bool = False  # to all occupants
    urgent: bool = False  # asks for attention
    replaces: str = ""  # id of the message it corrects
    buttons: Sequence[Button] = ()
    tracked: bool = False  # asks for receipt and marker
    payload: str = ""  # elements that go along, rendered


def send(sender: str, note: Note, transaction: Transaction) -> None:
    """Send it, after the commit."""
    kind = "groupchat" if note.in_room else "chat"
    number = f" id='{attribute(note.id)}'" if note.id else ""
    content = [f"<body>{text(shortened(note.body))}</body>"]
    if note.urgent:
        content.append(f"<attention xmlns='{ATTENTION}'/>")
    if note.replaces:
        content.append(f"<replace xmlns='{CORRECTION}' id='{attribute(note.replaces)}'/>")
    if note.tracked:
        content.append(f"<request xmlns='{RECEIPTS}'/><markable xmlns='{MARKERS}'/>")
    for button in note.buttons:
        content.append(
            f"<response xmlns='{QUICK_RESPONSE}' value='{attribute(button.value)}'"
            f" label='{attribute(button.label)}'/>"
        )
    content.append(note.payload)
    before = f"<message from='{attribute(sender)}' type='{kind}'{number} to='"
    transaction.send(before, f"'>{''.join(content)}</message>", [attribute(note.to)])


def shortened(body: str, most: int = LONGEST) -> str:
    """The body, cut where it is too long; without characters that XML does not know."""
    clean = "".join([sign for sign in body if sign in "\n\t" or (sign >= " " and not _is_forbidden(sign))])
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def _is_forbidden(sign: str) -> bool:
    """XML 1.0 §2.2: surrogates and the last two of the basic plane."""
    return "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff"
