"""A person with a web page, and a program with a library: log in, chat, lose the network, meet in a room."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.conferee import Conferee
from tests.clients.converse import Converse
from tests.network.cutter import Cutter
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

PASSWORD = "correct horse"
_days = itertools.count(1)


@pytest.fixture
def line(stellwerk: Stellwerk, runner: asyncio.Runner) -> Iterator[Cutter]:
    """The way of the page to the server."""
    made = Cutter(stellwerk.http_port)
    runner.run(made.start())
    yield made
    runner.run(made.end())


@pytest.fixture
def alice(line: Cutter, short_path: Path, runner: asyncio.Runner) -> Iterator[Converse]:
    """A page in a browser."""
    made = Converse(short_path)
    runner.run(made.opens(line.port))
    yield made
    runner.run(made.close())


@dataclass
class Pair:
    """Alice sits before the page, bob is a program; both are logged in and see each other."""

    alice: Converse
    bob: Conferee
    alice_jid: str
    bob_jid: str


async def meet(server: Stellwerk, alice: Converse) -> Pair:
    """Two new people log in and become contacts."""
    day = next(_days)
    users = [f"alice-web{day}", f"bob-web{day}"]
    for user in users:
        server.add_account(user, PASSWORD)
    alice_jid, bob_jid = (f"{user}@{server.domain}" for user in users)
    bob = Conferee(bob_jid, PASSWORD, server.authority)
    await bob.logs_in(server.port)
    await alice.logs_in(alice_jid, PASSWORD)
    bob.asks_for_presence_of(alice_jid)
    await bob.sees(alice_jid)
    await alice.sees_online(bob_jid)
    return Pair(alice, bob, alice_jid, bob_jid)


@pytest.mark.parametrize("silently", [False, True], ids=["the server sees it", "the server does not see it"])
async def test_the_connection_is_cut_while_both_are_talking(
    stellwerk: Stellwerk, line: Cutter, alice: Converse, silently: bool
) -> None:
    pair = await meet(stellwerk, alice)
    await alice.opens_chat(pair.bob_jid)
    await alice.says("Good morning, Bob! Grüße – 早上好")
    heard = await pair.bob.hears("Good morning, Bob! Grüße – 早上好", of=pair.alice_jid)
    pair.bob.says(str(heard["from"]), "Good morning, Alice!")
    await alice.sees("Good morning, Alice!")

    line.cut_newest_after(0, silently=silently)
    await alice.says("Are you there?")
    pair.bob.says(str(heard["from"]), "I am.")
    await alice.has_resumed()
    await pair.bob.hears("Are you there?", of=pair.alice_jid)
    await alice.sees("I am.")
    pair.bob.says(str(heard["from"]), "Did you notice anything?")
    await alice.sees("Did you notice anything?")

    said = ["Good morning, Bob! Grüße – 早上好", "Are you there?"]
    answered = ["Good morning, Alice!", "I am.", "Did you notice anything?"]
    assert sorted(await alice.said()) == sorted(said + answered)
    assert [message["body"] for message in pair.bob.heard if message["body"]] == said
    await pair.bob.leaves()


async def test_they_meet_in_a_room(stellwerk: Stellwerk, alice: Converse) -> None:
    pair = await meet(stellwerk, alice)
    room = f"web@conference.{stellwerk.domain}"
    await pair.bob.makes_room(room, "bob")
    await alice.enters(room, "alice")
    await alice.says("Is anybody here?")
    await pair.bob.hears("Is anybody here?", of=f"{room}/alice")
    pair.bob.says(room, "I am.", "groupchat")
    await alice.sees("I am.")
    await pair.bob.leaves()
