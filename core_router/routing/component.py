"""A component's domain: where its stanzas go, and what keeps them while the component is away.

A component that speaks XEP-0198 acknowledges a stanza once its effect is committed; until then it is
kept, and handed over again when the component resumes. For a component that does not, stanzas are kept
for the time it is away. Bounded in number, bytes and time; what is given up is answered.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from core_router.config import Link as LinkBounds
from core_router.envelope import Envelope
from core_router.routing.contest import Challenger, Contest
from core_router.routing.held import Store
from core_router.routing.suspicion import Suspicion
from core_router.routing.timer import CallLater, Timer
from core_router.routing.unacknowledged import Unacknowledged
from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError

log = logging.getLogger(__name__)

# Seconds a component that could ask for a managed link may take: it first commits what it has handled,
# and on a machine that is short of breath a second is nothing.
_PATIENCE = 10.0


class Link(Protocol):
    """The stream of a connected component."""

    def send(self, envelope: Envelope) -> None:
        """Hand a stanza to the component."""

    def request(self) -> None:
        """Ask it to acknowledge what it has handled (XEP-0198)."""

    @property
    def congested(self) -> bool:
        """Whether the component has yet to read what it was sent."""

    def when_clear(self, action: Callable[[], None]) -> None:
        """Call it as soon as the component has read everything; it may be called at once, but later."""

    def end(self, error: StreamError | None) -> None:
        """End the stream."""

    def break_off(self) -> None:
        """Close the connection without closing the stream."""


class Return(Protocol):
    """Whoever answers a stanza that is given up."""

    def bounce(self, envelope: Envelope, error: StanzaError) -> None: ...


class ComponentDomain:
    """The destination for one component's domain; it stays in the table while the component is away."""

    def __init__(
        self, domain: str, bounds: LinkBounds, call_later: CallLater, back: Return, store: Store
    ) -> None:
        self.domain = domain
        self.bounds = bounds  # may be replaced
        self.is_shared = False  # with other connections: then its links are plain ones
        self.link: Link | None = None  # the connected component, ready or not
        self.id = ""  # of the managed link that may be resumed, "" when there is none
        self.received = 0  # stanzas from the component on that link
        self.last = ("", 0)  # id and `received` of the managed link before that
        self.contest = Contest(domain, call_later)
        self.kept = Unacknowledged(store, f"component:{domain}")
        self.stanzas_given_up = 0  # answered with errors, since the start
        self._ready = False  # the link gets stanzas
        self._managed = False
        self._behind = False  # the link is still to be given some of what is kept
        self._given = 0  # how many of those that are kept the managed link has been given
        self._asked = False
        self._suspicion = Suspicion()
        self._noted: Awaitable[None] | None = None  # what is kept is being noted as the link's
        self._call_later = call_later
        self._back = back
        self._given_up = False
        self._timer: Timer | None = None
        self._set_timer(bounds.seconds, self._give_up)

    @property
    def connected(self) -> bool:
        """Whether the component is there and gets its stanzas."""
        return self._ready

    @property
    def is_awaited(self) -> bool:
        """Whether stanzas are kept for it while it is away."""
        return not self._given_up

    def deliver(self, envelope: Envelope) -> None:
        """Hand it over, or keep it. Raises StanzaError when too much is kept, or for too long."""
        link = self.link if self._ready else None
        if link is not None and not self._managed and not self._lags(link):
            link.send(envelope)
            return
        if link is None and self._given_up:
            raise self._away()
        if len(self.kept) >= self.bounds.stanzas or self.kept.bytes >= self.bounds.bytes:
            raise StanzaError("resource-constraint", f"too much waits for {self.domain}")
        self.kept.add(envelope, secure=link is None)
        if link is not None and self._managed and not self._lags(link):
            link.send(envelope)
            self._given += 1
            self._ask(link)

    def _lags(self, link: Link) -> bool:
        """Whether the component does not keep up: then what comes waits here and not in the connection."""
        if not self._behind and link.congested:
            self._behind = True
            link.when_clear(self._give_more)
        return self._behind

    # -- the component comes and goes ---------------------------------------------------------------

    def challenge(self, challenger: Challenger) -> None:
        """A component has authenticated: it is admitted, now or as soon as the one there is, is found dead.

        Of one that does not acknowledge, nothing can be known; it gives way.
        """
        if self.link is None or not (self._ready and self._managed):
            challenger.admit()
            return
        self.contest.begin(challenger)
        self._asked = True
        self.link.request()

    def connect(self, link: Link, *, may_manage: bool) -> None:
        """A component is admitted. One that may ask for a managed link gets nothing until it has."""
        previous, self.link = self.link, link
        if previous is not None:
            # Whoever has the secret is the component: the older connection is a dead or a plain one.
            previous.end(StreamError(StreamCondition.CONFLICT, "replaced by a new connection"))
        self._given_up = False
        self._ready = False
        if may_manage:
            self._set_timer(_PATIENCE, self.use_unmanaged)
        else:
            self.use_unmanaged()

    def use_unmanaged(self) -> None:
        """The component speaks plain XEP-0114: it gets what was kept, and nothing is kept from now on."""
        self._begin(managed=False)
        self._forget_link()
        self._noted = self.kept.renumber()
        self.hand_over()

    def enable(self) -> str:
        """The component begins a managed link; the result is the link's id. `hand_over` comes next."""
        self._begin(managed=True)
        self._forget_link()
        self.id = secrets.token_urlsafe(18)
        self.received = 0
        self._noted = self.kept.renumber(self.id)
        return self.id

    def handled(self, id: str, count: int) -> None:
        """What it had handled on a link that died with the router is not handed over again."""
        self.kept.handled(id, count)

    def resume(self, count: int) -> None:
        """It resumes the link, having handled that many. Raises `CountTooHigh`. `hand_over` comes next."""
        before = len(self.kept)
        self.kept.acknowledge(count)
        self._suspicion.acknowledged(before - len(self.kept))
        if self._suspicion.returned(self.kept.first):
            self._refuse_first()
        self._begin(managed=True)

    def hand_over(self) -> None:
        """Send, in order, what is kept: a portion, and the next whenever that has been read.

        What would come again after the router's death is first noted as this link's.
        """
        self._given = 0
        self._behind = True
        noted, self._noted = self._noted, None
        if noted is None:
            self._give_more()
        else:
            Deferred.fromCoroutine(self._give_when(noted, self.id))

    async def _give_when(self, noted: Awaitable[None], id: str) -> None:
        try:
            await noted
        except Exception:
            log.exception("after the router's death, messages may come twice to %s", self.domain)
        if self.id == id:
            self._give_more()

    def _give_more(self) -> None:
        link = self.link
        if link is None or not self._ready or not self._behind:
            return
        portion = self.kept.portion(self._given)
        if alone := self._managed and self._suspicion.alone:
            portion = portion[:1] if not self._given else []
            if portion:
                self._suspicion.gives(portion[0])
        for envelope in portion:
            link.send(envelope)
            if not self._managed:
                self.kept.pop().done()
        if self._managed:
            self._given += len(portion)
            if self.kept:
                self._ask(link)
        self._behind = self._given < len(self.kept)
        if self._behind and not alone:
            link.when_clear(self._give_more)

    def acknowledged(self, count: int) -> None:
        """It has handled that many. Raises `CountTooHigh`."""
        self.contest.lost()
        alone, before = self._suspicion.alone, len(self.kept)
        self.kept.acknowledge(count)
        handled = before - len(self.kept)
        self._suspicion.acknowledged(handled)
        self._given = max(0, self._given - handled)
        self._asked = False
        if alone:
            self._give_more()
        if self.kept and self.link is not None:
            self._ask(self.link)

    def saved(self) -> dict[str, Any]:
        """What must be known after a restart of the router, as JSON."""
        return {"id": self.id, "received": self.received, "last": self.last, "sent": self.kept.sent}

    def restored(self, state: Mapping[str, Any]) -> None:
        """The same, after the restart; what was kept has been restored already."""
        self.id = state["id"]
        self.received = state["received"]
        self.last = tuple(state["last"])
        self.kept.go_on(state["sent"], self.id)

    def disconnect(self, link: Link) -> None:
        """Its stream is gone; nothing happens if another has replaced it already."""
        if self.link is link:
            self.link = None
            self._ready = False
            self._suspicion.ended(self._given if self._managed else 0)
            self.kept.secure()
            self._set_timer(self.bounds.seconds, self._give_up)
            self.contest.won()

    def _begin(self, *, managed: bool) -> None:
        self._ready = True
        self._managed = managed
        self._asked = self._behind = False
        self._set_timer(None)

    def _forget_link(self) -> None:
        if self.id:
            self.last = (self.id, self.received)
            self.id = ""

    def _ask(self, link: Link) -> None:
        if not self._asked:
            self._asked = True
            link.request()

    def _set_timer(self, seconds: float | None, action: Callable[[], None] | None = None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and action is not None:
            self._timer = self._call_later(seconds, lambda: self._timer_fired(action))

    def _timer_fired(self, action: Callable[[], None]) -> None:
        self._timer = None
        action()

    def _refuse_first(self) -> None:
        """It dies of the first stanza that is kept: somebody else is to know what is in it."""
        refused, self._noted = self.kept.refuse_first()
        log.error("%s dies of <%s/> from %s", self.domain, refused.envelope.kind, refused.envelope.from_)
        error = StanzaError("internal-server-error", f"{self.domain} fails over this, again and again")
        self._back.bounce(refused.envelope, error)
        refused.done()
        self.stanzas_given_up += 1

    # -- giving up ----------------------------------------------------------------------------------

    def connect_anew(self) -> None:
        """Have the component connect again, to be offered what it may do now; what is on its way waits."""
        if self.link is not None:
            self.link.end(StreamError(StreamCondition.RESET, "the configuration has changed"))

    def close(self) -> None:
        """The domain is served no longer: end the link, answer all that is kept."""
        self.contest.lost()
        self._set_timer(None)
        if self.link is not None:
            self.link.end(StreamError(StreamCondition.HOST_GONE, "taken out of the configuration"))
            self._set_timer(None)
        self._give_up()

    def _give_up(self) -> None:
        self._given_up = True
        self._forget_link()
        waiting = self.kept.give_up()
        self.stanzas_given_up += len(waiting)
        if waiting:
            log.warning("%s is away too long: %d stanzas are answered with errors", self.domain, len(waiting))
        for given_up in waiting:
            self._back.bounce(given_up.envelope, self._away())
            given_up.done()

    def _away(self) -> StanzaError:
        return StanzaError("remote-server-timeout", f"{self.domain} is not available at the moment")
