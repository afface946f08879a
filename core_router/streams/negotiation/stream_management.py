"""XEP-0198: stream management: acknowledgements both ways, and sessions that survive their connection."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

from twisted.internet.defer import Deferred

from core_router.config import Resumption
from core_router.envelope import Envelope, Nonza
from core_router.feature import Feature
from core_router.routing.delivery import Router
from core_router.routing.held import Store
from core_router.routing.sessions import Session
from core_router.routing.timer import CallLater
from core_router.routing.unacknowledged import CountTooHigh
from core_router.streams.client import ClientStream
from core_router.streams.counts import NAMESPACE, failed, read_count, too_high
from core_router.streams.managed_session import ManagedSession
from core_router.streams.negotiation.inline import Answer
from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError

log = logging.getLogger(__name__)

_ENABLE, _RESUME, _R, _A = (f"{{{NAMESPACE}}}{name}" for name in ("enable", "resume", "r", "a"))
_TRUE = ("true", "1")
# A copy of what another resource has got (XEP-0280), a page of an archive (XEP-0313): of no use to
# anybody but the session it was sent to.
_PRIVATE: Final = ("{urn:xmpp:carbons:2}", "{urn:xmpp:mam:2}")
_SECONDS = re.compile("[0-9]{1,9}").fullmatch
_EXPIRED_KEPT = 1000  # last counters of sessions that have ended, so that clients learn of them (§5)


class StreamManagement:
    """Enables, acknowledges, resumes."""

    names = frozenset((_ENABLE, _RESUME, _R, _A))
    # With the login (§9): resumption in SASL2, enabling in Bind 2.
    login_offer = f"<sm xmlns='{NAMESPACE}'/>".encode()
    login_request = _RESUME
    bind_feature = NAMESPACE
    bind_request = _ENABLE

    def __init__(self, router: Router, bounds: Resumption, store: Store, call_later: CallLater) -> None:
        self.bounds = bounds  # may be replaced: sessions managed from then on use the new ones
        self._router = router
        self._store = store
        self._call_later = call_later
        self._by_id: dict[str, ManagedSession] = {}
        self._of: WeakKeyDictionary[Session, ManagedSession] = WeakKeyDictionary()
        self._expired: dict[str, tuple[str, int]] = {}  # account and count, by id

    def feature(self) -> Feature:
        return Feature(
            name="stream management",
            standards=("XEP-0198",),
            session_detached=self._detached,
            session_closed=self._closed,
        )

    @property
    def detached(self) -> int:
        """How many sessions wait for their clients."""
        return sum(1 for managed in self._by_id.values() if not managed.attached)

    # -- the step -----------------------------------------------------------------------------------

    def offer(self, stream: ClientStream) -> bytes:
        return self.login_offer if stream.account is not None else b""

    def handle(self, stream: ClientStream, element: Nonza, following: bytes) -> None:
        if element.name == _ENABLE:
            self._enable(stream, element)
        elif element.name == _RESUME:
            if stream.account is None or stream.session is not None:
                stream.write(failed("unexpected-request"))
            else:
                self._resume(stream, element, lambda answer: _tell(stream, answer))
        else:
            managed = self._of.get(stream.session) if stream.session is not None else None
            if managed is None:
                raise StreamError(StreamCondition.UNSUPPORTED_STANZA_TYPE, "stream management is not enabled")
            if element.name == _R:
                managed.report()
            else:
                self._acknowledged(managed, element)

    def _enable(self, stream: ClientStream, element: Nonza) -> None:
        """§3: after binding, once."""
        session = stream.session
        if session is None or session in self._of:
            stream.write(failed("unexpected-request"))
        else:
            stream.write(self._manage(session, stream, element))

    def bind(self, stream: ClientStream, request: Nonza) -> Answer:
        """Enable together with the binding (§9.1, XEP-0386 §3.2)."""
        assert stream.session is not None
        return Answer(self._manage(stream.session, stream, request))

    def _manage(self, session: Session, stream: ClientStream, element: Nonza) -> bytes:
        """Put a session that was just bound under stream management; the result is `<enabled/>`."""
        # A guest could never prove to be the same again.
        resumable = element.attributes.get("resume") in _TRUE and not session.guest
        asked = _SECONDS(element.attributes.get("max", ""))
        resume_for = min(int(asked.group()), self.bounds.seconds) if asked else self.bounds.seconds
        managed = ManagedSession(
            session,
            stream,
            replace(self.bounds, seconds=resume_for),
            self._store,
            self._call_later,
            lambda: self._router.close_session(session),
            resumable=resumable,
        )
        self._of[session] = managed
        stream.handled = managed.handled
        extra = ""
        if resumable:
            self._by_id[managed.id] = managed
            extra = f" id='{managed.id}' resume='true' max='{resume_for}'"
        return f"<enabled xmlns='{NAMESPACE}'{extra}/>".encode()

    async def log_in(self, stream: ClientStream, request: Nonza) -> Answer:
        """Resume together with the login (§9.2)."""
        answered: Deferred[Answer] = Deferred()
        self._resume(stream, request, answered.callback)
        return await answered

    def _resume(self, stream: ClientStream, element: Nonza, tell: Callable[[Answer], None]) -> None:
        """§5, for a stream that has authenticated and carries no session. Raises StreamError."""
        assert stream.account is not None
        previous = element.attributes.get("previd", "")
        managed = self._by_id.get(previous)
        if managed is None or managed.session.jid.bare != stream.account.bare:
            account, count = self._expired.get(previous, ("", 0))
            tell(Answer(failed("item-not-found", count if account == stream.account.bare else None)))
            return
        try:
            managed.take_over(read_count(element))
        except CountTooHigh as error:
            raise too_high(error) from None
        managed.handled.when_safe(lambda: tell(self._attached(managed, stream)))

    def _attached(self, managed: ManagedSession, stream: ClientStream) -> Answer:
        gone = managed.attached or self._by_id.get(managed.id) is not managed  # another was quicker
        if gone or stream.ended or stream.session is not None:
            return Answer(failed("item-not-found"))
        stream.resume_session(managed.session, managed.handled)
        log.info("%s has resumed from %s", managed.session.jid, stream.connection.peer)
        return Answer(managed.attach(stream), managed.resend)

    def _acknowledged(self, managed: ManagedSession, element: Nonza) -> None:
        try:
            managed.acknowledged(read_count(element))
        except CountTooHigh as error:
            raise too_high(error) from None

    # -- over a restart of the router ---------------------------------------------------------------

    def resumable(self, session: Session) -> bool:
        """Whether the session may be taken up again by its client."""
        managed = self._of.get(session)
        return managed is not None and managed.resumable

    def suspend(self) -> list[ManagedSession]:
        """Detach every session that may be resumed: the router stops. Their streams just break off."""
        for managed in self._by_id.values():
            managed.suspend()
        return list(self._by_id.values())

    def restore(self, id: str, session: Session, seconds: int) -> ManagedSession:
        """Have a session wait for its client that was suspended before the restart."""
        managed = ManagedSession(
            session,
            None,
            replace(self.bounds, seconds=seconds),
            self._store,
            self._call_later,
            lambda: self._router.close_session(session),
            resumable=True,
            id=id,
        )
        self._of[session] = self._by_id[id] = managed
        managed.detach()
        return managed

    # -- hooks --------------------------------------------------------------------------------------

    def _detached(self, session: Session) -> bool:
        managed = self._of.get(session)
        return managed is not None and managed.detach()

    def _closed(self, session: Session) -> None:
        managed = self._of.pop(session, None)
        if managed is None:
            return
        if self._by_id.pop(managed.id, None) is not None:
            self._expired[managed.id] = (session.jid.bare, managed.handled.received)
            if len(self._expired) > _EXPIRED_KEPT:
                del self._expired[next(iter(self._expired))]
        for given_up in managed.closed():
            self._redirect(given_up.envelope, session)
            given_up.done()

    def _redirect(self, envelope: Envelope, session: Session) -> None:
        """§4: what was not acknowledged is treated as if the resource had not been there."""
        if envelope.kind == "message" and envelope.type in ("", "normal", "chat"):
            if not any(child.startswith(_PRIVATE) for child in envelope.children):
                self._router.redeliver(envelope.addressed(session.jid.to_bare(), envelope.from_))
        elif envelope.kind == "iq":
            self._router.bounce(envelope, StanzaError("service-unavailable"))


def _tell(stream: ClientStream, answer: Answer) -> None:
    stream.write(answer.content)
    if answer.afterwards is not None:
        answer.afterwards()
