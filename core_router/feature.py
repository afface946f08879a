"""What a feature declares; installation, service discovery and the compliance table derive from it."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from core_router.envelope import Envelope
from core_router.hooks import (
    AccountHook,
    DeliveredHook,
    DetachHook,
    Phase,
    ReceivedHook,
    SentHook,
    SessionHook,
    UnavailableHook,
    UnreachableHook,
)
from core_router.xmpp.jid import JID

if TYPE_CHECKING:
    from core_router.routing.sessions import Session


@dataclass(frozen=True, slots=True)
class Result:
    """The content of an IQ result, and what is due once that has been sent."""

    content: bytes
    afterwards: Callable[[], None]


# The content of the result; or a coroutine for it. Raises StanzaError.
IqFunction = Callable[[Envelope], bytes | Result | Coroutine[Any, Any, bytes | Result]]
PresenceSentFunction = Callable[["Session", Envelope], None]
PresenceReceivedFunction = Callable[[Envelope], None]
DomainReceivedFunction = Callable[[Envelope], None]  # raises StanzaError


@dataclass(frozen=True, slots=True)
class Iq:
    """An IQ request a feature answers.

    `target` is whom it is addressed to: the served domain, or an account by its bare address (which
    also stands for an absent `to`, RFC 6120 §10.3.3). An account's is answered to its owner only,
    unless `public`.
    """

    target: Literal["domain", "account"]
    type: Literal["get", "set"]
    name: str  # Clark name of the request's element
    function: IqFunction
    public: bool = False


@dataclass(frozen=True, slots=True)
class Inline:
    """What a client may have switched on for its session while it is bound (XEP-0386 §3.2)."""

    feature: str  # the `var` it is advertised by
    name: str  # Clark name of the request's element
    function: SessionHook  # the session was opened, and nothing was sent on it yet


@dataclass(frozen=True, slots=True)
class InfoForm:
    """A form in the domain's disco#info (XEP-0128); `fields` are names with their values."""

    type: str  # its FORM_TYPE (XEP-0068)
    fields: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a feature knows of a session and must know again after a restart of the router, as JSON.

    `save` returns None when there is nothing to keep.
    """

    save: Callable[["Session"], Any]
    restore: Callable[["Session", Any], None]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: what it implements, what it advertises, where it takes part."""

    name: str
    standards: tuple[str, ...]  # as in "RFC 6121 §2" or "XEP-0199"
    domain_features: tuple[str, ...] = ()  # disco#info of the domain (XEP-0030)
    domain_forms: tuple[InfoForm, ...] = ()
    # Further ones, which depend on who asks.
    domain_features_for: Callable[[JID], tuple[str, ...]] | None = None
    account_features: tuple[str, ...] = ()  # disco#info of an account's bare address
    stream_features: bytes = b""  # advertised to a client once it has authenticated
    inline: tuple[Inline, ...] = ()
    iq: tuple[Iq, ...] = ()
    presence_sent: Mapping[str, PresenceSentFunction] = field(default_factory=dict)  # by type
    presence_received: Mapping[str, PresenceReceivedFunction] = field(default_factory=dict)
    # Messages and presence to a served domain itself with a child of that Clark name.
    domain_received: Mapping[str, DomainReceivedFunction] = field(default_factory=dict)
    sent: tuple[tuple[Phase, SentHook], ...] = ()
    received: tuple[tuple[Phase, ReceivedHook], ...] = ()
    # The same, for stanzas that have a child of one of these Clark names; the others cost nothing. (It
    # is called now and then without: it has to look.)
    received_with: tuple[tuple[Phase, frozenset[str], ReceivedHook], ...] = ()
    unreachable: UnreachableHook | None = None
    delivered: DeliveredHook | None = None
    session_state: SessionState | None = None
    session_opened: SessionHook | None = None
    session_available: SessionHook | None = None
    session_reachable: SessionHook | None = None
    session_unavailable: UnavailableHook | None = None
    session_detached: DetachHook | None = None
    session_closed: SessionHook | None = None
    account_created: AccountHook | None = None
    account_removed: AccountHook | None = None
