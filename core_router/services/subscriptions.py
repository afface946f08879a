"""RFC 6121 §3: asking for, granting, cancelling and ending presence subscriptions."""

import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred

from core_router.config import CurrentBounds
from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.routing.delivery import Router
from core_router.routing.rules import SUBSCRIPTION_TYPES
from core_router.routing.sessions import Session
from core_router.services.presence import Presence
from core_router.services.rosters import Roster, Rosters
from core_router.services.subscription_states import inbound, outbound
from core_router.store.interfaces import LONGEST_ADDRESS, RosterItem
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, parse_jid

log = logging.getLogger(__name__)

_NEW = RosterItem("", listed=False)
_LONGEST_REQUEST = 8192  # bytes of a request's content that are kept


class Subscriptions:
    """Keeps both sides' rosters in step with what users ask and answer.

    `bounds` is asked how many contacts, and requests of strangers that wait, an account may have.
    """

    def __init__(self, router: Router, rosters: Rosters, presence: Presence, bounds: CurrentBounds) -> None:
        self._router = router
        self._rosters = rosters
        self._presence = presence
        self._bounds = bounds

    def feature(self) -> Feature:
        return Feature(
            name="subscriptions",
            standards=("RFC 6121 §3",),
            stream_features=b"<sub xmlns='urn:xmpp:features:pre-approval'/>",
            presence_sent=dict.fromkeys(SUBSCRIPTION_TYPES, self._sent),
            presence_received=dict.fromkeys(SUBSCRIPTION_TYPES, self._received),
        )

    # -- outbound -----------------------------------------------------------------------------------

    def _sent(self, session: Session, stanza: Envelope) -> None:
        if stanza.to is None:
            raise StanzaError("bad-request", f"whom to {stanza.type}?")
        if stanza.to.bare == session.jid.bare:
            return  # one always sees oneself
        if len(stanza.to.bare) > LONGEST_ADDRESS:
            raise StanzaError("not-acceptable", f"an address has at most {LONGEST_ADDRESS} characters here")
        self._in_background(self._send(session.jid.to_bare(), stanza.to.to_bare(), stanza))

    async def _send(self, account: JID, contact: JID, stanza: Envelope) -> None:
        roster = await self._rosters.load(account.bare)
        if roster is None or self._is_shared(roster, contact, stanza):
            return
        before = roster.own.get(contact.bare) or replace(_NEW, jid=contact.bare)
        after, routed = outbound(before, stanza.type)
        if after.listed and not before.listed and roster.listed() >= self._bounds().roster_items:
            self._router.bounce(stanza, StanzaError("resource-constraint", "the roster is full"))
            return
        if before.receives and not after.receives:
            self._presence.send_unavailable(account.bare, contact)  # §3.2.2: as long as it may be sent
        if after != before:
            await self._rosters.put(account.bare, roster, after)
        if routed:
            self._router.route(stanza.addressed(contact, account))  # §3.1.2: both are bare on their way
        if after.receives and not before.receives:
            self._presence.send_current(account.bare, contact)  # §3.1.5

    def _is_shared(self, roster: Roster, contact: JID, stanza: Envelope) -> bool:
        """Whether a shared group has decided what the stanza is about; then it goes no further."""
        shared = roster.shared.get(contact.bare)
        if shared is None:
            return False
        decided = shared.sends if stanza.type in ("subscribe", "unsubscribe") else shared.receives
        if decided and stanza.type.startswith("un"):
            error = StanzaError("not-allowed", "this contact is in a group of the whole server")
            self._router.bounce(stanza, error)
        return decided

    def contact_removed(self, account: str, item: RosterItem) -> None:
        """§2.5.2: an item that leaves the roster ends the subscriptions it stands for."""
        user, contact = parse_jid(account), parse_jid(item.jid)
        if item.sends or item.ask:
            self._router.route(Envelope("presence", contact, user, type="unsubscribe"))
        if item.receives:
            self._presence.send_unavailable(account, contact)
        if item.receives or item.pending is not None:
            self._router.route(Envelope("presence", contact, user, type="unsubscribed"))

    # -- inbound ------------------------------------------------------------------------------------

    def _received(self, stanza: Envelope) -> None:
        if stanza.from_ is None or stanza.to is None or stanza.from_.bare == stanza.to.bare:
            return
        self._in_background(self._receive(stanza.to.to_bare(), stanza.from_.to_bare(), stanza))

    async def _receive(self, account: JID, contact: JID, stanza: Envelope) -> None:
        stanza = stanza.addressed(account, contact)
        roster = await self._rosters.load(account.bare)
        if roster is None:
            if stanza.type == "subscribe":  # §8.5.1: there is nobody who could ever say yes
                self._router.route(Envelope("presence", contact, account, type="unsubscribed"))
            return
        if stanza.type == "subscribe":
            await self._receive_request(account, contact, roster, stanza)
            return
        before = roster.own.get(contact.bare)
        if before is None:
            return  # nothing to end, and nothing was asked
        after, delivered = inbound(before, stanza.type, b"")
        if delivered:
            self._deliver(account, stanza)  # §3.1.6, §3.2.3, §3.3.3: first this, then the push
        if after != before:
            await self._rosters.put(account.bare, roster, after)
        if before.receives and not roster.items.get(contact.bare, after).receives:
            self._presence.send_unavailable(account.bare, contact)  # §3.3.3

    async def _receive_request(self, account: JID, contact: JID, roster: Roster, stanza: Envelope) -> None:
        """§3.1.3; a request that was granted before it came is answered by the server (§3.4.2)."""
        shared = roster.shared.get(contact.bare)
        granted = shared is not None and shared.receives
        if not granted:
            before = roster.own.get(contact.bare) or replace(_NEW, jid=contact.bare)
            if before.jid not in roster.own and not self._has_room(roster, contact):
                self._router.bounce(stanza, StanzaError("resource-constraint", "too many requests wait"))
                return
            content = stanza.content if len(stanza.content) <= _LONGEST_REQUEST else b""
            after, delivered = inbound(before, "subscribe", content)
            if after != before:
                await self._rosters.put(account.bare, roster, after)
            if delivered:
                self._deliver(account, stanza)
            granted = after.receives
        if granted:
            self._router.route(Envelope("presence", contact, account, type="subscribed", id=stanza.id))
            self._presence.send_current(account.bare, contact)

    def _has_room(self, roster: Roster, contact: JID) -> bool:
        """Whether one more stranger may wait for an answer."""
        waiting = len(roster.own) - roster.listed()
        return waiting < self._bounds().roster_requests and len(contact.bare) <= LONGEST_ADDRESS

    def _deliver(self, account: JID, stanza: Envelope) -> None:
        """A request to all available resources (§3.1.3), the rest to all interested ones, too (§3.1.6)."""
        for session in self._router.sessions.of(account.bare):
            interested = stanza.type != "subscribe" and self._rosters.is_interested(session)
            if session.available or interested:
                session.send(stanza)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(lambda failure: log.error("subscription: %s", failure))
