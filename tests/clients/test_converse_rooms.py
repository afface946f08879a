"""XEP-0045 in a web page: a person runs a room with Converse.js, a program with a library is in it."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conferee import Conferee
from tests.clients.converse import Converse
from tests.clients.converse_room import ConverseRoom
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

PASSWORD = "correct horse"
_numbers = itertools.count(1)


@pytest.fixture
def alice(stellwerk: Stellwerk, short_path: Path, runner: asyncio.Runner) -> Iterator[Converse]:
    """A page in a browser, logged in."""
    user = f"alice-rooms{next(_numbers)}"
    stellwerk.add_account(user, PASSWORD)
    made = Converse(short_path)
    runner.run(made.opens(stellwerk.http_port))
    runner.run(made.logs_in(f"{user}@{stellwerk.domain}", PASSWORD))
    yield made
    runner.run(made.close())


@pytest.fixture
def bob(stellwerk: Stellwerk, runner: asyncio.Runner) -> Iterator[Conferee]:
    """A program, logged in."""
    user = f"bob-rooms{next(_numbers)}"
    stellwerk.add_account(user, PASSWORD)
    made = Conferee(f"{user}@{stellwerk.domain}", PASSWORD, stellwerk.authority)
    runner.run(made.logs_in(stellwerk.port))
    yield made
    runner.run(made.leaves())


@pytest.fixture
def address(stellwerk: Stellwerk) -> str:
    """Of a room that nobody has made yet."""
    return f"kitchen{next(_numbers)}@conference.{stellwerk.domain}"


async def test_a_room_with_a_password(alice: Converse, bob: Conferee, address: str) -> None:
    """§10.2, §7.2.5, XEP-0249: set in the form; whom alice invites gets it along."""
    await alice.enters(address, "alice")
    room = ConverseRoom(alice, address)
    await room.asks_for_password("crumpet")
    assert await bob.is_refused(address, "bob") == "not-authorized"
    await room.invites(bob.bare)
    await bob.is_invited(address, directly=True)
    await bob.enters(address, "bob", "crumpet")
    bob.says(address, "Here I am.", "groupchat")
    await alice.sees("Here I am.")


async def test_the_page_asks_for_the_password(alice: Converse, bob: Conferee, address: str) -> None:
    """§7.2.5"""
    await bob.makes_room(address, "bob", "crumpet")
    await alice.asks_to_enter(address, "alice")
    await ConverseRoom(alice, address).is_entered_with("crumpet")
    await alice.says("Here I am.")
    await bob.hears("Here I am.", of=f"{address}/alice")


@pytest.mark.parametrize("directly", [True, False], ids=["by a person", "by the room"])
async def test_invited(alice: Converse, bob: Conferee, address: str, directly: bool) -> None:
    """XEP-0249, and XEP-0045 §7.8.2, with the password."""
    await bob.makes_room(address, "bob", "crumpet")
    bob.invites(await alice.jid(), address, "crumpet", directly=directly)
    await ConverseRoom(alice, address).follows_invitation("alice")


async def test_moderating(alice: Converse, bob: Conferee, address: str) -> None:
    """§8.3, §8.4, §8.2, §9.1: muted, given voice, kicked, banned."""
    await alice.enters(address, "alice")
    await bob.enters(address, "bob")
    await alice.says("/mute bob")
    await bob.sees_as(f"{address}/bob", "visitor")
    await alice.says("/voice bob")
    await bob.sees_as(f"{address}/bob", "participant")
    await alice.says("/kick bob too loud")
    assert await bob.sees_depart(f"{address}/bob") == {110, 307}
    await bob.enters(address, "robert")
    await ConverseRoom(alice, address).shows("robert")
    await alice.says("/ban robert far too loud")
    assert await bob.sees_depart(f"{address}/robert") == {110, 301}
    assert await bob.is_refused(address, "robert") == "forbidden"


async def test_what_somebody_said_is_retracted(alice: Converse, bob: Conferee, address: str) -> None:
    """XEP-0425: gone from the page, and from what is shown to those who come later."""
    await alice.enters(address, "alice")
    await bob.enters(address, "bob")
    bob.says(address, "Buy my watches!", "groupchat")
    await alice.sees("Buy my watches!")
    room = ConverseRoom(alice, address)
    await room.retracts("Buy my watches!", "advertising")
    await room.shows("alice has removed a message")
    await room.shows("advertising")
    await room.hides("Buy my watches!")
    await bob.is_told_of_retraction("advertising", address)


async def test_subject_and_nickname(alice: Converse, bob: Conferee, address: str) -> None:
    """§8.1, §7.6"""
    await alice.enters(address, "alice")
    await bob.enters(address, "bob")
    await alice.says("/topic What is for lunch?")
    await bob.sees_subject("What is for lunch?", address)
    await alice.says("/nick cook")
    await bob.sees_as(f"{address}/cook", "moderator")
    assert bob.occupants(address) == ["bob", "cook"]


async def test_whispering(alice: Converse, bob: Conferee, address: str) -> None:
    """§7.5"""
    await alice.enters(address, "alice")
    await bob.enters(address, "bob")
    await ConverseRoom(alice, address).whispers("bob", "Psst!")
    assert (await bob.hears("Psst!", of=f"{address}/alice"))["type"] == "chat"
    bob.says(f"{address}/alice", "What is it?")
    await alice.sees("What is it?")
