"""XEP-0160: messages for those who are not there, delivered with XEP-0203 delay stamps when they come."""

import logging
from collections.abc import Callable
from datetime import datetime

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope, read_envelope
from core_router.feature import Feature
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.store.interfaces import OfflineMessage, OfflineMessages, Stored
from core_router.xmpp.element import attributes
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.namespaces import CLIENT

log = logging.getLogger(__name__)

_DELAY = "urn:xmpp:delay"
_CHAT_STATES = "{http://jabber.org/protocol/chatstates}"
_THREAD = f"{{{CLIENT}}}thread"


class Offline:
    """Keeps messages nobody was there for, in the order they came."""

    def __init__(
        self, router: Router, store: OfflineMessages, now: Callable[[], datetime], limit: int
    ) -> None:
        self._router = router
        self._store = store
        self._now = now
        self._limit = limit
        self._delivering: set[str] = set()  # accounts whose messages are on their way

    def feature(self) -> Feature:
        return Feature(
            name="offline messages",
            standards=("XEP-0160", "XEP-0203"),
            domain_features=("msgoffline",),
            unreachable=self._keep,
            session_available=self._available,
        )

    def _keep(self, message: Envelope) -> bool:
        if message.kind != "message":
            return False
        if message.children and all(c.startswith(_CHAT_STATES) or c == _THREAD for c in message.children):
            return True  # §3: that somebody was typing is worth nothing later
        assert message.to is not None
        if message.custody is not None:
            message.custody.hold()  # the commit is under way
        Deferred.fromCoroutine(self._store_message(message, message.to.bare))
        return True

    async def _store_message(self, message: Envelope, account: str) -> None:
        try:
            outcome = await self._store.keep(account, message.wire(), self._now(), self._limit)
        except Exception:
            log.exception("a message to %s cannot be stored", account)
            self._router.bounce(
                message, StanzaError("resource-constraint", "it cannot be stored at the moment")
            )
            return
        finally:
            if message.custody is not None:
                message.custody.release()
        if outcome is Stored.FULL:
            self._router.bounce(message, StanzaError("service-unavailable", "too many messages wait there"))
        elif outcome is Stored.NO_ACCOUNT:
            self._router.bounce(message, StanzaError("service-unavailable"))

    def _available(self, session: Session) -> None:
        if session.priority >= 0 and session.jid.bare not in self._delivering:
            self._delivering.add(session.jid.bare)
            Deferred.fromCoroutine(self._deliver(session))

    async def _deliver(self, session: Session) -> None:
        account = session.jid.bare
        try:
            messages = await self._store.waiting(account)
            if not messages or self._router.sessions.get(session.jid) is not session:
                return
            for message in messages:
                session.send(self._stamped(message, session.jid.domain))
            await self._store.delete(account, messages[-1].number)
        except Exception:
            log.exception("the offline messages of %s cannot be delivered", account)
        finally:
            self._delivering.discard(account)

    def _stamped(self, message: OfflineMessage, domain: str) -> Envelope:
        """XEP-0203 §3: stamped by the domain with the time it was received."""
        stamp = message.received.strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"
        delay = f"<delay xmlns='{_DELAY}'{attributes(from_=domain, stamp=stamp)}/>".encode()
        envelope = read_envelope(message.stanza)
        return envelope.with_content(envelope.content + delay, (*envelope.children, f"{{{_DELAY}}}delay"))
