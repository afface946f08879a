"""Ad-hoc commands and the bot, as people at terminals use them (XEP-0050, XEP-0249)."""

import asyncio
import re

import pytest

from tests.clients.people import PASSWORD, Terminals, fingerprint
from tests.clients.profanity import Profanity
from tests.servers.stellwerk import Stellwerk
from tests.waiting import until

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

ROOMS = "conference.localhost"


async def sits_down(stellwerk: Stellwerk, terminals: Terminals, user: str) -> Profanity:
    """Somebody new at a terminal, logged in."""
    stellwerk.add_account(user, PASSWORD)
    person = terminals(f"{user}@{stellwerk.domain}", stellwerk.port)
    await person.logs_in(fingerprint(stellwerk.authority))
    await knows_commands(person)
    return person


async def knows_commands(person: Profanity) -> None:
    """Profanity denies that there are commands until it has discovered the server's services."""

    def told() -> str:
        screen = person.terminal.screen()
        return "yes" if "!   conference" in screen else "no" if "does not support ad hoc" in screen else ""

    answer = "no"
    while answer == "no":
        person.types("/clear")
        person.types(f"/cmd list {ROOMS}")
        await asyncio.to_thread(until, lambda: bool(told()))
        answer = told()


async def test_a_conference_of_two_and_the_bot(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """One starts it, both are asked in, they talk; the bot comes when it is invited."""
    ann = await sits_down(stellwerk, terminals, "ann")
    ben = await sits_down(stellwerk, terminals, "ben")
    ann.types(f"/cmd exec conference {ROOMS}")
    await ann.sees("Start a conference", "With whom (addresses)")
    ann.types("/field1 add ben@localhost")
    ann.types("/field2 Lunch")
    ann.types("/form submit")
    await ann.sees("Room: ", f"@{ROOMS}?join")
    found = re.search(rf"[0-9a-f]{{16}}@{ROOMS}", ann.terminal.screen())
    assert found is not None
    room = found[0]

    await ben.sees("Chat room invite received:", "ann@localhost", f"/join {room}")
    ann.types(f"/join {room} nick ann")
    await ann.sees("You have joined the room as ann, role: moderator, affiliation: owner")
    ben.types(f"/join {room} nick ben")
    await ben.sees("You have joined the room as ben, role: participant, affiliation: member")
    ben.types("What about soup?")
    await ann.sees("ben: What about soup?")

    ann.types("/invite send helper@bots.localhost")
    await ann.sees("Helper")  # in the list of occupants
    ben.types("!who")
    await ben.sees("Helper: 2 here besides me: ann (moderator), ben")
    assert "Lunch" in stellwerk.command("room", "list")


async def test_an_administrator_makes_a_room(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """Two stages: which room, and its configuration; others do not see the command."""

    def appoint(document: dict[str, object]) -> None:
        document["administrators"] = ["admin@localhost", "adele@localhost"]

    stellwerk.configure(appoint)
    stellwerk.command("restart", "muc")
    adele = await sits_down(stellwerk, terminals, "adele")
    carl = await sits_down(stellwerk, terminals, "carl")
    carl.types(f"/cmd exec room-create {ROOMS}")
    await carl.sees("this command is not for you")

    adele.types(f"/cmd exec room-create {ROOMS}")
    await adele.sees("Room: its address, or the part before the @")
    adele.types("/field1 attic")
    adele.types("/form submit")
    await adele.sees(f"Configuration of attic@{ROOMS}")
    adele.types("/form submit")
    await adele.sees(f"Address: attic@{ROOMS}")
    assert f"attic@{ROOMS}" in stellwerk.command("room", "list")
    assert "adele@localhost" in stellwerk.command("room", "affiliation", "attic")
