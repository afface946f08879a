"""A restart of the router that nobody notices: what is stored at its end and taken up at its start.

At an orderly stop: every session that may be resumed, with its counters, what its client has not
acknowledged, and what the features know of it; every component's link, with what waits there. After the
death of the router there is only what was held for sessions and components: what was held for a
component waits for it again, what was held for a session becomes an offline message.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from core_router.envelope import read_envelope
from core_router.routing.component import ComponentDomain
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.routing.unacknowledged import Unacknowledged
from core_router.store.interfaces import Continuity, HeldStanza
from core_router.streams.managed_session import ManagedSession
from core_router.streams.negotiation.stream_management import StreamManagement
from core_router.xmpp.jid import parse_jid

log = logging.getLogger(__name__)

_COMPONENT = "component:"


class Restart:
    """Suspends and takes up again. Call `take_up` before anybody can connect."""

    def __init__(
        self,
        router: Router,
        stream_management: StreamManagement,
        components: Mapping[str, ComponentDomain],
        store: Continuity,
    ) -> None:
        self._router = router
        self._stream_management = stream_management
        self._components = components
        self._store = store

    # -- the end ------------------------------------------------------------------------------------

    async def suspend(self) -> None:
        """Break off the connections of what can be resumed, and store it."""
        sessions = self._stream_management.suspend()
        for component in self._components.values():
            if component.link is not None:
                component.link.break_off()
        await self._store.save({})  # by then what they had to hold is held, too
        states = {managed.id: self._session_state(managed) for managed in sessions}
        for domain, component in self._components.items():
            states[_COMPONENT + domain] = component.saved() | {"stanzas": _stanzas(component.kept)}
        await self._store.save({holder: json.dumps(state) for holder, state in states.items()})
        log.info("%d sessions wait for the router to come back", len(sessions))

    def _session_state(self, managed: ManagedSession) -> dict[str, Any]:
        session = managed.session
        states = {name: state.save(session) for name, state in self._router.session_states.items()}
        return {
            "jid": session.jid.full,
            "seconds": managed.seconds,
            "sent": managed.unacknowledged.sent,
            "received": managed.handled.received,
            "stanzas": _stanzas(managed.unacknowledged),
            "features": {name: state for name, state in states.items() if state is not None},
        }

    # -- the start ----------------------------------------------------------------------------------

    async def take_up(self) -> None:
        """Restore what the last run has left."""
        states, held = await self._store.take()
        messages = {message.number: message for message in held}
        for holder, text in states.items():
            try:
                self._restore(holder, json.loads(text), messages)
            except Exception:
                log.exception("%s cannot be restored", holder)
        for message in messages.values():
            await self._deliver_otherwise(message)

    def _restore(self, holder: str, state: dict[str, Any], held: dict[int, HeldStanza]) -> None:
        if holder.startswith(_COMPONENT):
            component = self._components.get(holder.removeprefix(_COMPONENT))
            if component is not None:
                _fill(component.kept, state["stanzas"], held)
                component.restored(state)
            return
        session = Session(parse_jid(state["jid"]), lambda _envelope: None, lambda _error: None)
        managed = self._stream_management.restore(holder, session, state["seconds"])
        _fill(managed.unacknowledged, state["stanzas"], held)
        managed.unacknowledged.sent = state["sent"]
        managed.handled.received = state["received"]
        self._router.open_session(session)
        for name, feature_state in state["features"].items():
            if name in self._router.session_states:
                self._router.session_states[name].restore(session, feature_state)

    async def _deliver_otherwise(self, message: HeldStanza) -> None:
        """Its holder's state was lost with the router."""
        envelope = read_envelope(message.stanza)
        domain = message.holder.removeprefix(_COMPONENT).partition("/")[0]
        component = self._components.get(domain)
        if message.holder.startswith(_COMPONENT) and component is not None:
            component.kept.restore(envelope, message.number, message.holder)
            return
        if envelope.to is not None:
            again = envelope.addressed(envelope.to.to_bare(), envelope.from_)
            local = envelope.to.domain in self._router.local_domains
            (self._router.redeliver if local else self._router.route)(again)
        await self._store.drop(message.number)  # after what routing it has stored, in the same order


def _stanzas(queue: Unacknowledged) -> list[tuple[str, int | None]]:
    return [(wire.decode(), number) for wire, number in queue.saved()]


def _fill(queue: Unacknowledged, stanzas: list[tuple[str, int | None]], held: dict[int, HeldStanza]) -> None:
    for wire, number in stanzas:
        queue.restore(read_envelope(wire.encode()), number if held.pop(number or 0, None) else None)
