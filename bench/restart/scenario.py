"""A crowd talks while a service is restarted or killed, again and again; what they have noticed."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.restart.client import Client
from bench.restart.crowd import MUC, Person, fall_silent, talk
from bench.restart.installation import (
    DOMAIN,
    PASSWORD,
    Installation,
    Service,
    integrity,
    until,
)
from bench.restart.ledger import ChatLedger, RoomLedger, Verdict
from bench.restart.survivor import Survivor, all_arrived, judge_survivors

_SETTLE = 20.0  # seconds in which nothing arrives, after which what has not is lost
_MUC = f"conference.{DOMAIN}"
_SETTINGS = (
    ("muc#roomconfig_persistentroom", "1"),
    ("muc#roomconfig_enablelogging", "1"),
    ("muc#roomconfig_registration", "open"),
    ("muc#maxhistoryfetch", "100"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large the crowd is, and how busy."""

    clients: int = 50
    rooms: int = 5
    rate: float = 2.0  # actions a second, of each client
    pause: float = 1.0  # seconds between outages, at most


@dataclass(slots=True)
class Outcome:
    """What came of a scenario."""

    verdict: Verdict
    away: list[float] = field(default_factory=list)  # seconds from the signal to the next message in a room
    broken: list[str] = field(default_factory=list)  # what the integrity checks have found
    new_sessions: int = 0  # of clients that could not resume theirs
    memory: int = 0  # of the router at the end, bytes

    @property
    def good(self) -> bool:
        """Whether nobody noticed anything."""
        return self.verdict.good and not self.broken


class Crowd:
    """All people, in their rooms."""

    def __init__(self, installation: Installation, size: Size, kind: type[Person] = Person) -> None:
        self.rooms = [RoomLedger(f"room{number}@{_MUC}") for number in range(size.rooms)]
        self.chats = ChatLedger()
        self.people: list[Person] = []
        self.size = size
        for number in range(size.clients):
            client = Client(f"u{number:02}", PASSWORD, DOMAIN, installation.port)
            ledger = self.rooms[number % size.rooms]
            witness = number < size.rooms
            self.people.append(kind(client, ledger, self.chats, witness))
        for number, person in enumerate(self.people):
            person.moderator = self.people[number % size.rooms]
        for person, partner in zip(self.people, self.people[1:] + self.people[:1], strict=True):
            person.partner = partner

    async def arrive(self) -> None:
        """Everybody logs in, and enters; the witnesses first, who open the rooms."""
        for person in self.people:
            person.client.start()
        for person in self.people:
            await person.client.up.wait()
        witnesses, others = self.people[: self.size.rooms], self.people[self.size.rooms :]
        await self._enter(witnesses)
        for person in witnesses:
            person.client.send(_configuration(person.room))
        await until(lambda: all(person.owns_open_room for person in witnesses), "the rooms are open")
        await self._enter(others)

    async def _enter(self, people: Sequence[Person]) -> None:
        for person in people:
            person.enter()
        await until(lambda: all(person.state == "in" for person in people), "everybody is in")

    async def leave(self) -> None:
        """Everybody goes home."""
        for person in self.people:
            await person.client.stop()

    async def settle(self) -> None:
        """Wait until all has arrived, or nothing more does."""

        def settled() -> bool:
            return (
                all(ledger.complete() for ledger in self.rooms)
                and self.chats.complete()
                and all(not person.client.waiting for person in self.people)
            )

        await self.until_still(settled)

    async def until_still(self, complete: Callable[[], bool]) -> None:
        """Wait until it is complete, or nothing arrives any more: however slow the machine is."""
        arrived, since = 0, time.monotonic()
        while not complete() and time.monotonic() - since < _SETTLE:
            await asyncio.sleep(0.05)
            if (now := sum(person.client.handled for person in self.people)) != arrived:
                arrived, since = now, time.monotonic()

    async def count_archives(self) -> None:
        """Ask the rooms what they have archived."""
        for person in self.people[: self.size.rooms]:
            person.count_archive()
        await until(lambda: all(ledger.archived is not None for ledger in self.rooms), "archives are counted")

    async def heard_after(self, moment: float) -> float:
        """Wait until something said in a room is heard again; the time."""

        def heard() -> bool:
            return any(person.last_heard > moment for person in self.people)

        await until(heard, "somebody is heard again")
        return min(person.last_heard for person in self.people if person.last_heard > moment)

    def judge(self) -> Verdict:
        """What was noticed."""
        verdict = Verdict(refused=sum(len(person.refused) for person in self.people))
        verdict.examples += [refused for person in self.people for refused in person.refused][:10]
        for ledger in self.rooms:
            ledger.judge(verdict)
        self.chats.judge(verdict)
        return verdict


def _configuration(room: str) -> str:
    """The owner opens the room: it stays when it is empty, keeps an archive, takes everybody as a member,
    and shows as much as it may of what was said.
    """
    fields = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in _SETTINGS)
    return (
        f"<iq type='set' id='open' to='{room}'><query xmlns='{MUC}#owner'>"
        f"<x xmlns='jabber:x:data' type='submit'>{fields}</x></query></iq>"
    )


@asynccontextmanager
async def gathered(
    installation: Installation, size: Size, kind: type[Person] = Person
) -> AsyncIterator[Crowd]:
    """A crowd in its rooms, on an installation that runs meanwhile."""
    try:
        await installation.start()
        crowd = Crowd(installation, size, kind)
        installation.add_accounts(person.name for person in crowd.people)
        await crowd.arrive()
        yield crowd
        await crowd.leave()
        await installation.stop()
    finally:
        installation.kill()


async def outages(
    installation: Installation, service: Service, number: signal.Signals, times: int, size: Size
) -> Outcome:
    """End the service so often while the crowd talks, and start it again at once.

    Sessions live on: this is not for the router's death.
    """
    outcome = Outcome(Verdict())
    async with gathered(installation, size) as crowd:
        await _talk_through(installation, service, number, times, crowd, outcome)
        await crowd.settle()
        await crowd.count_archives()
        outcome.verdict = crowd.judge()
    return outcome


async def router_killed(installation: Installation, times: int, size: Size) -> Outcome:
    """Kill the router so often while the crowd talks: all sessions are lost, everybody logs in again."""
    outcome = Outcome(Verdict())
    async with gathered(installation, size, Survivor) as crowd:
        await _talk_through(installation, "core_router", signal.SIGKILL, times, crowd, outcome)
        survivors = [person for person in crowd.people if isinstance(person, Survivor)]
        await crowd.until_still(lambda: all_arrived(survivors))
        outcome.verdict = judge_survivors(survivors)
    return outcome


async def _talk_through(
    installation: Installation,
    service: Service,
    number: signal.Signals,
    times: int,
    crowd: Crowd,
    outcome: Outcome,
) -> None:
    before = sum(person.client.sessions for person in crowd.people)
    talking = talk(crowd.people, crowd.size.rate)
    for _ in range(times):
        # At any moment, also when the last outage is hardly over.
        await asyncio.sleep(random.uniform(0, crowd.size.pause))
        await _outage(installation, service, number, crowd, outcome)
    await asyncio.sleep(crowd.size.pause)
    await fall_silent(talking)
    outcome.memory = installation.memory("core_router")
    outcome.new_sessions = sum(person.client.sessions for person in crowd.people) - before


async def _outage(
    installation: Installation, service: Service, number: signal.Signals, crowd: Crowd, outcome: Outcome
) -> None:
    stopped = time.monotonic()
    await installation.end(service, number)
    copy = installation.copy_database(service) if number is signal.SIGKILL else None
    gone = time.monotonic()
    installation.launch(service)
    if copy is not None and (found := await asyncio.to_thread(integrity, copy)) != "ok":
        outcome.broken.append(found)
    await installation.ready(service)
    outcome.away.append(await crowd.heard_after(gone) - stopped)
