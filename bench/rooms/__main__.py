"""What rooms cost: messages, entering, idle rooms: Stellwerk beside Prosody and ejabberd."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench import options
from bench.load import Endpoint, LoadError, Loop, log_in
from bench.login import Account
from bench.measure import cpu_nanoseconds, median, spread
from bench.rooms import idle
from bench.rooms.crowd import Crowd
from bench.rooms.idle import IdleRooms
from bench.servers import Server, ServerError
from bench.table import number, ratio, table

_DESCRIPTION = """
Each server runs on one core, the load on another. Ten occupants of a room speak; each says the next thing
when its last has come back. Printed: CPU time of all the server's processes (here the router's and the
room service's) per copy delivered, in µs; the time it takes one more to enter, until the last presence,
in ms; how many copies were lost. Rooms keep no archive, connections no secrets (no TLS). Then the time to
start with persistent rooms that nobody is in, until the server is ready, and what each takes up.
"""

# Only our rooms archive unless they are told not to.
_FIELDS = {"stellwerk": "<field var='muc#roomconfig_enablelogging'><value>0</value></field>"}


@dataclass(slots=True)
class Figures:
    """What the rounds of one server gave, by the number of occupants."""

    microseconds: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    milliseconds: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    delivered: int = 0
    lost: int = 0
    idle: IdleRooms | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit status 1 if a server could not be started."""
    given = _arguments(arguments)
    cores = options.take_cores()
    figures: dict[str, Figures] = {}
    versions: dict[str, str] = {}
    try:
        for name in options.chosen(given.servers):
            with options.running([name], cores, rooms=True) as [server]:
                versions[name], figures[name] = server.version(), Figures()
                try:
                    _measure(server, given, figures[name])
                except LoadError as error:  # what was measured until then stands
                    print(f"{name}: {error}", file=sys.stderr)
    except ServerError as error:
        return options.refused(error)
    print(_shown(versions, figures, given.occupants))
    if given.idle_rooms:
        print(f"\n{_shown_idle(versions, figures, given.idle_rooms)}")
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options.parser("rooms", _DESCRIPTION)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round (%(default)s)")
    parser.add_argument("--speakers", type=int, default=10, help="in a room (%(default)s)")
    parser.add_argument(
        "--occupants", type=_numbers, default="10,100,1000", metavar="N,…", help="of a room (%(default)s)"
    )
    parser.add_argument(
        "--idle-rooms", type=int, default=10_000, metavar="N", help="0: leave that out (%(default)s)"
    )
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _measure(server: Server, given: argparse.Namespace, figures: Figures) -> None:
    loop = Loop()
    accounts = [Account(f"occupant{n}") for n in range(max(given.occupants) + 1)]
    server.add_accounts([*accounts, Account("owner")])
    sessions = log_in(loop, Endpoint(server.port), accounts)
    for occupants in given.occupants:
        crowd = Crowd(
            loop,
            sessions[: occupants + 1],
            f"room{occupants}",
            _FIELDS.get(server.name, ""),
            min(given.speakers, occupants),
        )
        for _ in range(given.rounds):
            _talk(server, loop, crowd, occupants, given.seconds, figures)
            figures.milliseconds[occupants].append(crowd.time_to_enter() * 1000)
        crowd.empty()
    loop.close()
    if given.idle_rooms:
        fields = _FIELDS.get(server.name, "")
        figures.idle = idle.measure(server, Account("owner"), given.idle_rooms, fields)


def _talk(server: Server, loop: Loop, crowd: Crowd, occupants: int, seconds: float, figures: Figures) -> None:
    pids = server.processes()
    crowd.start()
    loop.run_for(seconds / 4)
    cpu, delivered = cpu_nanoseconds(pids), crowd.delivered
    loop.run_for(seconds)
    cpu, delivered = cpu_nanoseconds(pids) - cpu, crowd.delivered - delivered
    figures.lost += crowd.stop()
    figures.delivered += crowd.delivered
    if not delivered:
        raise LoadError(f"{server.name} delivered nothing in {seconds} s to {occupants} occupants")
    figures.microseconds[occupants].append(cpu / 1000 / delivered)


def _shown(versions: Mapping[str, str], figures: Mapping[str, Figures], sizes: Sequence[int]) -> str:
    costs, ratios, entering = [], [], []
    reference = next(iter(figures.values()))
    for name, figure in figures.items():
        medians = [median(figure.microseconds[size]) for size in sizes]
        base = [median(reference.microseconds[size]) for size in sizes]
        cost = [
            f"{number(value)} ±{spread(figure.microseconds[size]):.0%}"
            for size, value in zip(sizes, medians, strict=True)
        ]
        costs.append([versions[name], *cost, f"{figure.delivered:,}", f"{figure.lost:,}"])
        ratios.append([versions[name], *(ratio(v, own) for v, own in zip(medians, base, strict=True))])
        entering.append([versions[name], *(number(median(figure.milliseconds[size])) for size in sizes)])
    names = [f"{size:,}" for size in sizes]
    first = next(iter(versions.values()))
    return "\n\n".join(
        (
            table(["CPU µs per copy, in rooms of", *names, "delivered", "lost"], costs),
            table([f"as a multiple of {first}", *names], ratios),
            table(["ms to enter a room of", *names], entering),
        )
    )


def _shown_idle(versions: Mapping[str, str], figures: Mapping[str, Figures], rooms: int) -> str:
    rows = [
        [versions[name], number(cost.seconds), number(cost.seconds_without), number(cost.bytes / 1000)]
        for name, figure in figures.items()
        if (cost := figure.idle) is not None
    ]
    return table([f"with {rooms:,} idle rooms", "s to start", "s without them", "KB a room"], rows)


if __name__ == "__main__":
    sys.exit(main())
