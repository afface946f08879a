"""XEP-0280: each of a user's devices gets both sides of every conversation."""

from collections.abc import Iterable, Sequence
from typing import Final

from core_router.envelope import Envelope
from core_router.feature import Feature, Inline, Iq, SessionState
from core_router.framing.children import Child
from core_router.hooks import Phase
from core_router.routing.delivery import Router
from core_router.routing.hints import BODY, NO_COPY
from core_router.routing.hints import NAMESPACE as HINTS
from core_router.routing.sessions import Session
from core_router.services.presence import Presence
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.namespaces import CLIENT

NAMESPACE: Final = "urn:xmpp:carbons:2"
RULES: Final = "urn:xmpp:carbons:rules:0"  # §6.1 is what decides here
_FORWARD = "urn:xmpp:forward:0"  # XEP-0297
_ENABLE, _DISABLE = f"{{{NAMESPACE}}}enable", f"{{{NAMESPACE}}}disable"
_PRIVATE, _SENT, _RECEIVED = f"{{{NAMESPACE}}}private", f"{{{NAMESPACE}}}sent", f"{{{NAMESPACE}}}received"
_MUC_USER = "{http://jabber.org/protocol/muc#user}x"
_INVITE = "{http://jabber.org/protocol/muc#user}invite"
_DIRECT_INVITATION = "{jabber:x:conference}x"  # XEP-0249
# §6.1: payloads of instant messaging, by the start of their Clark names.
_INSTANT_MESSAGING = (
    "{urn:xmpp:receipts}",
    "{http://jabber.org/protocol/chatstates}",
    "{urn:xmpp:chat-markers:",
    "{urn:xmpp:reactions:",
    "{urn:xmpp:message-correct:",
    "{urn:xmpp:message-retract:",
    "{urn:xmpp:jingle-message:",
    "{urn:xmpp:openpgp:",
    "{urn:xmpp:omemo:",
    "{eu.siacs.conversations.axolotl}",
    "{jabber:x:encrypted}",
)


class Carbons:
    """Who wants copies, and who gets which."""

    def __init__(self, router: Router, presence: Presence) -> None:
        self._router = router
        self._presence = presence
        self._enabled: dict[str, list[Session]] = {}  # by account, oldest first

    def feature(self) -> Feature:
        return Feature(
            name="carbons",
            standards=("XEP-0280", "XEP-0297"),
            domain_features=(NAMESPACE, RULES),
            account_features=(NAMESPACE, RULES),
            inline=(Inline(NAMESPACE, _ENABLE, self.enable),),
            iq=(
                Iq("account", "set", _ENABLE, self._enable_requested),
                Iq("account", "set", _DISABLE, self._disable_requested),
            ),
            sent=((Phase.COPY, self._message_sent),),
            received_with=((Phase.TRANSFORM, frozenset((_PRIVATE, _SENT, _RECEIVED)), self._received),),
            delivered=self._delivered,
            session_state=SessionState(save=self._state, restore=self._restore),
            session_closed=self.disable,
        )

    # -- who wants copies ---------------------------------------------------------------------------

    def enable(self, session: Session) -> None:
        """From now on the session gets copies."""
        enabled = self._enabled.setdefault(session.jid.bare, [])
        if session not in enabled:
            enabled.append(session)

    def disable(self, session: Session) -> None:
        """From now on it gets none."""
        enabled = self._enabled.get(session.jid.bare, [])
        if session in enabled:
            enabled.remove(session)
            if not enabled:
                del self._enabled[session.jid.bare]

    def _enable_requested(self, request: Envelope) -> bytes:
        self.enable(self._session(request))
        return b""

    def _disable_requested(self, request: Envelope) -> bytes:
        self.disable(self._session(request))
        return b""

    def _session(self, request: Envelope) -> Session:
        session = self._router.sessions.get(request.from_) if request.from_ is not None else None
        if session is None:
            raise StanzaError("not-allowed", "only for a session of this server")  # §4.1, §5.1
        return session

    def _state(self, session: Session) -> bool | None:
        return session in self._enabled.get(session.jid.bare, ()) or None

    def _restore(self, session: Session, _state: object) -> None:
        self.enable(session)

    # -- copies -------------------------------------------------------------------------------------

    def _message_sent(self, session: Session, envelope: Envelope) -> Envelope:
        """§8: what one device sends. 0.1 µs where nobody wants copies."""
        enabled = self._enabled.get(session.jid.bare)
        if enabled is None or envelope.kind != "message" or envelope.to is None:
            return envelope
        others = [other for other in enabled if other is not session]
        # What somebody sends to himself is copied as something received, so that nobody gets two.
        if others and envelope.to.bare != session.jid.bare and _is_eligible_sent(envelope):
            if _MUC_USER in envelope.children and envelope.to.resource:
                others = [one for one in others if self._presence.is_shown_to(one, envelope.to.bare)]
            _copy("sent", envelope, others)
        return envelope

    def _delivered(self, message: Envelope, sessions: Sequence[Session]) -> None:
        """§7: what one device gets."""
        assert message.to is not None
        enabled = self._enabled.get(message.to.bare)
        if enabled is None:
            return
        sender = message.from_.full if message.from_ is not None else ""
        others = [one for one in enabled if one not in sessions and one.jid.full != sender]
        if others and _is_eligible_received(message):
            _copy("received", message, others)

    # -- what may not pass --------------------------------------------------------------------------

    def _received(self, envelope: Envelope) -> Envelope:
        if envelope.kind != "message":
            return envelope
        children = envelope.children
        if _RECEIVED in children or _SENT in children:
            # §11: copies come from the server alone, which does not send them this way.
            envelope = envelope.without(lambda child: child.name in (_RECEIVED, _SENT))
        return _as_hint(envelope) if _PRIVATE in children else envelope


def _as_hint(message: Envelope) -> Envelope:
    """§9: the element is not for the recipient; the hint tells the rest of the way the same."""

    def replaced(child: Child) -> bool:
        return child.name in (_PRIVATE, NO_COPY)

    rest = message.without(replaced)
    return rest.with_content(rest.content + f"<no-copy xmlns='{HINTS}'/>".encode(), (*rest.children, NO_COPY))


def _copy(direction: str, message: Envelope, sessions: Iterable[Session]) -> None:
    """§7, §8: wrapped by XEP-0297, from the account's bare address."""
    original = f"<message xmlns='{CLIENT}'".encode() + message.wire().removeprefix(b"<message")
    content = (
        f"<{direction} xmlns='{NAMESPACE}'><forwarded xmlns='{_FORWARD}'>".encode()
        + original
        + f"</forwarded></{direction}>".encode()
    )
    for session in sessions:
        session.send(
            Envelope(
                "message", session.jid, session.jid.to_bare(), type=message.type,
                content=content, children=(f"{{{NAMESPACE}}}{direction}",),
            )
        )  # fmt: skip


# -- §6.1, the recommended rules --------------------------------------------------------------------


def _is_eligible_sent(message: Envelope) -> bool:
    return message.type != "error" and _is_eligible(message)


def _is_eligible_received(message: Envelope) -> bool:
    if message.type == "error":
        # In response to an eligible message, which it usually repeats (RFC 6120 §8.3.1).
        return _is_conversation(message) and not _is_excluded(message)
    if _MUC_USER in message.children and message.from_ is not None and message.from_.resource:
        return False  # private messages reach every device in the room anyway
    return _is_eligible(message)


def _is_eligible(message: Envelope) -> bool:
    if message.type in ("groupchat", "headline") or _is_excluded(message):
        return False
    return message.type == "chat" or _is_conversation(message) or _is_invitation(message)


def _is_excluded(message: Envelope) -> bool:
    children = message.children
    return _PRIVATE in children or NO_COPY in children or _SENT in children or _RECEIVED in children


def _is_conversation(message: Envelope) -> bool:
    children = message.children
    return BODY in children or any(child.startswith(_INSTANT_MESSAGING) for child in children)


def _is_invitation(message: Envelope) -> bool:
    if _DIRECT_INVITATION in message.children:
        return True
    of_room = message.element(_MUC_USER)
    return of_room is not None and of_room.find(_INVITE) is not None
