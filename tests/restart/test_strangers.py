"""A component of another maker, written on slixmpp as its manual says, which knows nothing of all this."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import tomlkit
from slixmpp import ComponentXMPP

from bench.restart.client import CLIENT, Client, Element
from bench.restart.installation import DOMAIN, PASSWORD, Installation, until

pytestmark = pytest.mark.slow

ECHO, SECRET = f"echo.{DOMAIN}", "speak friend"
ERROR = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
SECONDS = 4  # the router keeps stanzas for a component that is away


class Echo(ComponentXMPP):
    """Notes the messages it gets."""

    def __init__(self, port: int) -> None:
        super().__init__(ECHO, SECRET, "127.0.0.1", port)  # type: ignore[no-untyped-call]
        self.heard: list[str] = []
        self.started = asyncio.Event()
        self.add_event_handler("session_start", lambda _event: self.started.set())
        self.add_event_handler("message", lambda message: self.heard.append(message["body"]))

    async def begin(self) -> "Echo":
        """Connect."""
        self.connect()
        async with asyncio.timeout(30):
            await self.started.wait()
        return self


@pytest.fixture
def home(home: Installation) -> Installation:
    """It accepts the component."""
    document: Any = tomlkit.parse(home.home.configuration.read_text())
    components = document["core_router"].setdefault("component", {})
    components[ECHO] = {"secret": SECRET}
    document["core_router"].setdefault("link", {})["seconds"] = SECONDS
    home.home.configuration.write_text(tomlkit.dumps(document))
    return home


class Alice:
    """Somebody who writes to the component."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.errors: list[tuple[str, str, str]] = []  # kind, id, condition
        client.stanza = self._take

    def says(self, *bodies: str) -> None:
        """Send messages."""
        for body in bodies:
            self.client.send(f"<message to='bot@{ECHO}' id='{body}'><body>{body}</body></message>")

    def _take(self, element: Element) -> None:
        if element.get("type") == "error":
            [condition] = [
                item.tag.removeprefix(ERROR)
                for item in element.find(f"{CLIENT}error")
                if item.tag.startswith(ERROR) and not item.tag.endswith("}text")
            ]
            self.errors.append((element.tag.removeprefix(CLIENT), element.get("id"), condition))


@asynccontextmanager
async def alice(home: Installation) -> AsyncIterator[Alice]:
    """She is logged in."""
    home.add_accounts(["alice"])
    client = Client("alice", PASSWORD, DOMAIN, home.port)
    made = Alice(client)
    client.start()
    await client.up.wait()
    yield made
    await client.stop()


async def test_away_for_some_seconds(home: Installation) -> None:
    """It gets what came meanwhile, in order; nobody hears anything of it."""
    await home.start("core_router")
    async with alice(home) as she:
        echo = await Echo(home.component_port).begin()
        she.says("one")
        await until(lambda: echo.heard == ["one"], "it hears")
        await echo.disconnect()
        she.says(*map(str, range(100)))
        await until(lambda: not she.client.waiting, "the router has them")
        assert home.ask("core_router", "figures")["queued_stanzas"] == 100
        queue = f'stellwerk_router_component_queue_stanzas{{domain="{ECHO}"}} 100.0'
        assert queue in home.ask("core_router", "metrics")["text"]
        again = await Echo(home.component_port).begin()
        await until(lambda: again.heard == [*map(str, range(100))], "it has them all")
        assert home.ask("core_router", "figures")["queued_stanzas"] == 0
        assert she.errors == []
        await again.disconnect()


async def test_the_router_is_restarted_while_it_is_away(home: Installation) -> None:
    """The queue is stored, too."""
    await home.start("core_router")
    async with alice(home) as she:
        await (await Echo(home.component_port).begin()).disconnect()
        she.says("one", "two")
        await until(lambda: not she.client.waiting, "the router has them")
        await home.stop()
        await home.start("core_router")
        again = await Echo(home.component_port).begin()
        await until(lambda: again.heard == ["one", "two"], "it has them")
        await again.disconnect()


async def test_away_too_long(home: Installation) -> None:
    """Each sender gets the error that RFC 6120 §8.3.3.16 has for it, and so does whoever comes later."""
    await home.start("core_router")
    async with alice(home) as she:
        await (await Echo(home.component_port).begin()).disconnect()
        she.says("one")
        she.client.send(f"<presence to='{ECHO}' id='two'/>")
        she.client.send(f"<iq type='get' to='{ECHO}' id='three'><query xmlns='jabber:iq:version'/></iq>")
        expected = [
            ("message", "one", "remote-server-timeout"),
            ("presence", "two", "remote-server-timeout"),
            ("iq", "three", "remote-server-timeout"),
        ]
        await until(lambda: she.errors == expected, "she is told")
        assert home.ask("core_router", "figures")["stanzas_given_up"] == 3
        she.says("four")
        await until(
            lambda: she.errors == [*expected, ("message", "four", "remote-server-timeout")],
            "she is told at once",
        )
        again = await Echo(home.component_port).begin()
        she.says("five")
        await until(lambda: again.heard == ["five"], "it hears again")
        await again.disconnect()
