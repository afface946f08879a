"""XEP-0352: client state: what can wait is held back while nobody looks at the client.

Held back are presence, the last of each sender, and messages that tell of a chat state and nothing
else. Whatever else comes lets go of them first, so that the order stays (RFC 6120 §10.1).
"""

from weakref import WeakKeyDictionary

from core_router.envelope import Envelope, Nonza
from core_router.feature import Feature, Inline
from core_router.routing.sessions import Session
from core_router.streams.client import ClientStream
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.namespaces import CLIENT

NAMESPACE = "urn:xmpp:csi:0"
_ACTIVE, _INACTIVE = f"{{{NAMESPACE}}}active", f"{{{NAMESPACE}}}inactive"
_CHAT_STATES = "{http://jabber.org/protocol/chatstates}"
_ALONGSIDE = ("{urn:xmpp:hints}", f"{{{CLIENT}}}thread", "{http://jabber.org/protocol/muc#user}x")
_SELF_PRESENCE = b"110"  # a room's answer to joining (XEP-0045 §7.2.2), which the client waits for
_MOST = 2000  # stanzas held back for one session


class _Inactive:
    """What is held back for one session, by what a newer one replaces, oldest first."""

    __slots__ = ("_held", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: dict[tuple[str, str], Envelope] = {}

    def send(self, envelope: Envelope) -> None:
        """Hold it back, or let it through after all that was held back."""
        sender = envelope.from_.full if envelope.from_ is not None else ""
        if not _can_wait(envelope) or len(self._held) >= _MOST:
            self.let_go()
            self._session.pass_on(envelope)
            return
        key = (envelope.kind, sender)
        self._held.pop(key, None)  # the newer one stands last
        self._held[key] = envelope

    def let_go(self) -> None:
        """Send all that was held back."""
        held, self._held = self._held, {}
        for envelope in held.values():
            self._session.pass_on(envelope)


class ClientState:
    """Knows which clients are inactive. None is after it has bound or resumed (§4.2)."""

    names = frozenset((_ACTIVE, _INACTIVE))

    def __init__(self) -> None:
        self._inactive: WeakKeyDictionary[Session, _Inactive] = WeakKeyDictionary()

    def feature(self) -> Feature:
        return Feature(
            name="client state",
            standards=("XEP-0352",),
            inline=(
                Inline(NAMESPACE, _ACTIVE, self._activate),
                Inline(NAMESPACE, _INACTIVE, self._deactivate),
            ),
            session_detached=self._detached,
        )

    def offer(self, stream: ClientStream) -> bytes:
        return f"<csi xmlns='{NAMESPACE}'/>".encode() if stream.account is not None else b""

    def handle(self, stream: ClientStream, element: Nonza, following: bytes) -> None:
        if stream.session is None:
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "log in and bind a resource first")
        if element.name == _INACTIVE:
            self._deactivate(stream.session)
        else:
            self._activate(stream.session)

    def _deactivate(self, session: Session) -> None:
        if session not in self._inactive:
            self._inactive[session] = inactive = _Inactive(session)
            session.hold_back(inactive.send)

    def _activate(self, session: Session) -> None:
        inactive = self._inactive.pop(session, None)
        if inactive is not None:
            session.hold_back(None)
            inactive.let_go()

    def _detached(self, session: Session) -> bool:
        """The connection is gone: what was held back waits with the rest, for whoever resumes."""
        self._activate(session)
        return False


def _can_wait(envelope: Envelope) -> bool:
    if envelope.kind == "presence":
        return envelope.type in ("", "unavailable") and _SELF_PRESENCE not in envelope.content
    if envelope.kind == "message" and envelope.type != "error":
        states = [child for child in envelope.children if child.startswith(_CHAT_STATES)]
        return bool(states) and all(
            child.startswith(_CHAT_STATES) or child.startswith(_ALONGSIDE) for child in envelope.children
        )
    return False
