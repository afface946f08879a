"""The client's end of one XML stream over a real socket: text out, elements in."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterator
from typing import cast

from lxml import etree

from tests.scenarios.matching import CLIENT, Element

_HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='{namespace}'"
    " xmlns:stream='http://etherx.jabber.org/streams' {attributes}>"
)


class Stream:
    """What was received and not yet claimed, and whether the server is still there.

    `end` is None while the stream is open; afterwards it says how it ended: `closed` by its end tag,
    `cut` without, or `unreadable` with the parser's words.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.header: dict[str, str] = {}
        self.namespace = CLIENT  # of names without one, both ways
        self.received: list[Element] = []
        self.end: str | None = None
        self._reader = reader
        self._writer = writer
        self._changed = asyncio.Event()
        self._new_parser()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def open(cls, port: int, context: ssl.SSLContext | None = None) -> "Stream":
        """Connect to the loopback port; with a context, TLS from the first byte."""
        name = "localhost" if context else None
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name))

    async def send(self, text: str | bytes) -> None:
        """Send it as it is, well-formed or not."""
        self._writer.write(text.encode() if isinstance(text, str) else text)
        # The server may have closed meanwhile; what it said then is what the test looks at.
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def restart(self, to: str, *, version: str = "1.0") -> None:
        """Send a stream header (RFC 6120 §4.2), and read what follows as a new stream."""
        self._new_parser()
        written = f"to='{to}'" + (f" version='{version}'" if version else "")
        await self.send(_HEADER.format(namespace=self.namespace, attributes=written))

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on under TLS, after the server's `<proceed/>`."""
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._writer.start_tls(context, server_hostname="localhost")
        self._reading = asyncio.ensure_future(self._read())

    @property
    def certificate(self) -> bytes:
        """The server's certificate (DER) of a stream under TLS."""
        tls: ssl.SSLObject = self._writer.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True)
        assert certificate is not None
        return certificate

    async def until(self, true: Callable[[], bool], patience: float) -> bool:
        """Wait for `true()`, looking again whenever something arrived; False after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def pause(self) -> None:
        """Read nothing more, as a client does that hangs."""
        transport = self._writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        transport = self._writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.resume_reading()

    async def close(self) -> None:
        """Drop the connection without closing the stream, as a client does whose network is gone."""
        self._reading.cancel()
        self._writer.transport.abort()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                self._take(data)
            self._ended("cut")
        except ConnectionError:
            self._ended("cut")
        except etree.XMLSyntaxError as error:
            self._ended(f"unreadable: {error}")

    def _take(self, data: bytes) -> None:
        self._parser.feed(data)
        events = cast(Iterator[tuple[str, Element]], self._parser.read_events())
        for event, found in events:
            self._depth += 1 if event == "start" else -1
            if event == "start" and self._depth == 1:
                self.header = {str(key): str(value) for key, value in found.attrib.items()}
            elif event == "end" and self._depth == 1:
                self.received.append(found)
            elif event == "end" and self._depth == 0:
                self._ended("closed")
        self._changed.set()

    def _ended(self, how: str) -> None:
        self.end = self.end or how
        self._changed.set()

    def _new_parser(self) -> None:
        self._depth = 0
        self._parser = etree.XMLPullParser(("start", "end"), resolve_entities=False, huge_tree=True)
