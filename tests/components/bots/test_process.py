"""Bot, rooms and router as processes: each may be restarted or killed; nobody is greeted twice."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.dialogue import Client
from tests.scenarios.scene import Scene
from tests.servers.stellwerk import Stellwerk
from tests.waiting import until

pytestmark = pytest.mark.slow

HELP = "help@conference.localhost"
HELPER = "helper@bots.localhost"
ENTER = "<x xmlns='http://jabber.org/protocol/muc'/>"
USER = "http://jabber.org/protocol/muc#user"


@pytest.fixture
def server() -> Iterator[Stellwerk]:
    """Everything, with the bot in the room for help."""
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")

    def change(document: Any) -> None:
        document["bots"]["rooms"][HELP] = {"greeting": "Welcome, {nick}!"}

    made.configure(change)
    made.command("disable", "notifier")
    try:
        made.start()
        until(lambda: made.ask("bots", "figures")["rooms_entered"] == 1)
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


@pytest.fixture
def scene(server: Stellwerk, runner: asyncio.Runner) -> Iterator[Scene]:
    made = Scene(server)
    yield made
    runner.run(made.ends())


async def enters(client: Client, nick: str) -> Client:
    """Enter, see everything up to the subject, and be greeted if this is the first time."""
    await client.sends(f"<presence to='{HELP}/{nick}'>{ENTER}</presence>")
    await client.receives(
        f"<presence from='{HELP}/{nick}'><x xmlns='{USER}'><status code='110'/></x></presence>",
        f"<message from='{HELP}' type='groupchat'><subject/></message>",
    )
    return client


async def greets(client: Client, nick: str) -> None:
    """The newcomer hears the bot."""
    await client.receives(f"<message from='{HELP}/Helper'><body>Welcome, {nick}!</body></message>")


def kill(server: Stellwerk, name: str) -> None:
    """It ends without warning, and is started again."""
    before = server.status(name)["pid"]
    os.kill(before, signal.SIGKILL)
    server.wait_until_running(name, other_than=before)
    until(lambda: server.status("core_router")["link"]["bots.localhost"] == "up")
    until(lambda: server.status("core_router")["link"]["conference.localhost"] == "up")


@pytest.mark.parametrize("name", ["bots", "muc"])
async def test_a_service_that_is_killed_greets_nobody_again(
    scene: Scene, server: Stellwerk, name: str
) -> None:
    alice = await enters(await scene.connect("alice"), "alice")
    await greets(alice, "alice")
    bob = await enters(await scene.connect("bob"), "bob")
    await greets(bob, "bob")
    await alice.receives(f"<message from='{HELP}/Helper'><body>Welcome, bob!</body></message>")
    kill(server, name)
    carol = await enters(await scene.connect("carol"), "carol")
    await greets(carol, "carol")
    message = await alice.receives("<message><body/></message>")
    assert message.findtext("{*}body") == "Welcome, carol!"
    await alice.sends(f"<message type='groupchat' to='{HELP}'><body>!who</body></message>")
    await alice.receives("<message><body>!who</body></message>")
    await alice.receives(
        f"<message from='{HELP}/Helper'><body>3 here besides me: alice, bob, carol</body></message>"
    )


async def test_who_comes_while_it_is_stopped_is_greeted_on_its_return(
    scene: Scene, server: Stellwerk
) -> None:
    alice = await enters(await scene.connect("alice"), "alice")
    await greets(alice, "alice")
    server.command("stop", "bots")
    bob = await enters(await scene.connect("bob"), "bob")
    server.command("start", "bots")
    await greets(bob, "bob")


async def test_minutes_of_a_meeting_over_restarts(scene: Scene, server: Stellwerk) -> None:
    alice = await enters(await scene.connect("alice"), "alice")
    await greets(alice, "alice")

    async def says(words: str) -> None:
        await alice.sends(f"<message type='groupchat' to='{HELP}'><body>{words}</body></message>")
        await alice.receives(f"<message from='{HELP}/alice'><body>{words}</body></message>")

    await says("!minutes start Biscuits")
    await alice.receives(f"<message from='{HELP}/Helper'><body/></message>")
    await says("More of them.")
    server.command("restart", "bots", "muc")
    await says("Much more.")
    await says("!minutes stop")
    minutes = await alice.receives(f"<message from='{HELP}/Helper'><body/></message>")
    lines = (minutes.findtext("{*}body") or "").splitlines()
    assert lines[0] == "Minutes of Biscuits"
    assert [line.partition("] ")[2] for line in lines[-2:]] == ["alice: More of them.", "alice: Much more."]


async def test_it_is_invited(scene: Scene) -> None:
    """XEP-0249: a direct invitation by a user of the domain."""
    alice = await scene.connect("alice")
    tea = "tea@conference.localhost"
    await alice.sends(f"<presence to='{tea}/alice'>{ENTER}</presence>")
    await alice.receives(f"<presence from='{tea}/alice'/>")
    form = "<x xmlns='jabber:x:data' type='submit'/>"
    await alice.asks(
        f"<query xmlns='http://jabber.org/protocol/muc#owner'>{form}</query>", to=tea, kind="set"
    )
    await alice.sends(f"<message to='{HELPER}'><x xmlns='jabber:x:conference' jid='{tea}'/></message>")
    await alice.receives(f"<presence from='{tea}/Helper'/>")
