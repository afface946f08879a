"""The places where a feature takes part in a stanza's way, and the signatures it must have there.

A stanza passes its sender's hooks (`sent`), then its local recipient's (`received`), each in three
phases: GUARD may refuse it, TRANSFORM may replace it, COPY sees what will be delivered. Inside a phase
the order is that of the list in `core_router.app`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from core_router.envelope import Envelope

if TYPE_CHECKING:
    from core_router.routing.sessions import Session


class Phase(IntEnum):
    """When a hook is called."""

    GUARD = 0  # may refuse: raises StanzaError, or returns HANDLED to take the stanza silently
    TRANSFORM = 1  # may return another envelope
    COPY = 2  # may send copies elsewhere; returns what it was given


HANDLED: Final = None

# A hook returns the envelope to go on with, or HANDLED, or raises StanzaError.
SentHook = Callable[["Session", Envelope], Envelope | None]
ReceivedHook = Callable[[Envelope], Envelope | None]
# Whether the hook has taken charge of a message that found no resource.
UnreachableHook = Callable[[Envelope], bool]
SessionHook = Callable[["Session"], None]
# A message, and the sessions of its recipient that got it; none: it was kept for later.
DeliveredHook = Callable[[Envelope, Sequence["Session"]], None]
AccountHook = Callable[[str], None]  # with its bare address
UnavailableHook = Callable[["Session", Envelope], None]
# Whether the session is kept although its connection is gone.
DetachHook = Callable[["Session"], bool]


@dataclass(slots=True)
class Hooks:
    """All hooks of the router, in calling order."""

    sent: list[SentHook] = field(default_factory=list)
    # For a stanza with one of the children `watched`, all; for others, those that see every stanza.
    received: list[ReceivedHook] = field(default_factory=list)
    received_always: list[ReceivedHook] = field(default_factory=list)
    watched: set[str] = field(default_factory=set)
    unreachable: list[UnreachableHook] = field(default_factory=list)
    delivered: list[DeliveredHook] = field(default_factory=list)
    # A resource was bound; nothing has been sent on it yet.
    session_opened: list[SessionHook] = field(default_factory=list)
    # Initial presence was broadcast (RFC 6121 §4.2.2).
    session_available: list[SessionHook] = field(default_factory=list)
    # From now on the session gets messages to the bare address: it has become available, or its
    # priority is no longer negative (RFC 6121 §4.7.2.3).
    session_reachable: list[SessionHook] = field(default_factory=list)
    # It is available no more; with the presence that says so.
    session_unavailable: list[UnavailableHook] = field(default_factory=list)
    # The connection of a session is gone, without the stream having been closed.
    session_detached: list[DetachHook] = field(default_factory=list)
    # The session is gone for good; it is no longer among the sessions of its account.
    session_closed: list[SessionHook] = field(default_factory=list)
    account_created: list[AccountHook] = field(default_factory=list)
    # The account and all that was stored for it is gone; its sessions are being closed.
    account_removed: list[AccountHook] = field(default_factory=list)
