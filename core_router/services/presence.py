"""RFC 6121 §4: presence, pushed at once to those who may see it, and only to them."""

import logging
import re
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from twisted.internet.defer import Deferred

from core_router.config import CurrentBounds
from core_router.envelope import Envelope, read_envelope
from core_router.feature import Feature, SessionState
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.services.blocklists import Blocklists
from core_router.services.rosters import Roster, Rosters
from core_router.store.interfaces import RosterItem
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, parse_jid
from core_router.xmpp.namespaces import CLIENT

log = logging.getLogger(__name__)

_PRIORITY = f"{{{CLIENT}}}priority"
_BYTE = re.compile("[+-]?[0-9]{1,9}").fullmatch


class Presence:
    """Broadcast, probes and directed presence; `bounds` is asked how many addresses that may stand at."""

    def __init__(
        self, router: Router, rosters: Rosters, blocklists: Blocklists, bounds: CurrentBounds
    ) -> None:
        self._router = router
        self._rosters = rosters
        self._blocks = blocklists.blocks
        self._bounds = bounds
        # To whom a session has sent directed presence that is still standing (§4.6.3).
        self._directed: WeakKeyDictionary[Session, dict[str, JID]] = WeakKeyDictionary()

    def feature(self) -> Feature:
        return Feature(
            name="presence",
            standards=("RFC 6121 §4",),
            presence_sent={"": self._sent, "unavailable": self._sent, "probe": self._send_probe},
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

    def _send_probe(self, _session: Session, probe: Envelope) -> None:
        """§4.3: the server's business; but rooms are probed by clients (XEP-0045 §7.2)."""
        if probe.to is None:
            raise StanzaError("bad-request", "whom to probe?")
        self._router.route(probe)

    def _send_directed(self, session: Session, presence: Envelope, to: JID) -> None:
        """§4.6.2, §4.6.3."""
        directed = self._directed.setdefault(session, {})
        if presence.type:
            directed.pop(to.full, None)
        elif len(directed) >= (most := self._bounds().directed_presence) and to.full not in directed:
            raise StanzaError("resource-constraint", f"directed presence stands at {most} addresses")
        else:
            directed[to.full] = to
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
        for item in list(roster.items.values()):  # an answer may change the roster
            if item.pending is None and not item.sends and not item.ask:
                continue
            contact = parse_jid(item.jid)
            if self._blocks(session.jid.bare, contact):
                continue
            if item.pending is not None:
                self._deliver_pending(session, contact, item.pending)
            if item.sends:
                self._probe(session, contact)
            elif item.ask and contact.domain not in self._router.local_domains:
                # §3.1.2: their server may have lost the request.
                account = session.jid.to_bare()
                self._router.route(Envelope("presence", contact, account, type="subscribe"))

    def _probe(self, session: Session, contact: JID) -> None:
        """§4.3.1: from bare address to bare address.

        Here the new resource alone is told, and not of contacts who are away: no presence says the same.
        """
        if contact.domain not in self._router.local_domains:
            self._router.route(Envelope("presence", contact, session.jid.to_bare(), type="probe"))
        elif self._router.sessions.of(contact.bare):
            self._router.route(Envelope("presence", contact, session.jid, type="probe"))

    def _deliver_pending(self, session: Session, contact: JID, content: bytes) -> None:
        """§3.1.3: a request is delivered at every login until it is answered."""
        account = session.jid.to_bare()
        session.send(Envelope("presence", account, contact, type="subscribe", content=content))

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
            told = self._to_subscribers(roster, presence)
            self._to_own_resources(session, presence)
        for to in self._directed.pop(session, {}).values():  # §4.6.3
            if to.bare not in told:
                self._router.route(presence.addressed(to, session.jid))
        if was_available:
            for hook in self._router.hooks.session_unavailable:
                hook(session, presence)

    def _closed(self, session: Session) -> None:
        """§4.5.3: a session that ends in whatever way is unavailable."""
        unavailable = Envelope("presence", None, session.jid, type="unavailable")
        self._withdraw(session, self._rosters.loaded(session.jid.bare), unavailable)

    # -- to others ----------------------------------------------------------------------------------

    def _to_subscribers(self, roster: Roster, presence: Envelope) -> set[str]:
        """Returns who was told, by bare address."""
        sender = presence.from_
        assert sender is not None
        route, account = self._router.route, sender.bare
        told = set()
        for item in roster.items.values():
            if item.receives:
                to = parse_jid(item.jid)
                if not self._blocks(account, to):
                    told.add(item.jid)
                    route(presence.addressed(to, sender))
        return told

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
        if not self._blocks(account, to):
            for presence in self.presence_of(account):
                self._router.route(presence.addressed(to, presence.from_))

    def send_unavailable(self, account: str, to: JID) -> None:
        """Take all available resources of the account out of sight of `to` (§3.2.2, §3.3.3)."""
        if not self._blocks(account, to):
            for session in self._router.sessions.available(account):
                self._router.route(Envelope("presence", to, session.jid, type="unavailable"))

    # -- blocking (XEP-0191 §3.3, §3.4) -------------------------------------------------------------

    async def hide_from(self, account: str, blocked: JID) -> None:
        """The account is going to block that address: a full or bare one, or a domain."""
        roster = await self._rosters.load(account)
        if roster is None:
            return
        for item, to in _addressed_by(blocked, roster):
            if item.receives:
                self.send_unavailable(account, to)
        for session in self._router.sessions.of(account):
            directed = self._directed.get(session, {})
            for to in [to for to in directed.values() if blocked.full in (to.full, to.bare, to.domain)]:
                del directed[to.full]
                self._router.route(Envelope("presence", to, session.jid, type="unavailable"))

    async def show_to(self, account: str, unblocked: JID) -> None:
        """The account has unblocked that address; its own resources learn of the contact, too."""
        roster = await self._rosters.load(account)
        if roster is None:
            return
        for item, to in _addressed_by(unblocked, roster):
            if item.receives:
                self.send_current(account, to)
            if item.sends and not self._blocks(account, to):
                for session in self._router.sessions.available(account):
                    self._probe(session, to.to_bare())

    # -- probes -------------------------------------------------------------------------------------

    def _probed(self, probe: Envelope) -> None:
        """§4.3.2."""
        if probe.from_ is not None and probe.to is not None:
            self._in_background(self._answer_probe(probe.from_, probe.to.to_bare()))

    async def _answer_probe(self, prober: JID, contact: JID) -> None:
        roster = await self._rosters.load(contact.bare)
        item = roster.items.get(prober.bare) if roster is not None else None
        if prober.bare != contact.bare and (item is None or not item.receives):
            self._router.route(Envelope("presence", prober.to_bare(), contact, type="unsubscribed"))
        elif self._router.sessions.available(contact.bare):
            self.send_current(contact.bare, prober)
        else:
            self._router.route(Envelope("presence", prober, contact, type="unavailable"))

    def _still_there(self, session: Session) -> bool:
        return self._router.sessions.get(session.jid) is session

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(lambda failure: log.error("presence: %s", failure))


def _addressed_by(blocked: JID, roster: Roster) -> Iterator[tuple[RosterItem, JID]]:
    """The contacts an address of a blocklist stands for, and their address, full if that is."""
    if blocked.local or blocked.resource:
        item = roster.items.get(blocked.bare)
        if item is not None:
            yield item, blocked
        return
    for item in list(roster.items.values()):
        contact = parse_jid(item.jid)
        if contact.domain == blocked.domain:
            yield item, contact


def _priority(presence: Envelope) -> int:
    """§4.7.2.3: −128 to 127, 0 when absent."""
    element = presence.element(_PRIORITY)
    if element is None:
        return 0
    written = (element.text or "0").strip()
    if not _BYTE(written):
        raise StanzaError("bad-request", "the priority is not a number")
    priority = int(written)
    if not -128 <= priority <= 127:
        raise StanzaError("bad-request", "the priority is not between -128 and 127")
    return priority
