"""XEP-0012: since when a user is away, and since when the server is up."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq
from core_router.hooks import Phase
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.services.rosters import Roster, Rosters
from core_router.store import interfaces
from core_router.xmpp.element import attributes
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID
from core_router.xmpp.namespaces import CLIENT
from core_router.xmpp.text import escape

log = logging.getLogger(__name__)

NAMESPACE: Final = "jabber:iq:last"
_QUERY = f"{{{NAMESPACE}}}query"
_STATUS = f"{{{CLIENT}}}status"
_LONGEST_STATUS = 1023  # characters that are kept


class LastActivity:
    """Notes when users go, and tells those who may see their presence."""

    def __init__(
        self, router: Router, rosters: Rosters, store: interfaces.LastActivity, now: Callable[[], datetime]
    ) -> None:
        self._router = router
        self._rosters = rosters
        self._store = store
        self._now = now
        self._started = now()
        self._status: WeakKeyDictionary[Session, str] = (
            WeakKeyDictionary()
        )  # of the last unavailable presence

    def feature(self) -> Feature:
        """Comes after presence: a session that is closed becomes unavailable first."""
        return Feature(
            name="last activity",
            standards=("XEP-0012",),
            domain_features=(NAMESPACE,),
            account_features=(NAMESPACE,),
            iq=(
                Iq("domain", "get", _QUERY, self._uptime),
                Iq("account", "get", _QUERY, self._account, public=True),
            ),
            received_with=((Phase.GUARD, frozenset((_QUERY,)), self._received),),
            session_unavailable=self._unavailable,
            session_closed=self._closed,
        )

    # -- requests -----------------------------------------------------------------------------------

    def _uptime(self, _request: Envelope) -> bytes:
        """§5."""
        return self._seconds_since(self._started)

    async def _account(self, request: Envelope) -> bytes:
        """§3."""
        account, requester = request.to, request.from_
        assert account is not None and requester is not None
        roster = await self._rosters.load(account.bare)
        if roster is None:
            raise StanzaError("service-unavailable")
        _check_authorized(account, requester, roster)
        if self._router.sessions.of(account.bare):
            return f"<query xmlns='{NAMESPACE}' seconds='0'/>".encode()
        last = await self._store.load(account.bare)
        if last is None:
            raise StanzaError("service-unavailable")
        return self._seconds_since(last.time, last.status)

    def _received(self, stanza: Envelope) -> Envelope:
        """§4: one that is for a client is let through to nobody but those who may see its presence."""
        if stanza.kind != "iq" or stanza.type != "get" or stanza.children != (_QUERY,):
            return stanza
        account, requester = stanza.to, stanza.from_
        assert account is not None
        if requester is not None and account.resource and self._router.sessions.of(account.bare):
            _check_authorized(account, requester, self._rosters.loaded(account.bare))
        return stanza

    def _seconds_since(self, time: datetime, status: str = "") -> bytes:
        seconds = max(0, int((self._now() - time).total_seconds()))
        shown = attributes(seconds=str(seconds))
        return f"<query xmlns='{NAMESPACE}'{shown}>{escape(status)}</query>".encode()

    # -- who goes -----------------------------------------------------------------------------------

    def _unavailable(self, session: Session, presence: Envelope) -> None:
        status = presence.element(_STATUS)
        self._status[session] = (status.text or "")[:_LONGEST_STATUS] if status is not None else ""

    def _closed(self, session: Session) -> None:
        status = self._status.pop(session, "")
        if not session.guest and not self._router.sessions.of(session.jid.bare):
            noted = Deferred.fromCoroutine(self._note(session.jid.bare, status))
            noted.addErrback(lambda failure: log.error("last activity: %s", failure))

    async def _note(self, account: str, status: str) -> None:
        await self._store.save(account, interfaces.LastSeen(self._now(), status))


def _check_authorized(account: JID, requester: JID, roster: Roster | None) -> None:
    """§3, §8: presence must not leak. Raises StanzaError `forbidden`."""
    if requester.bare == account.bare:
        return
    item = roster.items.get(requester.bare) if roster is not None else None
    if item is None or not item.receives:
        raise StanzaError("forbidden")
