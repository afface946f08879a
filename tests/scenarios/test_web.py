"""Clients that have nothing but HTTP, over real sockets: RFC 7395, XEP-0124, XEP-0206, XEP-0156."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import authenticate, bind, open_stream
from tests.scenarios.scene import PASSWORD, Connect, Scene
from tests.scenarios.stream import Stream
from tests.scenarios.web import BoshStream, WebSocketStream
from tests.servers.stellwerk import Stellwerk

SM = "urn:xmpp:sm:3"


class Web:
    """Connects to the HTTP port of the running server."""

    def __init__(self, scene: Scene) -> None:
        if not isinstance(scene.server, Stellwerk):
            pytest.skip("the HTTP port of another server is not known here")
        self.scene = scene
        self.authority = f"localhost:{scene.server.http_port}"
        self.loopback = f"127.0.0.1:{scene.server.http_port}"
        self.streams: list[Stream] = []

    async def websocket(self, *, tls: bool = True, path: str = "/xmpp-websocket", **headers: str) -> Party:
        """Somebody with an open WebSocket."""
        url = f"wss://{self.authority}{path}" if tls else f"ws://{self.loopback}{path}"
        return self._party(await WebSocketStream.dial(url, self.scene.context if tls else None, **headers))

    def bosh(self, *, tls: bool = True, path: str = "/http-bind") -> Party:
        """Somebody who is going to begin a BOSH session."""
        url = f"https://{self.authority}{path}" if tls else f"http://{self.loopback}{path}"
        return self._party(BoshStream(url, self.scene.context if tls else None))

    def _party(self, stream: Stream) -> Party:
        self.streams.append(stream)
        return Party("a browser", stream, self.scene.domain)

    async def logs_in(self, party: Party, name: str, mechanism: str = "SCRAM-SHA-256") -> Client:
        """Log in to `name`'s account, with initial presence."""
        await open_stream(party)
        await authenticate(party, self.scene.user(name), PASSWORD, mechanism)
        client = await bind(party)
        await client.becomes_available()
        return client

    async def ends(self) -> None:
        """Drop all connections."""
        for stream in self.streams:
            await stream.close()


@pytest.fixture
def web(scene: Scene, runner: asyncio.Runner) -> Iterator[Web]:
    made = Web(scene)
    yield made
    runner.run(made.ends())


async def chat(one: Client, other: Client) -> None:
    """A message each way."""
    for sender, recipient in ((one, other), (other, one)):
        await sender.sends(f"<message to='{recipient.jid}' id='1'><body>this &amp; that</body></message>")
        await recipient.receives(f"<message from='{sender.jid}'><body>this &amp; that</body></message>")


@pytest.mark.parametrize("tls", [True, False], ids=["wss", "ws from this machine"])
@pytest.mark.parametrize("path", ["/xmpp-websocket", "/ws"])
async def test_chat_over_a_websocket(web: Web, connect: Connect, tls: bool, path: str) -> None:
    alice = await web.logs_in(await web.websocket(tls=tls, path=path), "alice")
    bob = await connect("bob")
    await chat(alice, bob)
    await alice.leaves()


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http from this machine"])
async def test_chat_by_bosh(web: Web, connect: Connect, tls: bool) -> None:
    alice = await web.logs_in(web.bosh(tls=tls), "alice")
    bob = await connect("bob")
    for _ in range(3):
        await chat(alice, bob)
    await alice.sends("</stream:stream>")
    assert await alice.sees_the_end() == "closed"


async def test_two_browsers_talk(web: Web) -> None:
    alice = await web.logs_in(await web.websocket(), "alice")
    bob = await web.logs_in(web.bosh(), "bob", "PLAIN")
    await chat(alice, bob)


async def test_one_account_over_everything(web: Web, connect: Connect) -> None:
    """Presence of each resource reaches the others."""
    desk = await connect("alice", resource="desk")
    browser = await web.logs_in(await web.websocket(), "alice")
    await desk.receives(f"<presence from='{browser.jid}'/>")
    phone = await web.logs_in(web.bosh(), "alice")
    await browser.receives(f"<presence from='{desk.jid}'/>", f"<presence from='{phone.jid}'/>")
    await browser.stream.close()
    await phone.receives(f"<presence type='unavailable' from='{browser.jid}'/>")


async def test_a_message_of_any_length(web: Web, connect: Connect) -> None:
    """In frames of 16 and of 64 bits of length."""
    alice = await web.logs_in(await web.websocket(), "alice")
    bob = await connect("bob")
    for length in (100, 200, 70_000, 200_000):
        text = "x" * length
        await alice.sends(f"<message to='{bob.jid}'><body>{text}</body></message>")
        await bob.receives(f"<message><body>{text}</body></message>")
        await bob.sends(f"<message to='{alice.jid}'><body>{text}</body></message>")
        await alice.receives(f"<message><body>{text}</body></message>")


async def test_a_message_that_is_too_long(web: Web) -> None:
    alice = await web.logs_in(await web.websocket(), "alice")
    await alice.sends(f"<message to='{alice.jid}'><body>{'x' * 300_000}</body></message>")
    await alice.is_told("policy-violation")


async def test_a_websocket_that_breaks_is_resumed(web: Web, connect: Connect) -> None:
    """XEP-0198 over RFC 7395 §3.6: as a browser does whose network changes."""
    alice, bob = await web.logs_in(await web.websocket(), "alice"), await connect("bob")
    await alice.sends(f"<enable xmlns='{SM}' resume='true'/>")
    enabled = await alice.receives(f"<enabled xmlns='{SM}'/>")
    await alice.stream.close()
    await bob.sends(f"<message to='{alice.jid}'><body>Are you there?</body></message>")
    again = await web.websocket()
    await open_stream(again)
    await authenticate(again, web.scene.user("alice"), PASSWORD, "SCRAM-SHA-256")
    await again.sends(f"<resume xmlns='{SM}' previd='{enabled.get('id')}' h='0'/>")
    await again.receives(f"<resumed xmlns='{SM}'/>", "<message><body>Are you there?</body></message>")


async def test_the_end_of_a_websocket(web: Web) -> None:
    """RFC 7395 §3.6: `<close/>` for `<close/>`, then the closing handshake."""
    alice = await web.logs_in(await web.websocket(), "alice")
    await alice.sends("</stream:stream>")
    assert await alice.sees_the_end() == "closed"
    stream = alice.stream
    assert isinstance(stream, WebSocketStream)
    await stream.until(lambda: stream.closed is not None, 10)
    assert stream.closed == 1000


async def test_a_proxy_that_got_it_without_tls(web: Web) -> None:
    """What a trusted proxy says of the way to it counts."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await web.websocket(tls=False, **{"X-Forwarded-Proto": "http"})
    assert refusal.value.status == 403
    party = await web.websocket(tls=False, **{"X-Forwarded-Proto": "https"})
    await web.logs_in(party, "alice", "PLAIN")


async def test_where_to_connect(web: Web) -> None:
    """XEP-0156: and what it says is right."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"https://{web.authority}/.well-known/host-meta.json", ssl=web.scene.context) as answer,
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        links = {link["rel"]: link["href"] for link in (await answer.json())["links"]}
    url = links["urn:xmpp:alt-connections:websocket"]
    stream = await WebSocketStream.dial(url, web.scene.context)
    web.streams.append(stream)
    await web.logs_in(Party("alice", stream, web.scene.domain), "alice")


async def test_what_is_neither_http_nor_tls(web: Web) -> None:
    """It is answered, and nobody else notices."""
    alice = await web.logs_in(await web.websocket(), "alice")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(web.loopback.partition(":")[2]))
    writer.write(b"\x00\x01 nonsense\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    await alice.is_answered()
