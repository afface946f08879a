"""Parties that connect from an address of their own choice, all of them loopback."""

import asyncio
import hashlib
import itertools
import socket
import ssl
from typing import Self

from tests.scenarios.dialogue import PATIENCE, Party
from tests.scenarios.scene import Scene
from tests.scenarios.stream import Stream
from tests.servers.stellwerk import Stellwerk

COMPONENT = "slow.localhost"
SECRET = "known to the component and the router"
STREAMS = "http://etherx.jabber.org/streams"

_addresses = itertools.count(2)


class Neighbourhood(Scene):
    """A scene whose parties share one network address."""

    def __init__(self, server: Stellwerk, address: str) -> None:
        super().__init__(server)
        self.address = address
        self.router = server

    @classmethod
    def elsewhere(cls, server: Stellwerk) -> Self:
        """At an address of its own."""
        return cls(server, f"127.0.1.{next(_addresses)}")

    async def stranger(self, name: str = "a stranger", *, direct_tls: bool = False) -> Party:
        context = self.context if direct_tls else None
        stream = Stream(*await self.reach(self.server.tls_port if direct_tls else self.server.port, context))
        self._streams.append(stream)
        return Party(name, stream, self.domain)

    async def reach(
        self, port: int, context: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection from here, which takes little that is not read. Raises ConnectionError."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        made.setblocking(False)
        made.bind((self.address, 0))
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port))
        name = "localhost" if context else None
        return await asyncio.open_connection(sock=made, ssl=context, server_hostname=name)

    async def component(self) -> Party:
        """The component, connected."""
        stream = Stream(*await self.reach(self.router.component_port))
        self._streams.append(stream)
        party = Party(COMPONENT, stream, self.domain)
        await party.sends(
            f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='{STREAMS}' to='{COMPONENT}'>"
        )
        assert await stream.until(lambda: "id" in stream.header, PATIENCE)
        digest = hashlib.sha1(f"{stream.header['id']}{SECRET}".encode()).hexdigest()
        await party.sends(f"<handshake>{digest}</handshake>")
        await party.receives("<handshake xmlns='jabber:component:accept'/>")
        return party
