"""XEP-0114 Component Protocol: the stream to the router, kept up for as long as the process lives."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from slixmpp import ComponentXMPP

from components.common import multicast
from components.common.multicast import Multicast
from components.common.stanza import KINDS
from components.common.stream_management import NONZAS, OFFER

log = logging.getLogger(__name__)

_FEATURES = "{http://etherx.jabber.org/streams}features"

CLOSE_TIMEOUT = 2.0  # seconds for the router to close its side


class BackOff:
    """Seconds to wait before the next attempt: a little more each time, capped, spread by chance so that
    the components of a router that returns do not all come in the same instant.

    A router that restarts is back within a second or two; until then we ask often.
    """

    FIRST, FACTOR, CAP = 0.1, 1.25, 10.0

    def __init__(self, spread: Callable[[], float] = random.random) -> None:
        """`spread` gives numbers from 0 to 1."""
        self._spread = spread
        self._attempts = 0

    def next(self) -> float:
        """Between half of the step and the whole of it."""
        step: float = min(self.CAP, self.FIRST * self.FACTOR**self._attempts)
        self._attempts = min(self._attempts + 1, 100)
        return step * (0.5 + self._spread() / 2)

    def reset(self) -> None:
        """An attempt has succeeded."""
        self._attempts = 0


class ComponentStream(ComponentXMPP):
    """slixmpp's component, reduced to what it is good at: connection, parser, handshake.

    Stanzas go to `receive` as elements, past slixmpp's stanza classes, filters and automatic
    answers, and are sent as bytes, past its queue: 100 copies of a groupchat message cost 2.6 ms of
    CPU by slixmpp's stanzas and queue, 2 µs rendered as one text (`transaction.Outgoing`).
    """

    def __init__(self, domain: str, secret: str, router: tuple[str, int]) -> None:
        super().__init__(domain, secret, *router)  # type: ignore[no-untyped-call]
        # version='1.0' asks for <stream:features/>, by which a router can offer stream management.
        # Routers that do not know this answer as ever.
        self.stream_header = (
            "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
            f"xmlns:stream='{self.stream_ns}' to='{domain}' version='1.0'>"
        )
        self.receive: Callable[[Element], object] = lambda element: None
        self.manage: Callable[[Element], object] = lambda element: None  # XEP-0198
        # The handshake succeeded; whether the router offers stream management, and multicast.
        self.up: Callable[[bool, Multicast | None], object] = lambda offers_management, multicast: None
        self.down: Callable[[], object] = lambda: None
        self.erred: Callable[[], object] = lambda: None  # the router ends the stream with an error
        self.is_up = False
        self._features_follow = False
        self._back_off = BackOff()
        self._stopping = False
        self._reading = True
        self.add_event_handler("session_start", self._accepted)
        self.add_event_handler("disconnected", self._lost)
        self.add_event_handler("connection_failed", self._refused)
        self.add_event_handler("stream_error", self._stream_error)

    def start(self) -> None:
        """Connect, and connect again whenever the connection is lost."""
        self.connect(*self._address)

    def move(self, router: tuple[str, int], secret: str) -> None:
        """From now on, another router or another secret: the connection there is, is closed in order."""
        self.server_host, self.server_port = router
        self.secret = secret
        if self.is_up:
            self._closing = self.disconnect(CLOSE_TIMEOUT)
        elif self.is_connecting():
            self.cancel_connection_attempt()
            self.connect(*router)

    @property
    def _address(self) -> tuple[str, int]:
        return self.server_host, self.server_port

    async def stop(self) -> None:
        """Close the stream and wait until the router has closed its side; `read(False)` before."""
        self._stopping = True
        self.cancel_connection_attempt()
        if self.transport is not None:
            self.receive = lambda element: None
            self.read(True)
            await self.disconnect(CLOSE_TIMEOUT)

    def transmit(self, stanzas: bytes) -> bool:
        """Send stanzas; False if there is no stream now."""
        if not self.is_up or self.transport is None:
            return False
        self.transport.write(stanzas)
        return True

    def read(self, reading: bool) -> None:
        """Whether to read from the router; what it sends meanwhile waits in the sockets."""
        self._reading = reading
        if self.transport is not None:
            (self.transport.resume_reading if reading else self.transport.pause_reading)()

    def pause_writing(self) -> None:
        """The router reads more slowly than we write: take in no more work (asyncio protocol)."""
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The router has caught up (asyncio protocol)."""
        if self.transport is not None and self._reading:
            self.transport.resume_reading()

    def start_stream_handler(self, xml: Element) -> None:
        """The router's header is here. RFC 6120 §4.3.2: features follow one with a version."""
        self._features_follow = xml.get("version") is not None
        super().start_stream_handler(xml)  # type: ignore[no-untyped-call]

    def _spawn_event(self, xml: Element) -> None:
        if xml.tag in KINDS:
            self.receive(xml)
        elif xml.tag in NONZAS:
            self.manage(xml)
        elif xml.tag == _FEATURES:
            self.up(xml.find(OFFER) is not None, multicast.offered(xml))
        else:
            super()._spawn_event(xml)

    def reschedule_connection_attempt(self) -> Any:
        """The next attempt, at our pace instead of slixmpp's."""
        self._connect_loop_wait = 0 if self._stopping else self._back_off.next()
        self._current_connection_attempt = asyncio.ensure_future(self._connect_loop())
        return self._current_connection_attempt

    def _accepted(self, event: object) -> None:
        log.info("connected to the router at %s:%d as %s", *self._address, self.boundjid)
        self._back_off.reset()
        self.is_up = True
        self.read(self._reading)
        if not self._features_follow:
            self.up(False, None)

    def _lost(self, reason: object) -> None:
        was_up, self.is_up = self.is_up, False
        self.down()
        if self._stopping:
            return
        delay = self._back_off.next()
        log.log(
            logging.WARNING if was_up else logging.INFO,
            "connection to the router ended (%s), next attempt in %.1f s",
            reason or "closed",
            delay,
        )
        self.loop.call_later(delay, self._again)

    def _again(self) -> None:
        if not self._stopping and not self.is_connected() and not self.is_connecting():
            self.connect(*self._address)

    def _refused(self, reason: object) -> None:
        log.warning("the router at %s:%d cannot be reached: %s", *self._address, reason)

    def _stream_error(self, error: Any) -> None:
        condition = error["condition"]
        hint = " (is the secret the same on both sides?)" if condition == "not-authorized" else ""
        # RFC 6120 §4.9.3.16: something has changed, and we are to come again.
        level = logging.INFO if condition == "reset" else logging.ERROR
        log.log(level, "the router ended the stream: %s%s %s", condition, hint, error["text"])
        self.erred()
