"""A person with a terminal client, and a program with a library: the story of the first day."""

import asyncio
import os
import signal

import pytest

from tests.clients.people import Terminals, meet
from tests.servers.peer import Peer
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]


async def test_they_chat_both_ways(server: Stellwerk | Peer, terminals: Terminals) -> None:
    people = await meet(server, terminals)
    await people.alice.opens_chat(people.bob_jid)
    people.alice.types("Good morning, Bob! Grüße – 早上好")
    heard = await people.bob.hears("Good morning, Bob! Grüße – 早上好", of=people.alice_jid)
    people.bob.says(str(heard["from"]), "Good morning, Alice!")
    await people.alice.sees("Good morning, Alice!")
    await people.bob.leaves()


async def test_they_meet_in_a_room_with_a_password(server: Stellwerk | Peer, terminals: Terminals) -> None:
    people = await meet(server, terminals)
    await people.bob.makes_room(people.room, "bob", "sesame")
    people.alice.enters(people.room, "sesame")
    await people.alice.sees(f"You have joined the room as {people.alice.user}", "bob")
    people.alice.types("Is anybody here?")
    await people.bob.hears("Is anybody here?", of=f"{people.room}/{people.alice.user}")
    assert people.bob.occupants(people.room) == [people.alice.user, "bob"]
    people.bob.says(people.room, "I am.", "groupchat")
    await people.alice.sees("bob: I am.")
    await people.bob.leaves()


async def test_the_wrong_password_and_then_the_right_one(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """Not with Prosody, whose refusal (without XEP-0045's element) profanity does not recognise."""
    people = await meet(stellwerk, terminals)
    await people.bob.makes_room(people.room, "bob", "sesame")
    people.alice.enters(people.room, "simsim")
    await people.alice.sees(f"Error joining room {people.room}", "not-authorized")
    assert people.bob.occupants(people.room) == ["bob"]
    people.alice.enters(people.room, "sesame")
    await people.alice.sees(f"You have joined the room as {people.alice.user}", "bob")
    await people.bob.leaves()


async def test_the_room_service_is_killed_and_nobody_is_disconnected(
    stellwerk: Stellwerk, terminals: Terminals
) -> None:
    people = await meet(stellwerk, terminals)
    await people.bob.makes_room(people.room, "bob", "sesame")
    people.alice.enters(people.room, "sesame")
    await people.alice.sees(f"You have joined the room as {people.alice.user}", "bob")

    before = stellwerk.status("muc")["pid"]
    os.kill(before, signal.SIGKILL)
    after = await asyncio.to_thread(stellwerk.wait_until_running, "muc", other_than=before)
    assert after["pid"] != before

    await people.bob.enters(people.room, "bob", "sesame")
    people.bob.says(people.room, "Did you notice anything?", "groupchat")
    await people.alice.sees("bob: Did you notice anything?")
    people.alice.types("Nothing at all.")
    await people.bob.hears("Nothing at all.", of=f"{people.room}/{people.alice.user}")
    assert people.bob.disconnections == 0
    assert "Lost connection" not in people.alice.terminal.screen()
    await people.bob.leaves()
