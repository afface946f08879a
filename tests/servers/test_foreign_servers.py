"""People with a library (slixmpp) in rooms of ours, on servers of other makers that host them (XEP-0114).

What these do not offer is the lossless link: what is said while the room service is away comes back to
its sender as an error. Occupants stay in their rooms all the same.
"""

import asyncio
import itertools
import signal
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.clients.conferee import Conferee
from tests.components.process import ComponentProcess
from tests.servers.foreign import ROOMS, Foreign
from tests.waiting import until

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

PASSWORD = "correct horse"
HELP = f"help@{ROOMS}"
_numbers = itertools.count(1)

Arrives = Callable[[str], Awaitable[Conferee]]  # a name, somebody new of that name


@pytest.fixture
def arrives(foreign: Foreign, runner: asyncio.Runner) -> Iterator[Arrives]:
    """Makes accounts and logs their owners in."""
    arrived: list[Conferee] = []

    async def arrive(name: str) -> Conferee:
        user = f"{name}{next(_numbers)}"
        foreign.server.add_account(user, PASSWORD)
        client = Conferee(f"{user}@{foreign.server.domain}", PASSWORD, foreign.server.authority)
        await client.logs_in(foreign.server.port)
        arrived.append(client)
        return client

    yield arrive
    for client in arrived:
        runner.run(client.leaves())


@pytest.fixture
def tea() -> str:
    """The address of a room that nobody has made yet."""
    return f"tea{next(_numbers)}@{ROOMS}"


async def all_hear(body: str, occupant: str, *people: Conferee) -> None:
    """All of them hear it from this address in the room."""
    for person in people:
        await person.hears(body, of=occupant)


def test_the_manual_shows_what_is_run(foreign: Foreign) -> None:
    """Each server's part of the manual, in the configuration the server was started with."""
    language, file = {"prosody": ("lua", "prosody.cfg.lua"), "ejabberd": ("yaml", "ejabberd.yml")}[
        foreign.server.name
    ]
    assert foreign.shown(language) in (foreign.directory / file).read_text()


async def test_rooms_are_found(foreign: Foreign, rooms: ComponentProcess, arrives: Arrives) -> None:
    """XEP-0045 §6.1, §6.3: from the server to the service to its public rooms."""
    alice = await arrives("alice")
    assert ROOMS in await alice.discovers(foreign.server.domain)
    assert (await alice.discovers(ROOMS))[HELP] == "Help"


async def test_they_meet_in_a_room_with_a_password(
    rooms: ComponentProcess, arrives: Arrives, tea: str
) -> None:
    """XEP-0045 §7.2.5, §7.4, §7.5, §8.2: locked out without it; talk, whisper, kick."""
    alice, bob = await arrives("alice"), await arrives("bob")
    await alice.makes_room(tea, "alice", "crumpet")
    assert await bob.is_refused(tea, "bob") == "not-authorized"
    assert await bob.is_refused(tea, "bob", "scone") == "not-authorized"
    await bob.enters(tea, "bob", "crumpet")
    bob.says(tea, "Grüße & Küsse – 早上好", "groupchat")
    await all_hear("Grüße & Küsse – 早上好", f"{tea}/bob", alice, bob)
    alice.says(f"{tea}/bob", "Not so loud!")
    whispered = await bob.hears("Not so loud!", of=f"{tea}/alice")
    assert whispered["type"] == "chat"
    await alice.kicks(tea, "bob", "too loud")
    assert await bob.sees_depart(f"{tea}/bob") == {110, 307}
    assert await alice.sees_depart(f"{tea}/bob") == {307}
    assert await bob.is_refused(tea, "bob") == "not-authorized"


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_the_room_service_goes_and_comes_back(
    rooms: ComponentProcess, arrives: Arrives, tea: str, end: signal.Signals
) -> None:
    """Who speaks meanwhile is told; nobody has left the room, and nobody must enter again."""
    alice, bob = await arrives("alice"), await arrives("bob")
    await alice.makes_room(tea, "alice")
    await bob.enters(tea, "bob")
    rooms.signal(end)
    rooms.wait()
    bob.says(tea, "Is anybody there?", "groupchat")
    assert await bob.is_told_of_failure(tea) in ("remote-server-timeout", "remote-server-not-found")
    rooms.start()
    bob.says(tea, "Is somebody there now?", "groupchat")
    await all_hear("Is somebody there now?", f"{tea}/bob", alice, bob)
    assert alice.occupants(tea) == bob.occupants(tea) == ["alice", "bob"]
    assert "Is anybody there?" not in [message["body"] for message in alice.heard]


async def test_the_server_goes_and_comes_back(
    foreign: Foreign, rooms: ComponentProcess, arrives: Arrives, tea: str
) -> None:
    """The room service connects by itself; what was set up in a room is as it was."""
    alice = await arrives("alice")
    await alice.makes_room(tea, "alice", "bean")
    foreign.server.stop()
    until(lambda: rooms.health()["link"] == "down")
    foreign.server.start()
    until(lambda: rooms.health()["link"] == "up")
    bob = await arrives("bob")
    assert await bob.is_refused(tea, "bob") == "not-authorized"
    await bob.enters(tea, "bob", "bean")
