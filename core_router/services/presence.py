"""RFC 6121 §4: presence, pushed at once to those who may see it, and only to them."""

import logging
import re
from collections.abc import Coroutine, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope, read_envelope
from core_router.feature import Feature, SessionState
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.services.roster import Roster, Rosters
from core_router.store.interfaces import RosterItem
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, parse_jid
from core_router.xmpp.namespaces import CLIENT

log = logging.getLogger(__name__)

_PRIORITY = f"{{{CLIENT}}}priority"
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}").fullmatch
_MOST_DIRECTED = 2000  # addresses at which directed presence of one session may stand


class Presence:
    """Broadcast, probes and directed presence."""

    def __init__(self, router: Router, rosters: Rosters) -> None:
        self._router = router
        self._rosters = rosters
        # To whom a session has sent directed presence that is still standing (§4.6.3).
        self._directed: WeakKeyDictionary[Session, dict[str, JID]] = WeakKeyDictionary()

    def feature(self) -> Feature:
        return Feature(
            name="presence",
            standards=("RFC 6121 §4",),
            presence_sent={"": self._sent, "unavailable": self._sent, "probe": self._refuse_probe},
            presence_received={"probe": self._probed},
            session_state=SessionState(self._save, self._restore),
            session_closed=self._closed,
        )

    def _save(self, session: Session) -> Any:
        presence = session.presence.wire().decode() if session.presence is not None else None
        return {
            "presence": presence,
            "priority": session.priority,
            "directed": list(self._directed.get(session, ())),
        }

    def _restore(self, session: Session, state: Any) -> None:
        if state["presence"] is not None:
            session.presence = read_envelope(state["presence"].encode())
        session.priority = state["priority"]
        self._directed[session] = {jid: parse_jid(jid) for jid in state["directed"]}

    # -- from the client ----------------------------------------------------------------------------

    def _sent(self, session: Session, presence: Envelope) -> None:
        if presence.to is not None:
            self._send_directed(session, presence, presence.to)
        elif presence.type:
            self._in_background(self._become_unavailable(session, presence))
        else:
            self._in_background(self._broadcast(session, presence, _priority(presence)))

    def _refuse_probe(self, _session: Session, presence: Envelope) -> None:
        raise StanzaError("not-allowed", "probes are the server's business")  # §4.3

    def _send_directed(self, session: Session, presence: Envelope, to: JID) -> None:
        directed = self._directed.setdefault(session, {})
        if presence.type:
            directed.pop(to.full, None)
        elif len(directed) < _MOST_DIRECTED or to.full in directed:
            directed[to.full] = to
        else:
            raise StanzaError("resource-constraint", "directed presence stands at too many addresses")
        self._router.route(presence)

    async def _broadcast(self, session: Session, presence: Envelope, priority: int) -> None:
        """§4.2.2 and §4.4.2: to all contacts who may see it, and to the user's own resources."""
        roster = await self._rosters.load(session.jid.bare)
        if roster is None or not self._still_there(session):
            return
        initial = session.presence is None
        reached = not initial and session.priority >= 0
        session.presence = presence
        session.priority = priority
        self._to_subscribers(roster, presence)
        self._to_own_resources(session, presence)
        if initial:
            self._introduce(session, roster)
            for hook in self._router.hooks.session_available:
                hook(session)
        if priority >= 0 and not reached:
            for hook in self._router.hooks.session_reachable:
                hook(session)

    def _introduce(self, session: Session, roster: Roster) -> None:
        """§4.2.2: what a new resource must learn: its siblings' presence and its contacts'."""
        for sibling in self._router.sessions.available(session.jid.bare):
            if sibling is not session and sibling.presence is not None:
                session.send(sibling.presence.addressed(session.jid, sibling.jid))
        for item in roster.items.values():
            if item.pending is not None:
                self._deliver_pending(session, item)
            if item.sends:
                self._probe(session, item)

    def _probe(self, session: Session, item: RosterItem) -> None:
        contact = parse_jid(item.jid)
        if contact.domain in self._router.local_domains and not self._router.sessions.of(contact.bare):
            return  # there would be nothing to answer (§4.3.2, rule 4), and a roster to load for it
        self._router.route(Envelope("presence", contact, session.jid, type="probe"))

    def _deliver_pending(self, session: Session, item: RosterItem) -> None:
        """§3.1.3: a request is delivered at every login until it is answered."""
        session.send(
            Envelope(
                "presence",
                session.jid.to_bare(),
                parse_jid(item.jid),
                type="subscribe",
                content=item.pending or b"",
            )
        )

    async def _become_unavailable(self, session: Session, presence: Envelope) -> None:
        """§4.5.2."""
        roster = await self._rosters.load(session.jid.bare)
        if roster is not None and self._still_there(session):
            self._withdraw(session, roster, presence)

    def _withdraw(self, session: Session, roster: Roster | None, presence: Envelope) -> None:
        was_available = session.presence is not None
        session.presence = None
        session.priority = 0
        told: set[str] = set()
        if was_available and roster is not None:
            self._to_subscribers(roster, presence)
            self._to_own_resources(session, presence)
            told = {item.jid for item in roster.items.values() if item.receives}
        for to in self._directed.pop(session, {}).values():  # §4.6.3
            if to.bare not in told:
                self._router.route(presence.addressed(to, session.jid))

    def _closed(self, session: Session) -> None:
        """§4.5.3: a session that ends in whatever way is unavailable."""
        unavailable = Envelope("presence", None, session.jid, type="unavailable")
        self._withdraw(session, self._rosters.loaded(session.jid.bare), unavailable)

    # -- to others ----------------------------------------------------------------------------------

    def _to_subscribers(self, roster: Roster, presence: Envelope) -> None:
        route = self._router.route
        for item in roster.items.values():
            if item.receives:
                route(presence.addressed(parse_jid(item.jid), presence.from_))

    def _to_own_resources(self, session: Session, presence: Envelope) -> None:
        account = session.jid.to_bare()
        own = presence.addressed(account, session.jid)
        for sibling in self._router.sessions.available(account.bare):
            sibling.send(own)
        if presence.type and self._still_there(session):
            session.send(own)  # it has become unavailable itself and is not among them any more

    def presence_of(self, account: str) -> Iterable[Envelope]:
        """The last presence of each available resource."""
        for session in self._router.sessions.available(account):
            if session.presence is not None:
                yield session.presence

    def is_shown_to(self, session: Session, address: str) -> bool:
        """Whether directed presence of the session stands at that bare address, as in a room (§4.6.3)."""
        return any(to.bare == address for to in self._directed.get(session, {}).values())

    def send_current(self, account: str, to: JID) -> None:
        """Let `to` see all available resources of the account (§3.1.5)."""
        for presence in self.presence_of(account):
            self._router.route(presence.addressed(to, presence.from_))

    def send_unavailable(self, account: str, to: JID) -> None:
        """Take all available resources of the account out of sight of `to` (§3.2.2, §3.3.3)."""
        for session in self._router.sessions.available(account):
            self._router.route(Envelope("presence", to, session.jid, type="unavailable"))

    # -- probes -------------------------------------------------------------------------------------

    def _probed(self, probe: Envelope) -> None:
        """§4.3.2."""
        if probe.from_ is not None and probe.to is not None:
            self._in_background(self._answer_probe(probe.from_, probe.to))

    async def _answer_probe(self, prober: JID, contact: JID) -> None:
        roster = await self._rosters.load(contact.bare)
        item = roster.items.get(prober.bare) if roster is not None else None
        if prober.bare != contact.bare and (item is None or not item.receives):
            self._router.route(Envelope("presence", prober.to_bare(), contact.to_bare(), type="unsubscribed"))
            return
        self.send_current(contact.bare, prober)

    def _still_there(self, session: Session) -> bool:
        return self._router.sessions.get(session.jid) is session

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(lambda failure: log.error("presence: %s", failure))


def _priority(presence: Envelope) -> int:
    """§4.7.2.3: −128 to 127, 0 when absent."""
    element = presence.element(_PRIORITY)
    if element is None:
        return 0
    text = (element.text or "0").strip()
    if not _NUMBER(text) or not -128 <= int(text) <= 127:
        raise StanzaError("bad-request", "the priority is no number between -128 and 127")
    return int(text)
