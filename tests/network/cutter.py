"""A network that fails: a TCP proxy that cuts connections after a given number of bytes."""

import asyncio
import contextlib


class _Link:
    """One connection through the proxy."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self.left: int | None = None  # bytes until the cut, both directions together; None: no cut
        self.cut = False
        self.silently = False

    def admit(self, data: bytes) -> bytes:
        """The part of it that still gets through."""
        if self.left is None:
            return data
        through = data[: self.left]
        self.left -= len(through)
        return through

    def drop(self) -> None:
        """Drop both ends."""
        self.client.transport.abort()
        self.server.transport.abort()

    def break_off(self) -> None:
        """Nobody closes anything: the connection is gone, and with `silently` only the client knows."""
        self.cut = True
        self.client.transport.abort()
        if not self.silently:
            self.server.transport.abort()


class Cutter:
    """The proxy: clients connect to `port`, and reach the server's port on loopback.

    `cuts` counts what was cut so far.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.cuts = 0
        self._server_port = server_port
        self._newest: _Link | None = None
        self._next: tuple[int, bool] | None = None  # when the next connection is cut, and whether silently
        self._links: dict[asyncio.Task[None], _Link] = {}

    async def start(self) -> None:
        """Listen."""
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def end(self) -> None:
        """Stop listening and drop all connections."""
        self._listener.close()
        for link in self._links.values():
            link.drop()
        await asyncio.gather(*self._links)

    def cut_newest_after(self, count: int, *, silently: bool) -> None:
        """Cut the connection made last when that many more bytes have passed, wherever that is.

        `silently`: the server is not told, its end of the connection stays open and leads nowhere.
        """
        assert self._newest is not None
        self._newest.left, self._newest.silently = count, silently

    def cut_next_after(self, count: int, *, silently: bool) -> None:
        """The same for the next connection that will be made, from its first byte."""
        self._next = count, silently

    async def _serve(self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        from_server, server = await asyncio.open_connection("127.0.0.1", self._server_port)
        link = self._newest = _Link(client, server)
        if self._next is not None:
            (link.left, link.silently), self._next = self._next, None
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = link
        await asyncio.gather(
            self._forward(link, from_client, server), self._forward(link, from_server, client)
        )
        link.drop()
        del self._links[task]

    async def _forward(self, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Until the source ends. After a silent cut, what the server sends is read and lost."""
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                if link.cut:
                    continue
                sink.write(link.admit(data))
                await sink.drain()
                if link.left == 0 and not link.cut:
                    self.cuts += 1
                    link.break_off()
        if not link.cut:
            sink.close()
