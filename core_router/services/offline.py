"""XEP-0160: messages for those who are not there, delivered with XEP-0203 delay stamps when they come."""

import logging
from collections.abc import Callable
from datetime import datetime

from twisted.internet.defer import Deferred

from core_router.config import CurrentBounds
from core_router.envelope import Custody, Envelope, read_envelope
from core_router.feature import Feature
from core_router.hooks import HANDLED, Phase
from core_router.routing.delivery import Router
from core_router.routing.hints import BODY, is_to_be_kept
from core_router.routing.sessions import Session
from core_router.store.interfaces import OfflineMessage, OfflineMessages, Stored
from core_router.xmpp.element import attributes
from core_router.xmpp.errors import StanzaError

log = logging.getLogger(__name__)

_NAMESPACE = "urn:xmpp:delay"
_DELAY = f"{{{_NAMESPACE}}}delay"


class Offline:
    """Keeps messages nobody was there for, in the order they came.

    `bounds` is asked for the number of messages and their size together, per account.
    """

    def __init__(
        self, router: Router, store: OfflineMessages, now: Callable[[], datetime], bounds: CurrentBounds
    ) -> None:
        self._router = router
        self._store = store
        self._now = now
        self._bounds = bounds
        # Accounts whose messages are being read from the store, with what came for them meanwhile.
        self._delivering: dict[str, list[Envelope]] = {}
        self._delivered = _Delivered(store)

    def feature(self) -> Feature:
        return Feature(
            name="offline messages",
            standards=("XEP-0160", "XEP-0203", "XEP-0334"),
            domain_features=("msgoffline",),
            received=((Phase.GUARD, self._received),),
            received_with=((Phase.TRANSFORM, frozenset((_DELAY,)), _without_forged_delay),),
            unreachable=self._keep,
            session_reachable=self._reachable,
        )

    # -- keeping ------------------------------------------------------------------------------------

    def _keep(self, message: Envelope) -> bool:
        if message.kind != "message":
            return False
        if not is_to_be_kept(message):
            # Who has written something must know that nobody will read it (RFC 6121 §8.5.2.2.1). That
            # somebody was typing is worth nothing later (§3), and no error either.
            return BODY not in message.children
        if message.custody is not None:
            message.custody.hold()  # the commit is under way
        Deferred.fromCoroutine(self._store_message(message))
        return True

    async def _store_message(self, message: Envelope) -> None:
        assert message.to is not None
        account, bounds = message.to.bare, self._bounds()
        most, most_bytes = bounds.offline_messages, bounds.offline_bytes
        try:
            outcome = await self._store.keep(account, message.wire(), self._now(), most, most_bytes)
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

    # -- delivering ---------------------------------------------------------------------------------

    def _reachable(self, session: Session) -> None:
        account = session.jid.bare
        if account not in self._delivering:
            self._delivering[account] = []
            Deferred.fromCoroutine(self._deliver(session))

    def _received(self, envelope: Envelope) -> Envelope | None:
        """Nothing newer overtakes what is being read from the store. 0.1 µs when nothing is."""
        if not self._delivering or envelope.kind != "message":
            return envelope
        assert envelope.to is not None
        newer = self._delivering.get(envelope.to.bare)
        if newer is None:
            return envelope
        if len(newer) >= self._bounds().offline_messages:
            raise StanzaError("resource-constraint", "too many messages at this moment")
        if envelope.custody is not None:
            envelope.custody.hold()
        newer.append(envelope)
        return HANDLED

    async def _deliver(self, session: Session) -> None:
        account = session.jid.bare
        try:
            messages = await self._store.waiting(account)
            recipient = self._recipient(session)
            if recipient is not None:
                for message in messages:
                    if self._delivered.begin(account, message.number):
                        self._send(recipient, message)
        except Exception:
            log.exception("the offline messages of %s cannot be delivered", account)
        finally:
            for newer in self._delivering.pop(account):
                self._router.route(newer)
                if newer.custody is not None:
                    newer.custody.release()

    def _recipient(self, session: Session) -> Session | None:
        """The session, or if it has gone meanwhile, another of its account that takes messages."""
        available = self._router.sessions.available(session.jid.bare)
        reachable = [one for one in available if one.priority >= 0]
        return session if session in reachable else next(iter(reachable), None)

    def _send(self, session: Session, message: OfflineMessage) -> None:
        """It is forgotten once it is safe: acknowledged, or sent where nobody acknowledges."""
        account = session.jid.bare
        envelope = self._stamped(message, session.jid.domain)
        custody = envelope.custody = Custody(lambda: self._delivered.end(account, message.number))
        session.send(envelope)
        custody.release()

    def _stamped(self, message: OfflineMessage, domain: str) -> Envelope:
        """XEP-0203 §3: stamped by the domain with the time it was received, the first time it was kept."""
        envelope = read_envelope(message.stanza)
        if _DELAY in envelope.children and any(
            element.tag == _DELAY and element.get("from") == domain for element in envelope.elements()
        ):
            return envelope
        stamp = message.received.strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"
        delay = f"<delay xmlns='{_NAMESPACE}'{attributes(from_=domain, stamp=stamp)}/>".encode()
        return envelope.with_content(envelope.content + delay, (*envelope.children, _DELAY))


def _without_forged_delay(envelope: Envelope) -> Envelope:
    """What comes in cannot bear a stamp of ours: only what has been kept does."""
    if _DELAY not in envelope.children or envelope.to is None:
        return envelope
    domain = envelope.to.domain
    return envelope.without(lambda child: child.name == _DELAY and child.attributes.get("from") == domain)


class _Delivered:
    """Stored messages on their way to a session. They are deleted when they are safe, not before."""

    def __init__(self, store: OfflineMessages) -> None:
        self._store = store
        self._on_their_way: dict[str, set[int]] = {}  # by account, until they are deleted
        self._safe: dict[str, list[int]] = {}  # those to be deleted next, of accounts with a deletion

    def begin(self, account: str, number: int) -> bool:
        """False if the message is on its way already, to another session."""
        numbers = self._on_their_way.setdefault(account, set())
        if number in numbers:
            return False
        numbers.add(number)
        return True

    def end(self, account: str, number: int) -> None:
        """The message is safe."""
        if account in self._safe:
            self._safe[account].append(number)
        else:
            self._safe[account] = [number]
            Deferred.fromCoroutine(self._delete(account))

    async def _delete(self, account: str) -> None:
        """As they are acknowledged one by one, each deletion takes along what has gathered meanwhile."""
        while numbers := self._safe[account]:
            self._safe[account] = []
            try:
                await self._store.delete(account, numbers)
            except Exception:
                log.exception("delivered messages of %s cannot be deleted", account)
                break  # on their way until the restart, and delivered again after it: not lost
            left = self._on_their_way[account]
            left.difference_update(numbers)
            if not left:
                del self._on_their_way[account]
        del self._safe[account]
