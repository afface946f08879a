"""Those who do not read: what waits for them is bounded and not lost, and nobody else notices."""

import pytest

from tests.hardening.attackers import COMPONENT, Neighbourhood
from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import authenticate, open_stream, start_tls
from tests.scenarios.matching import Element
from tests.scenarios.scene import PASSWORD
from tests.servers.stellwerk import Stellwerk

pytestmark = pytest.mark.slow

SM = "urn:xmpp:sm:3"
MEGABYTE = 1_000_000
TEXT = "x" * 100_000


async def floods(sender: Client, to: str, number: int) -> None:
    """Send so many large messages, numbered by their ids."""
    for count in range(number):
        await sender.sends(f"<message to='{to}' type='chat' id='{count}'><body>{TEXT}</body></message>")
    await sender.is_answered()


async def numbers(party: Party, last: int) -> list[int]:
    """The numbers of the messages received up to that one, requests for acknowledgement being answered."""
    found: list[int] = []
    while last not in found:
        for element in await _next(party):
            if element.tag.endswith("}message"):
                found.append(int(element.get("id", "")))
            elif element.tag == f"{{{SM}}}r":
                await party.sends(f"<a xmlns='{SM}' h='{len(found)}'/>")
    return found


async def _next(party: Party) -> list[Element]:
    assert await party.stream.until(lambda: bool(party.stream.received), 30), "nothing more came"
    arrived = list(party.stream.received)
    party.stream.received.clear()
    return arrived


async def comes_back(here: Neighbourhood, name: str) -> Party:
    """A new connection of that user's, logged in, nothing bound."""
    party = await here.stranger(name)
    await open_stream(party)
    await start_tls(party, here.context)
    await authenticate(party, here.user(name), PASSWORD, "SCRAM-SHA-256")
    return party


async def test_a_client_that_never_reads_is_cut_off_and_resumes(
    here: Neighbourhood, server: Stellwerk
) -> None:
    """More than a connection holds, less than a session does: XEP-0198 §5 brings all of it, once."""
    sender, bystander = await here.connect("alice"), await here.connect("bob")
    sleeper = await here.connect("sleeper")
    await sleeper.sends(f"<enable xmlns='{SM}' resume='true'/>")
    id = (await sleeper.receives(f"<enabled xmlns='{SM}'/>")).get("id")
    sleeper.stream.pause()
    before = server.memory()
    await floods(sender, sleeper.jid, 75)
    await bystander.is_answered()
    assert server.memory() - before < 40 * MEGABYTE
    assert "does not read what it is sent: closed" in (server.home.logs / "core_router.log").read_text()

    again = await comes_back(here, "sleeper")
    await again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
    await again.receives(f"<resumed xmlns='{SM}' previd='{id}'/>")
    assert await numbers(again, 74) == list(range(75))


async def test_clients_that_never_read_and_cannot_resume_cost_what_a_connection_holds(
    here: Neighbourhood, server: Stellwerk
) -> None:
    sender, bystander = await here.connect("alice"), await here.connect("bob")
    before = server.memory()
    for number in range(5):
        sleeper = await here.connect(f"sleeper{number}")
        sleeper.stream.pause()
        for count in range(100):
            await sender.sends(
                f"<message to='{sleeper.jid}' type='headline' id='{count}'><body>{TEXT}</body></message>"
            )
        await sender.is_answered()
        await bystander.is_answered()
    assert server.memory() - before < 40 * MEGABYTE


async def test_a_component_that_never_reads_gets_everything_when_it_does(
    here: Neighbourhood, server: Stellwerk
) -> None:
    """XEP-0114 knows no acknowledgements: nothing is sent that could only be thrown away."""
    sender, bystander = await here.connect("alice"), await here.connect("bob")
    component = await here.component()
    component.stream.pause()
    before = server.memory()
    await floods(sender, COMPONENT, 300)
    await bystander.is_answered()
    assert server.memory() - before < 80 * MEGABYTE
    assert server.ask("core_router", "health")["link"][COMPONENT] == "up"
    component.stream.resume()
    assert await numbers(component, 299) == list(range(300))


async def test_what_waited_for_a_component_is_not_too_much_for_its_connection(here: Neighbourhood) -> None:
    sender = await here.connect("alice")
    await floods(sender, COMPONENT, 100)
    component = await here.component()
    component.stream.pause()
    await sender.is_answered()
    component.stream.resume()
    assert await numbers(component, 99) == list(range(100))
