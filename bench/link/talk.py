"""A room whose occupants speak at a steady rate, and what each message costs router and room service."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import cpu_nanoseconds
from bench.restart.crowd import Person
from bench.restart.installation import Installation, Service, until
from bench.restart.scenario import Size, gathered

Cost = dict[Service, float]  # µs of CPU a message


@dataclass(slots=True)
class Talk:
    """What a while of talking has cost."""

    messages: int
    cpu: Cost
    figures: dict[str, float]  # of the room service, by how much they grew


class Room:
    """One room, and its occupants."""

    def __init__(self, installation: Installation, people: Sequence["Listener"]) -> None:
        self._installation, self._people = installation, people
        self._said = 0
        self._speakers: Iterator[Listener] = cycle(people)

    async def talk(self, rate: float, seconds: float) -> Talk:
        """Speak so often a second, until every occupant has heard everything."""
        before, figures, said = self._cpu(), self._figures(), self._said
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < seconds:
            while self._said - said < passed * rate:
                self._say()
            await asyncio.sleep(min(0.5 / rate, 0.02))
        await until(self._heard, "everything is heard")
        messages = self._said - said
        cpu: Cost = {
            service: (used - before[service]) / 1000 / messages for service, used in self._cpu().items()
        }
        grown = {name: value - figures[name] for name, value in self._figures().items()}
        return Talk(messages, cpu, grown)

    def _say(self) -> None:
        self._said += 1
        next(self._speakers).say()

    def _heard(self) -> bool:
        return all(person.heard >= self._said for person in self._people)

    def _cpu(self) -> Cost:
        services: tuple[Service, ...] = ("core_router", "muc")
        return {service: cpu_nanoseconds([self._installation.pid(service)]) for service in services}

    def _figures(self) -> dict[str, float]:
        figures: dict[str, float] = self._installation.ask("muc", "figures")
        return figures


class Listener(Person):
    """An occupant who counts what is said."""

    heard = 0

    def _sees(self, event: str) -> None:
        self.heard += event.startswith("m:")


async def compare(
    occupants: int, rates: Sequence[float], seconds: float, rounds: int
) -> list[tuple[list[Talk], list[Talk]]]:
    """For each rate, what the rounds have given on a plain link and on a managed one; both run all the time,
    and talk in turns, so that what else the machine does falls upon both.
    """
    size = Size(clients=occupants, rooms=1)
    async with _room(size, "bench.link.plain_muc") as plain, _room(size, "components.muc") as managed:
        compared = []
        for rate in rates:
            pairs = [
                (await plain.talk(rate, seconds), await managed.talk(rate, seconds)) for _ in range(rounds)
            ]
            compared.append(([one for one, _ in pairs], [other for _, other in pairs]))
        return compared


@asynccontextmanager
async def _room(size: Size, module: str) -> AsyncIterator[Room]:
    with TemporaryDirectory(prefix="stw-") as directory:
        installation = Installation(Path(directory) / "h")
        installation.modules["muc"] = module
        async with gathered(installation, size, Listener) as crowd:
            room = Room(installation, [each for each in crowd.people if isinstance(each, Listener)])
            await room.talk(50, 2)  # what is made at the first use is made
            yield room
