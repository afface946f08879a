"""XEP-0334: what the sender of a message hints to those who handle it, and what follows for storing it."""

from typing import Final

from core_router.envelope import Envelope
from core_router.xmpp.namespaces import CLIENT

NAMESPACE: Final = "urn:xmpp:hints"
STORE: Final = f"{{{NAMESPACE}}}store"
NO_STORE: Final = f"{{{NAMESPACE}}}no-store"
NO_PERMANENT_STORE: Final = f"{{{NAMESPACE}}}no-permanent-store"
NO_COPY: Final = f"{{{NAMESPACE}}}no-copy"

BODY: Final = f"{{{CLIENT}}}body"
_THREAD = f"{{{CLIENT}}}thread"
# What does not make a message worth keeping, be there ever so much of it.
_PASSING = (
    "{http://jabber.org/protocol/chatstates}",  # XEP-0160 §3
    f"{{{NAMESPACE}}}",
    "{urn:xmpp:sid:0}",
    _THREAD,
)


def is_to_be_kept(message: Envelope) -> bool:
    """Whether the message is to wait for a recipient who is not there (XEP-0160 §3, XEP-0334 §4)."""
    children = message.children
    if STORE in children:
        return True
    return NO_STORE not in children and not (
        children and all(child.startswith(_PASSING) for child in children)
    )


def is_said(message: Envelope) -> bool:
    """Whether the message says something that the recipient will want to find again."""
    children = message.children
    return (BODY in children or STORE in children) and NO_STORE not in children
