"""CPU time per routed message and bytes per idle session, Stellwerk beside Prosody and ejabberd."""

import argparse
import sys
from collections.abc import Mapping, Sequence

from bench import options
from bench.load import LoadError
from bench.measure import median, spread
from bench.options import Cores
from bench.route import idle, message
from bench.route.message import Case, Figures
from bench.servers import ServerError
from bench.table import number, ratio, table

_DESCRIPTION = """
Each server runs on one core, the load on another. Clients talk in pairs; every client keeps one (×1)
or ten (×10) messages in flight to its partner. Printed: CPU time of the server's processes per
message delivered, in µs; messages a second; memory per idle session, in KB (1,000 bytes), of a client
that has switched on carbons and stream management.
Every message is numbered: what is lost, doubled or refused is counted. In the end each idle session gets
a message from another one: `reached` says how many of them.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit status 1 if a server could not be started."""
    given = _arguments(arguments)
    cores = options.take_cores()
    cases = [Case(tls, in_flight) for tls in given.transports for in_flight in given.in_flight]
    try:
        names = options.chosen(given.servers)
        with options.running(names, cores) as servers:
            versions = {server.name: server.version() for server in servers}
            figures = message.measure(
                servers, cases, clients=2 * given.pairs, rounds=given.rounds, seconds=given.seconds
            )
        print(_messages(versions, figures, cases), flush=True)
        if given.idle:
            print(_sessions(versions, given, cores), flush=True)
    except (ServerError, LoadError) as error:
        return options.refused(error)
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options.parser("route", _DESCRIPTION)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round (%(default)s)")
    parser.add_argument("--pairs", type=int, default=50, help="pairs of sessions that talk (%(default)s)")
    parser.add_argument("--idle", type=int, default=1000, help="idle sessions; 0: no memory (%(default)s)")
    parser.add_argument(
        "--hold", type=float, default=15.0, metavar="SECONDS", help="how long those are silent (%(default)s)"
    )
    parser.add_argument(
        "--transports", type=_transports, default="plain,tls", metavar="NAME,…", help="(%(default)s)"
    )
    parser.add_argument(
        "--in-flight", type=_numbers, default="1,10", metavar="N,…", help="per sender (%(default)s)"
    )
    return parser.parse_args(arguments)


def _transports(text: str) -> list[bool]:
    known = {"plain": False, "tls": True}
    if not set(text.split(",")) <= set(known):
        raise argparse.ArgumentTypeError("expected `plain`, `tls` or `plain,tls`")
    return [known[name] for name in text.split(",")]


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _messages(versions: Mapping[str, str], figures: Mapping[str, Figures], cases: Sequence[Case]) -> str:
    head = ["CPU µs per message", *map(str, cases), "delivered", "lost", "doubled", "refused"]
    rows, times, speeds = [], [], []
    reference = next(iter(figures.values()))
    for name, figure in figures.items():
        count = figure.count
        medians = [median(figure.microseconds[case]) for case in cases]
        base = [median(reference.microseconds[case]) for case in cases]
        rows.append(
            [
                versions[name],
                *(
                    f"{number(value)} ±{spread(figure.microseconds[case]):.0%}"
                    for case, value in zip(cases, medians, strict=True)
                ),
                *(f"{value:,}" for value in (count.delivered, count.lost, count.doubled, count.refused)),
            ]
        )
        times.append([versions[name], *(ratio(value, own) for value, own in zip(medians, base, strict=True))])
        speeds.append([versions[name], *(number(median(figure.per_second[case]), 0) for case in cases)])
    first = next(iter(versions.values()))
    return "\n\n".join(
        (
            table(head, rows),
            table([f"as a multiple of {first}", *map(str, cases)], times),
            table(["messages a second", *map(str, cases)], speeds),
        )
    )


def _sessions(versions: Mapping[str, str], given: argparse.Namespace, cores: Cores) -> str:
    rows = []
    for name in versions:
        held = []
        for tls in given.transports:
            with options.running([name], cores) as [server]:
                held.append(idle.measure(server, tls=tls, sessions=given.idle, hold=given.hold))
        reached = f"{sum(one.reached for one in held):,} of {sum(one.sessions for one in held):,}"
        rows.append([versions[name], *(number(one.bytes / 1000) for one in held), reached])
    names = ["TLS" if tls else "plain" for tls in given.transports]
    return "\n" + table([f"KB per session, {given.idle:,} idle", *names, "reached"], rows)


if __name__ == "__main__":
    sys.exit(main())
