"""XEP-0198 §3 and §5: how a component begins a managed link, or goes on with the one it had.

The router forgets what it is told was handled, so nothing is claimed before it is committed, and
nothing is sent on a new link before that link is noted. On servers that do not offer stream management to
components, what is on its way when the connection ends is lost.
"""

import logging
from collections.abc import Callable
from typing import Literal, Protocol
from xml.etree.ElementTree import Element

from components.common import stream_management as xep_0198
from components.common.acknowledging import Acknowledging
from components.common.commits import Action
from components.common.multicast import Multicast
from components.common.outbox import CountTooHigh
from components.common.record import Record

log = logging.getLogger(__name__)

Phase = Literal["down", "plain", "resuming", "enabling", "starting", "managed"]


class Carrier(Protocol):
    """The link, which carries stanzas once it is agreed how."""

    renewed: Action
    reconnect: Action

    def commit(self, then: Action = ...) -> None:
        """Commit the counters; `then` follows, unless another connection has begun meanwhile."""

    def send_all(self) -> None:
        """The link is up: send what is committed and not acknowledged."""


class Negotiation:
    """What the two sides have agreed upon since the stream came up."""

    def __init__(
        self,
        carrier: Carrier,
        record: Record,
        acknowledging: Acknowledging,
        transmit: Callable[[bytes], bool],
        router_domain: str,
    ) -> None:
        """`router_domain` is the one whose clients' sessions are the router's own, and end with it."""
        self._carrier, self._record, self._acknowledging = (carrier, record, acknowledging)
        self._transmit, self._router_domain = transmit, router_domain
        self.phase: Phase = "down"

    @property
    def is_up(self) -> bool:
        """Whether stanzas can be sent."""
        return self.phase in ("plain", "managed")

    @property
    def counts(self) -> bool:
        """Whether stanzas from the router are those of a managed link."""
        return self.phase in ("starting", "managed")

    def connected(self, offers_management: bool, multicast: Multicast | None) -> None:
        """The handshake is done; what the router offers."""
        # Without stream management nobody would count what was sent in another form.
        self._record.outbox.multicast = multicast if offers_management else None
        if not offers_management:
            self._begin_plain()
            return
        self._record.keeping, self.phase = True, "resuming"
        # The router forgets what we say we have handled, so that must be committed.
        self._carrier.commit(self._resume)

    def disconnected(self) -> None:
        """The stream is gone."""
        self.phase = "down"
        self._acknowledging.disconnected()

    def stream_error(self) -> None:
        """The router has ended the stream with an error: if it was for resuming, that is over (§6)."""
        if self.phase == "resuming" and self._record.resumption_id:
            log.error("the router refuses to resume the link; a new one is begun")
            self._record.end()

    def manage(self, element: Element) -> None:
        """An element of stream management; one that has no meaning now is passed over."""
        match element.tag, self.phase:
            case xep_0198.REQUEST, "managed" | "starting":
                self._acknowledging.requested()
            case xep_0198.ANSWER, "managed":
                self._acknowledge(xep_0198.count(element) or 0)
                self._acknowledging.acknowledged()
            case xep_0198.RESUMED, "resuming":
                self.phase = "starting"
                self._acknowledge(xep_0198.count(element) or 0)
                self._start()
            case xep_0198.FAILED, "resuming":
                self._not_resumed(xep_0198.count(element))
            case xep_0198.ENABLED, "enabling":
                self._enabled(element.get("id", ""))
            case xep_0198.FAILED, "enabling":
                log.warning("the router offers stream management, but refuses it")
                self._begin_plain()

    def _acknowledge(self, h: int) -> None:
        try:
            self._record.acknowledge(h)
        except CountTooHigh as error:
            # One of the two databases was put back to an earlier time. There is no way to tell what
            # the other side has; sending all again would be worse than sending none.
            log.error("the router and this component do not agree about what was sent: %s", error)
            self._record.forget(self._record.outbox.sent)
            self._record.end()
            self._carrier.reconnect()

    def _resume(self) -> None:
        if self._record.resumption_id:
            self._transmit(xep_0198.resume(self._record.resumption_id, self._record.safe))
        else:
            self._enable()

    def _not_resumed(self, h: int | None) -> None:
        """The router has given up waiting, or has died. What it does not say it has, is sent again.

        But not what was for sessions that died with it: their clients come back and ask for everything
        anew, so that with each death in quick succession there would be more to send.
        """
        log.warning("the link cannot be resumed; a new one is begun")
        if h is not None:
            self._acknowledge(h)
        else:
            self._record.sessions_died(self._router_domain)
        self._record.end()
        self._carrier.commit(self._enable)

    def _enable(self) -> None:
        self.phase = "enabling"
        self._transmit(xep_0198.ENABLE)

    def _enabled(self, resumption_id: str) -> None:
        """A new link: counting begins anew, and nothing is sent before that is committed."""
        self.phase = "starting"
        self._record.begin(resumption_id)

        def start() -> None:
            self._start()
            self._carrier.renewed()

        self._carrier.commit(start)

    def _start(self) -> None:
        if not self._record.outbox.fits:
            self._reform()
            return
        self.phase, self._acknowledging.is_on = "managed", True
        log.info("link to the router is up, %d stanzas to be sent again", len(self._record.outbox))
        self._acknowledging.attend()
        self._carrier.send_all()

    def _reform(self) -> None:
        """The router takes no more multicast, or not such: of what it has yet to get, copies are sent.

        What it has not got it has not counted, so the numbers are ours to give.
        """
        if self._record.reform():
            self._carrier.commit(self._start)
        else:
            self._carrier.reconnect()  # something is being committed: by the next time that is done

    def _begin_plain(self) -> None:
        self.phase, self._record.keeping = "plain", False
        resumable = self._record.resumption_id
        self._record.end()
        if not self._record.outbox.fits and not self._record.reform():
            self._carrier.reconnect()  # see `_reform`
            return
        self._carrier.send_all()
        if resumable or self._record.leftovers:
            self._carrier.commit()
        self._carrier.renewed()
