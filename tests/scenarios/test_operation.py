"""What the operator does to one service, others do not notice."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from tests.scenarios.dialogue import Client
from tests.scenarios.scene import Connect, Scene, Server
from tests.servers.stellwerk import Stellwerk

pytestmark = pytest.mark.slow

ROOMS = "conference.localhost"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


@pytest.fixture
def stellwerk(server: Server) -> Stellwerk:
    """The running installation."""
    if not isinstance(server, Stellwerk):
        pytest.skip("a peer has no operator's command of ours")
    return server


async def chat(one: Client, other: Client, text: str) -> None:
    """A line each way."""
    await one.sends(f"<message to='{other.jid}' type='chat'><body>{text}</body></message>")
    await other.receives_next(f"<message from='{one.jid}'><body>{text}</body></message>")
    await other.sends(f"<message to='{one.jid}' type='chat'><body>Re: {text}</body></message>")
    await one.receives_next(f"<message from='{other.jid}'><body>Re: {text}</body></message>")


async def enter(client: Client, room: str, nick: str) -> None:
    """Join a room and see oneself in it (XEP-0045 §7.2)."""
    muc = "http://jabber.org/protocol/muc"
    await client.sends(f"<presence to='{room}/{nick}'><x xmlns='{muc}'/></presence>")
    await client.receives(
        f"<presence from='{room}/{nick}'><x xmlns='{muc}#user'><status code='110'/></x></presence>"
    )
    await client.receives(f"<message from='{room}' type='groupchat'><subject/></message>")


async def test_the_room_service_is_disabled_and_enabled_while_two_chat(
    stellwerk: Stellwerk, connect: Connect
) -> None:
    alice, bob = await connect("alice"), await connect("bob")
    await chat(alice, bob, "before")
    await asyncio.to_thread(stellwerk.command, "disable", "muc")
    assert stellwerk.status("muc")["state"] == "disabled"
    await chat(alice, bob, "meanwhile")
    await asyncio.to_thread(stellwerk.command, "enable", "muc")
    assert stellwerk.status("muc")["state"] == "running"
    await chat(alice, bob, "afterwards")
    await enter(alice, f"help@{ROOMS}", "alice")


@pytest.mark.parametrize(
    "interrupt",
    [
        lambda stellwerk: os.kill(stellwerk.status("muc")["pid"], signal.SIGKILL),
        lambda stellwerk: stellwerk.command("restart", "muc"),
    ],
    ids=["killed", "restarted"],
)
async def test_the_room_service_starts_again_and_nobody_is_thrown_out(
    stellwerk: Stellwerk, connect: Connect, scene: Scene, interrupt: Callable[[Stellwerk], None]
) -> None:
    alice, bob, room = await connect("alice"), await connect("bob"), f"help@{ROOMS}"
    await enter(alice, room, scene.user("alice"))
    await enter(bob, room, scene.user("bob"))
    await alice.receives(f"<presence from='{room}/{scene.user('bob')}'/>")
    before = stellwerk.status("muc")["pid"]
    await asyncio.to_thread(interrupt, stellwerk)
    await asyncio.to_thread(stellwerk.wait_until_running, "muc", other_than=before)
    await alice.sends(f"<message to='{room}' type='groupchat'><body>Still there?</body></message>")
    await bob.receives(
        f"<message from='{room}/{scene.user('alice')}' type='groupchat'><body>Still there?</body></message>"
    )
