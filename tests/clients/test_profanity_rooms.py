"""XEP-0045 in a terminal client: a person runs a room with profanity, a program with a library is in it."""

import pytest

from tests.clients.people import People, Terminals, meet
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]


async def in_a_room(server: Stellwerk, terminals: Terminals, *, moderated: bool = False) -> People:
    """Both are in a room that alice has made."""
    people = await meet(server, terminals)
    form = {"Visitors_need_a_moderator": "on"} if moderated else {}
    await people.alice.makes_room(people.room, **form)
    await people.bob.enters(people.room, "bob")
    await people.alice.sees("bob")
    return people


async def test_a_room_with_a_password_is_made_by_its_form(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§10.1.3 and §7.2.5"""
    people = await meet(stellwerk, terminals)
    await people.alice.makes_room(people.room, A_password_is_needed="on", Password="sesame")
    assert await people.bob.is_refused(people.room, "bob") == "not-authorized"
    await people.bob.enters(people.room, "bob", "sesame")
    people.bob.says(people.room, "Here I am.", "groupchat")
    await people.alice.sees("bob: Here I am.")
    await people.bob.leaves()


async def test_invited_by_a_person(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """XEP-0249: profanity enters with the password that comes with an invitation, and passes it on."""
    people = await meet(stellwerk, terminals)
    await people.bob.makes_room(people.room, "bob", "crumpet")
    people.bob.invites(people.alice_jid, people.room, "crumpet", directly=True)
    await people.alice.sees("invite", people.room)
    people.alice.types(f"/join {people.room}")
    await people.alice.sees("You have joined the room", "bob")
    people.alice.types(f"/invite send {people.bob_jid}")
    assert await people.bob.is_invited(people.room, directly=True) == "crumpet"
    await people.bob.leaves()


async def test_invited_by_the_room(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§7.8.2: the room adds the password, and profanity enters with it."""
    people = await meet(stellwerk, terminals)
    await people.bob.makes_room(people.room, "bob", "crumpet")
    people.bob.invites(people.alice_jid, people.room, directly=False)
    await people.alice.sees("invite", people.room)
    people.alice.types(f"/join {people.room}")
    await people.alice.sees("You have joined the room", "bob")
    await people.bob.leaves()


async def test_kicked_and_banned(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§8.2, §9.1: the one who is kicked may come back, the one who is banned may not."""
    people = await in_a_room(stellwerk, terminals)
    people.alice.types("/kick bob too loud")
    assert await people.bob.sees_depart(f"{people.room}/bob") == {110, 307}
    await people.bob.enters(people.room, "robert")
    await people.alice.sees("robert")
    people.alice.types(f"/ban {people.bob_jid} far too loud")
    assert await people.bob.sees_depart(f"{people.room}/robert") == {110, 301}
    assert await people.bob.is_refused(people.room, "bob") == "forbidden"
    await people.bob.leaves()


async def test_muted_and_given_voice(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§8.3, §8.4"""
    people = await in_a_room(stellwerk, terminals)
    people.alice.types("/role set visitor bob")
    await people.bob.sees_as(f"{people.room}/bob", "visitor")
    people.alice.types("/role set participant bob")
    await people.bob.sees_as(f"{people.room}/bob", "participant")
    people.bob.says(people.room, "May I?", "groupchat")
    await people.alice.sees("bob: May I?")
    await people.bob.leaves()


async def test_a_visitor_is_not_heard(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§7.4: in a moderated room, until a moderator gives them voice (§8.3)."""
    people = await in_a_room(stellwerk, terminals, moderated=True)
    people.bob.says(people.room, "May I?", "groupchat")
    assert await people.bob.is_told_of_failure(people.room) == "forbidden"
    people.alice.types("/role set participant bob")
    await people.bob.sees_as(f"{people.room}/bob", "participant")
    people.bob.says(people.room, "Thank you.", "groupchat")
    await people.alice.sees("bob: Thank you.")
    assert "May I?" not in people.alice.terminal.screen()
    await people.bob.leaves()


async def test_subject_and_nickname(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§8.1, §7.6"""
    people = await in_a_room(stellwerk, terminals)
    people.alice.types('/subject set "What is for lunch?"')
    await people.bob.sees_subject("What is for lunch?", people.room)
    await people.alice.sees("What is for lunch?")
    people.alice.types("/nick cook")
    await people.bob.sees_as(f"{people.room}/cook", "moderator")
    assert people.bob.occupants(people.room) == ["bob", "cook"]
    await people.bob.leaves()


async def test_whispering(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """§7.5: profanity opens a window of its own for it."""
    people = await in_a_room(stellwerk, terminals)
    people.alice.types("/msg bob Psst!")
    await people.bob.hears("Psst!", of=f"{people.room}/{people.alice.user}")
    people.bob.says(f"{people.room}/{people.alice.user}", "What is it?")
    await people.alice.sees("Psst!", "What is it?")
    assert "Psst!" not in [m["body"] for m in people.bob.heard if m["type"] == "groupchat"]
    await people.bob.leaves()
