"""The stream to the router (XEP-0114), seen from the router's side."""

import asyncio
import hashlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from components.common.app import BackOff, ComponentStream
from components.common.elements import render
from components.common.multicast import Multicast

pytestmark = pytest.mark.usefixtures("runner")

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='c.example' id='s1'{version}>"
)
FEATURES = "<stream:features><sm xmlns='urn:xmpp:sm:3'/></stream:features>"


class Router:
    """Accepts one connection after the other."""

    def __init__(self) -> None:
        self._connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def listen(self) -> int:
        """Returns the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def accept(self, features: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
        """The next connection, after a successful handshake; what the component said until then."""
        async with asyncio.timeout(10):
            reader, writer = await self._connections.get()
            said = await reader.readuntil(b"version='1.0'>")
            writer.write(HEADER.format(version=" version='1.0'" if features else "").encode())
            said += await reader.readuntil(b"</handshake>")
            writer.write(f"<handshake/>{features}".encode())
            return reader, writer, said.decode()

    def close(self) -> None:
        """Accept nothing more."""
        self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.put_nowait((reader, writer))


class Component:
    """A component's stream, and the stanzas it has received."""

    def __init__(self, port: int) -> None:
        self.stream = ComponentStream("c.example", "mellon", ("127.0.0.1", port))
        self.received: asyncio.Queue[Element] = asyncio.Queue()
        self.stream.receive = self.received.put_nowait
        self._up: asyncio.Queue[bool] = asyncio.Queue()
        self.multicast: Multicast | None = None
        self.stream.up = self._came_up
        self.stream.start()

    def _came_up(self, offers_management: bool, multicast: Multicast | None) -> None:
        self.multicast = multicast
        self._up.put_nowait(offers_management)

    async def is_up(self) -> bool:
        """Wait for the next successful handshake; whether stream management was offered."""
        async with asyncio.timeout(10):
            return await self._up.get()

    async def stops(self, router: asyncio.StreamWriter) -> None:
        """Close in order; the router does the same."""
        stopping = asyncio.ensure_future(self.stream.stop())
        router.write(b"</stream:stream>")
        await stopping

    async def receives(self) -> str:
        """The next stanza."""
        async with asyncio.timeout(10):
            return render(await self.received.get())


@pytest.fixture
def router(runner: asyncio.Runner) -> Iterator[Router]:
    """A router whose port is `router.port`."""
    made = Router()
    yield made
    made.close()


async def test_handshake(router: Router) -> None:
    """XEP-0114 §3: the digest of stream id and secret; a header with version 1.0."""
    component = Component(await router.listen())
    _, writer, said = await router.accept()
    await component.is_up()
    assert "to='c.example' version='1.0'>" in said
    assert f"<handshake>{hashlib.sha1(b's1mellon').hexdigest()}</handshake>" in said
    await component.stops(writer)


async def test_stanzas_both_ways(router: Router) -> None:
    """As they were sent."""
    component = Component(await router.listen())
    assert not component.stream.transmit(b"<message/>")
    reader, writer, _ = await router.accept()
    assert not await component.is_up()
    writer.write(
        b"<message from='a@b/c' to='c.example'><body>x</body></message><presence from='a@b' to='c'/>"
    )
    assert await component.receives() == "<message from='a@b/c' to='c.example'><body>x</body></message>"
    assert await component.receives() == "<presence from='a@b' to='c'/>"
    assert component.stream.transmit(b"<message to='a@b/c'/>")
    assert await reader.readuntil(b"/>") == b"<message to='a@b/c'/>"
    await component.stops(writer)


async def test_moved(router: Router) -> None:
    """To another router and with another secret; the stream there was is closed in order."""
    component = Component(await router.listen())
    reader, writer, _ = await router.accept()
    await component.is_up()
    other = Router()
    component.stream.move(("127.0.0.1", await other.listen()), "speak friend")
    assert await reader.readuntil(b"</stream:stream>") == b"</stream:stream>"
    writer.write(b"<message from='a@b/c' to='c'/></stream:stream>")
    assert await component.receives() == "<message from='a@b/c' to='c'/>"
    _, there, said = await other.accept()
    assert f"<handshake>{hashlib.sha1(b's1speak friend').hexdigest()}</handshake>" in said
    await component.is_up()
    await component.stops(there)
    other.close()


async def test_moved_while_nobody_answers(router: Router) -> None:
    """The next attempt is made there."""
    component = Component(1)
    component.stream.move(("127.0.0.1", await router.listen()), "mellon")
    _, writer, _ = await router.accept()
    await component.is_up()
    await component.stops(writer)


async def test_stream_management(router: Router) -> None:
    """Offered by features, which follow a header with a version (RFC 6120 §4.3.2); elements are handed on."""
    component = Component(await router.listen())
    managed: asyncio.Queue[Element] = asyncio.Queue()
    component.stream.manage = managed.put_nowait
    _, writer, _ = await router.accept(FEATURES)
    assert await component.is_up()
    writer.write(b"<r xmlns='urn:xmpp:sm:3'/>")
    async with asyncio.timeout(10):
        assert (await managed.get()).tag == "{urn:xmpp:sm:3}r"
    await component.stops(writer)


async def test_multicast(router: Router) -> None:
    """Offered by features of the stream."""
    component = Component(await router.listen())
    offer = "<multicast xmlns='urn:stellwerk:multicast' jid='example' addresses='50' bytes='9000'/>"
    _, writer, _ = await router.accept(FEATURES.replace("</stream", f"{offer}</stream"))
    assert await component.is_up()
    assert component.multicast == Multicast("example", 50, 9000)
    await component.stops(writer)


async def test_features_without_stream_management(router: Router) -> None:
    """What is not understood disturbs nobody."""
    component = Component(await router.listen())
    _, writer, _ = await router.accept("<stream:features><x xmlns='y'/></stream:features>")
    assert not await component.is_up()
    await component.stops(writer)


async def test_an_error_ends_the_stream(router: Router) -> None:
    """RFC 6120 §4.9: whoever needs to know hears of it, and then that the stream is gone."""
    component = Component(await router.listen())
    heard: asyncio.Queue[str] = asyncio.Queue()
    component.stream.erred = lambda: heard.put_nowait("error")
    component.stream.down = lambda: heard.put_nowait("down")
    _, writer, _ = await router.accept()
    await component.is_up()
    writer.write(
        b"<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        b"</stream:stream>"
    )
    writer.close()
    async with asyncio.timeout(10):
        assert [await heard.get(), await heard.get()] == ["error", "down"]
    _, writer, _ = await router.accept()
    await component.is_up()
    await component.stops(writer)


async def test_stopped_in_order(router: Router) -> None:
    """RFC 6120 §4.4: what was sent arrives before the end of the stream, and the router may close."""
    component = Component(await router.listen())
    reader, writer, _ = await router.accept()
    await component.is_up()
    component.stream.transmit(b"<message/>" * 1000)
    stopping = asyncio.ensure_future(component.stream.stop())
    assert (await reader.readuntil(b"</stream:stream>")).count(b"<message/>") == 1000
    writer.write(b"</stream:stream>")
    await stopping
    assert await reader.read() == b""


async def test_not_read_while_throttled(router: Router) -> None:
    """What the router sends waits, and is received afterwards."""
    component = Component(await router.listen())
    reader, writer, _ = await router.accept()
    await component.is_up()
    component.stream.read(False)
    writer.write(b"<presence from='a@b' to='c'/>")
    await writer.drain()
    component.stream.transmit(b"<message/>")
    await reader.readuntil(b"<message/>")  # by now it would have been read
    assert component.received.empty()
    component.stream.read(True)
    assert await component.receives() == "<presence from='a@b' to='c'/>"
    await component.stops(writer)


@pytest.mark.parametrize("end", [b"", b"</stream:stream>", b"<broken", b"<a></b>"])
async def test_connects_again(router: Router, end: bytes) -> None:
    """Whatever ended the stream, there is a new one."""
    component = Component(await router.listen())
    _, writer, _ = await router.accept()
    await component.is_up()
    writer.write(end)
    writer.close()
    _, writer, _ = await router.accept()
    await component.is_up()
    writer.write(b"<presence from='a@b' to='c'/>")
    assert await component.receives() == "<presence from='a@b' to='c'/>"
    await component.stops(writer)


def test_often_at_first_then_capped() -> None:
    """Some ten attempts in the first five seconds, later one every ten."""
    back_off = BackOff(spread=lambda: 1.0)
    steps = [back_off.next() for _ in range(25)]
    assert steps[:3] == pytest.approx([0.1, 0.125, 0.15625])
    assert sum(steps[:10]) < 5
    assert steps[-1] == 10.0


def test_spread_over_the_second_half() -> None:
    assert BackOff(spread=lambda: 0.0).next() == 0.05
    assert 0.05 <= BackOff().next() <= 0.1


def test_success_begins_anew() -> None:
    back_off = BackOff(spread=lambda: 1.0)
    back_off.next()
    back_off.next()
    back_off.reset()
    assert back_off.next() == 0.1


def test_many_attempts() -> None:
    """A router that is away for weeks."""
    back_off = BackOff(spread=lambda: 1.0)
    assert {back_off.next() for _ in range(5000)} >= {10.0}
