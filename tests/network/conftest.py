"""A whole installation, two people with accounts, and the bad network between them and it."""

import asyncio
import itertools
import ssl
from collections.abc import Iterator

import pytest

from tests.clients.conftest import directory, stellwerk
from tests.network.cutter import Cutter
from tests.network.resumable import Connect, Resumable
from tests.scenarios.stream import Stream
from tests.servers.stellwerk import Stellwerk

__all__ = ["directory", "stellwerk"]

_PASSWORD = "on a clear line"
_accounts = itertools.count(1)


class Faltering(Stream):
    """A stream whose connection is gone when so many bytes were sent on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        super().__init__(reader, writer)
        self._left = count

    async def send(self, text: str | bytes) -> None:
        """Send as much of it as is still possible."""
        written = text.encode() if isinstance(text, str) else text
        through = written[: self._left]
        self._left -= len(through)
        await super().send(through)
        if not self._left:
            await self.close()
            self._ended("cut")


class Line:
    """Ways to the server: `clear()` connects, `bad()` through the cutter; both under TLS."""

    def __init__(self, server: Stellwerk) -> None:
        self.server = server
        self.cutter = Cutter(server.tls_port)
        self.context = ssl.create_default_context(cafile=server.authority)
        self._opened: list[Stream] = []

    async def clear(self) -> Stream:
        """A connection that holds."""
        return self._kept(Stream(*await self._connected(self.server.tls_port)))

    async def bad(self) -> Stream:
        """A connection that is cut when the cutter is told so. Raises OSError if that is at once."""
        return self._kept(Stream(*await self._connected(self.cutter.port)))

    def faltering(self, count: int) -> Connect:
        """Connections that are gone when so many bytes were said on them, under TLS."""

        async def connect() -> Stream:
            return self._kept(Faltering(*await self._connected(self.server.tls_port), count))

        return connect

    async def _connected(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            "127.0.0.1", port, ssl=self.context, server_hostname=self.server.domain
        )

    def _kept(self, stream: Stream) -> Stream:
        self._opened.append(stream)
        return stream

    async def person(self, name: str, connect: Connect, *, at_login: bool = False) -> Resumable:
        """Somebody with an account of their own, logged in; `at_login` as in `Resumable`."""
        user = f"{name}{next(_accounts)}"
        await asyncio.to_thread(self.server.add_account, user, _PASSWORD)
        made = Resumable(user, _PASSWORD, self.server.domain, connect, at_login=at_login)
        await made.logs_in(name)
        return made

    async def ends(self) -> None:
        """Drop everything."""
        for stream in self._opened:
            await stream.close()
        await self.cutter.end()


@pytest.fixture
def line(stellwerk: Stellwerk, runner: asyncio.Runner) -> Iterator[Line]:
    """Ways to the running server, dropped when the test ends."""
    made = Line(stellwerk)
    runner.run(made.cutter.start())
    yield made
    runner.run(made.ends())
