"""RFC 6121 §3: asking for, granting, cancelling and ending presence subscriptions."""

import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.routing.delivery import Router
from core_router.routing.rules import SUBSCRIPTION_TYPES
from core_router.routing.sessions import Session
from core_router.services.presence import Presence
from core_router.services.roster import Rosters
from core_router.services.subscription_states import inbound, outbound
from core_router.store.interfaces import RosterItem
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, parse_jid

log = logging.getLogger(__name__)

_NEW = RosterItem("", listed=False)


class Subscriptions:
    """Keeps both sides' rosters in step with what users ask and answer."""

    def __init__(self, router: Router, rosters: Rosters, presence: Presence, limit: int) -> None:
        self._router = router
        self._rosters = rosters
        self._presence = presence
        self._limit = limit

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
        self._in_background(self._send(session.jid.to_bare(), stanza.to.to_bare(), stanza))

    async def _send(self, account: JID, contact: JID, stanza: Envelope) -> None:
        roster = await self._rosters.load(account.bare)
        if roster is None:
            return
        before = roster.items.get(contact.bare) or replace(_NEW, jid=contact.bare)
        after, routed = outbound(before, stanza.type)
        if after != before:
            if not roster.has_room(after, self._limit):
                self._router.bounce(stanza, StanzaError("resource-constraint", "the roster is full"))
                return
            await self._rosters.put(account.bare, roster, after)
        if routed:
            self._router.route(stanza.addressed(contact, account))  # §3.1.2: both are bare on their way
        if after.receives and not before.receives:
            self._presence.send_current(account.bare, contact)  # §3.1.5
        elif before.receives and not after.receives:
            self._presence.send_unavailable(account.bare, contact)  # §3.2.2

    def contact_removed(self, account: str, item: RosterItem) -> None:
        """§2.5.2: an item that leaves the roster ends the subscriptions it stands for."""
        user, contact = parse_jid(account), parse_jid(item.jid)
        if item.sends or item.ask:
            self._router.route(Envelope("presence", contact, user, type="unsubscribe"))
        if item.receives or item.pending is not None:
            self._router.route(Envelope("presence", contact, user, type="unsubscribed"))
        if item.receives:
            self._presence.send_unavailable(account, contact)

    # -- inbound ------------------------------------------------------------------------------------

    def _received(self, stanza: Envelope) -> None:
        if stanza.from_ is None or stanza.to is None or stanza.from_.bare == stanza.to.bare:
            return
        self._in_background(self._receive(stanza.to.to_bare(), stanza.from_.to_bare(), stanza))

    async def _receive(self, account: JID, contact: JID, stanza: Envelope) -> None:
        roster = await self._rosters.load(account.bare)
        if roster is None:
            if stanza.type == "subscribe":  # §8.5.1: there is nobody who could ever say yes
                self._router.route(Envelope("presence", contact, account, type="unsubscribed"))
            return
        before = roster.items.get(contact.bare) or replace(_NEW, jid=contact.bare)
        after, delivered = inbound(before, stanza.type, stanza.content)
        if after != before:
            if not roster.has_room(after, self._limit):
                self._router.bounce(stanza, StanzaError("resource-constraint", "too many requests wait"))
                return
            await self._rosters.put(account.bare, roster, after)
        if stanza.type == "subscribe" and after.receives:
            # Granted already, or before it was asked for (§3.1.3, §3.4.2).
            self._router.route(Envelope("presence", contact, account, type="subscribed", id=stanza.id))
            self._presence.send_current(account.bare, contact)
        if delivered:
            self._deliver(account, stanza.addressed(account, contact))
        if before.receives and not after.receives:
            self._presence.send_unavailable(account.bare, contact)  # §3.3.3

    def _deliver(self, account: JID, stanza: Envelope) -> None:
        """§3.1.3 and its likes: to all available resources."""
        for session in self._router.sessions.available(account.bare):
            session.send(stanza)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(lambda failure: log.error("subscription: %s", failure))
