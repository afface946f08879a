"""What a queue takes up in memory: in the router while the room service is away, and in the room service."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.restart.crowd import Person
from bench.restart.installation import Installation, until
from bench.restart.ledger import Verdict
from bench.restart.scenario import Size, gathered

_PATIENCE = 600.0  # seconds for a queue to be worked off
_LENGTH = 300  # bytes of a stanza


@dataclass(slots=True)
class Queue:
    """A queue in the router, and what became of it."""

    stanzas: int
    memory: float  # bytes a stanza
    seconds: float  # from the start of the room service until all was said in the room
    verdict: Verdict


async def queue_in_the_router(installation: Installation, stanzas: int) -> Queue:
    """One occupant talks to a room that is away; it is all said in the end, once and in order."""
    size = Size(clients=1, rooms=1)
    async with gathered(installation, size) as crowd:
        [person] = crowd.people
        await installation.end("muc", signal.SIGTERM)
        before = installation.memory("core_router")
        await _talk(person, stanzas)
        memory = (installation.memory("core_router") - before) / stanzas
        begin = asyncio.get_running_loop().time()
        installation.launch("muc")
        await until(crowd.rooms[0].complete, "everything is said", _PATIENCE)
        seconds = asyncio.get_running_loop().time() - begin
        await crowd.settle()
        await crowd.count_archives()
        return Queue(stanzas, memory, seconds, crowd.judge())


async def _talk(person: Person, stanzas: int) -> None:
    """In portions, which the router acknowledges: it has committed them."""
    for said in range(stanzas):
        person.say(_LENGTH)
        if said % 500 == 499:
            await until(lambda: person.client.waiting < 500, "the router has them", _PATIENCE)
    await until(lambda: not person.client.waiting, "the router has them all", _PATIENCE)


def memory_in_a_component(stanzas: int) -> float:
    """Bytes a stanza that waits in a component, each in a commit of its own; in a process of its own."""
    command = [sys.executable, "-m", "bench.restart.outbox", str(stanzas), str(_LENGTH)]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)
