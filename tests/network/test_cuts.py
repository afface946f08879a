"""XEP-0198: a client whose connection is cut resumes, and neither side misses or repeats a message."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from tests.network.conftest import Line
from tests.network.resumable import Cut, Resumable

pytestmark = [pytest.mark.slow]

SEED = 198
CUTS = 200
_CUTS_ANYWHERE = 80
_AHEAD = 30  # messages that may be on their way
_CONVERSATION = 4000  # bytes, about, of ten messages each way under TLS
# Bytes between the cuts of a connection, on the average. 6,000 pass until its session is resumed, the most
# of them in the TLS handshake; then come one or two records with everything that was sent meanwhile.
_BETWEEN_CUTS = 12_000


@contextlib.asynccontextmanager
async def conversation(alice: Resumable, bob: Resumable) -> AsyncIterator[None]:
    """Both talk while the body runs, bob's line being good; afterwards all must have arrived, once."""
    enough = asyncio.Event()

    async def talks(speaker: Resumable, to: str, listener: Resumable) -> None:
        while not enough.is_set():
            await listener.until(lambda: speaker.said - len(listener.heard) < _AHEAD)
            await speaker.says_next(to)

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(bob.listens())
        # One speaks to the account, the other to the session that comes and goes.
        talking = [group.create_task(talks(alice, bob.jid.partition("/")[0], bob))]
        talking.append(group.create_task(talks(bob, alice.jid, alice)))
        yield
        enough.set()
        ending = group.create_task(alice.listens())
        await asyncio.wait(talking)
        await alice.until(lambda: alice.settled and len(alice.heard) >= bob.said)
        await bob.until(lambda: bob.settled and len(bob.heard) >= alice.said)
        ending.cancel()
        listening.cancel()
    assert bob.heard == list(range(1, alice.said + 1))
    assert alice.heard == list(range(1, bob.said + 1))


@pytest.fixture(params=[False, True], ids=["after the login", "in the login"])
def at_login(request: pytest.FixtureRequest) -> bool:
    """When the session is resumed."""
    return bool(request.param)


async def test_cut_at_random_bytes_of_a_conversation(line: Line, at_login: bool) -> None:
    chance = random.Random(SEED)
    alice = await line.person("alice", line.bad, at_login=at_login)
    bob = await line.person("bob", line.clear)
    async with conversation(alice, bob):
        for _ in range(CUTS):
            line.cutter.cut_newest_after(chance.randrange(1, _CONVERSATION), silently=chance.random() < 0.5)
            await alice.listens()
            await alice.resumes()
    assert line.cutter.cuts == alice.resumptions == CUTS


async def test_cut_at_random_bytes_of_the_connection(line: Line, at_login: bool) -> None:
    """In the TLS handshake, in the login, between `<resume/>` and `<resumed/>`, shortly afterwards."""
    chance = random.Random(SEED)
    alice = await line.person("alice", line.bad, at_login=at_login)
    bob = await line.person("bob", line.clear)
    async with conversation(alice, bob):
        line.cutter.cut_newest_after(0, silently=False)
        for _ in range(_CUTS_ANYWHERE):
            await alice.listens()
            count = int(chance.expovariate(1 / _BETWEEN_CUTS))
            line.cutter.cut_next_after(count, silently=chance.random() < 0.5)
            with contextlib.suppress(Cut):
                await alice.resumes()
        await alice.listens()
        await alice.resumes()
    assert line.cutter.cuts == _CUTS_ANYWHERE + 1
    assert 10 < alice.resumptions < _CUTS_ANYWHERE  # cuts of both kinds: before, and soon after


async def test_cut_at_bytes_of_what_the_client_says(line: Line, at_login: bool) -> None:
    """In the header, in any element of the login, in `<resume/>`, in what is sent again."""
    alice = await line.person("alice", line.bad, at_login=at_login)
    bob = await line.person("bob", line.clear)
    async with conversation(alice, bob):
        line.cutter.cut_newest_after(0, silently=False)
        for count in range(1, 1800, 15):
            await alice.listens()
            alice.connect = line.faltering(count)
            with contextlib.suppress(Cut):
                await alice.resumes()
        await alice.listens()
        alice.connect = line.clear
        await alice.resumes()
    assert 20 < alice.resumptions < 100
