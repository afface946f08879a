"""Syslog over UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425): the sockets."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.common.entrance import NotCommitted, Perform
from components.common.transaction import Transaction
from components.notifier.alerts.event import SEVERITIES
from components.notifier.inputs.config import SyslogSettings
from components.notifier.inputs.syslog import Frames, Malformed, Message, message

log = logging.getLogger(__name__)

IDLE = 3600.0  # seconds without a message after which a connection is closed
MOST_WAITING = 10_000  # datagrams whose commit is still to come; UDP cannot be slowed down, so more are lost

TakeMessage = Callable[[Message, Transaction], object]


class SyslogListener:
    """An entrance."""

    def __init__(self, settings: SyslogSettings, home: Path, take: TakeMessage, perform: Perform) -> None:
        self._settings, self._home, self._take, self._perform = settings, home, take, perform
        self._servers: list[asyncio.Server] = []
        self._transports: list[asyncio.DatagramTransport] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections: set[asyncio.StreamWriter] = set()
        self.lost = 0  # datagrams over `MOST_WAITING`
        self._waiting = 0

    async def open(self) -> None:
        """Listen where a port is given. Raises `OSError`."""
        settings, loop = self._settings, asyncio.get_running_loop()
        for address in settings.addresses:
            if settings.udp_port:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self._datagram), (address, settings.udp_port)
                )
                self._transports.append(transport)
            for port, context in ((settings.tcp_port, None), (settings.tls_port, self._context())):
                if port:
                    server = await asyncio.start_server(self._serve, address, port, ssl=context)
                    self._servers.append(server)

    async def close(self) -> None:
        """What was read has its effect; nothing more is read."""
        for server in self._servers:
            server.close()
        for transport in self._transports:
            transport.close()
        for writer in list(self._connections):
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _context(self) -> ssl.SSLContext | None:
        if not self._settings.tls_port:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._home / self._settings.certificate, self._home / self._settings.key)
        return context

    def _datagram(self, content: bytes) -> None:
        if self._waiting >= MOST_WAITING:
            self.lost += 1
            if self.lost.bit_count() == 1:  # now and then
                log.warning("syslog: %d datagrams lost, too many at a time; use TCP", self.lost)
            return
        self._waiting += 1
        task = asyncio.get_running_loop().create_task(self._take_datagram(content))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_datagram(self, content: bytes) -> None:
        try:
            await self._hear(content)
        except Malformed as error:
            log.debug("syslog: a datagram is passed over: %s", error)
        except NotCommitted:
            pass
        finally:
            self._waiting -= 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= self._settings.connections:
            writer.close()
            return
        self._tasks.add(task)
        self._connections.add(writer)
        peer = writer.get_extra_info("peername")
        try:
            await self._read(reader)
        except Malformed as error:
            log.warning("syslog: connection from %s ended: %s", peer, error)
        except (OSError, TimeoutError, NotCommitted, ssl.SSLError) as error:
            log.debug("syslog: connection from %s ended: %s", peer, error)
        finally:
            self._tasks.discard(task)
            self._connections.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """TCP is read no faster than the commits go."""
        frames = Frames()
        while True:
            async with asyncio.timeout(IDLE):
                received = await reader.read(65536)
            if not received:
                return
            for frame in frames.feed(received):
                await self._hear(frame)

    async def _hear(self, content: bytes) -> None:
        found = message(content)
        grave = SEVERITIES.index(found.event().severity) <= SEVERITIES.index(self._settings.severity)
        if grave:
            await self._perform(lambda transaction: self._take(found, transaction))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._received(data)
