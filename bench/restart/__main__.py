"""`python -m bench.restart`: services are restarted and killed while people talk, and a table is printed."""

import argparse
import asyncio
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from bench.restart.installation import Installation, InstallationError
from bench.restart.queues import memory_in_a_component, queue_in_the_router
from bench.restart.scenario import Outcome, Size, outages, router_killed
from bench.table import number, table

_HEAD = (
    "scenario", "times", "sent", "deliveries", "lost", "doubled", "disordered", "refused",
    "false joins, leaves", "new sessions", "away s, median", "max", "databases",
)  # fmt: skip

_QUEUES = ("queue in the", "stanzas of 300 bytes", "bytes of memory each", "s until all is done")

Scenario = Callable[[Installation, int, Size], Coroutine[Any, Any, Outcome]]
SCENARIOS: dict[str, tuple[str, Scenario]] = {
    "muc-restart": (
        "room service restarted",
        lambda home, times, size: outages(home, "muc", signal.SIGTERM, times, size),
    ),
    "muc-kill": (
        "room service killed",
        lambda home, times, size: outages(home, "muc", signal.SIGKILL, times, size),
    ),
    "router-restart": (
        "router restarted",
        lambda home, times, size: outages(home, "core_router", signal.SIGTERM, times, size),
    ),
    "router-kill": ("router killed", router_killed),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios; the exit status is 1 if anybody noticed what nobody should."""
    options = _options(arguments)
    size = Size(options.clients, options.rooms, options.rate, options.pause)
    rows, good = [], True
    for name in options.scenarios:
        title, scenario = SCENARIOS[name]
        print(f"{title} …", file=sys.stderr, flush=True)
        times = options.router_times if name.startswith("router") else options.muc_times
        try:
            outcome = _run(scenario, times, size)
        except InstallationError as error:
            print(f"{title}: {error}", file=sys.stderr)
            return 1
        rows.append(_row(title, times, outcome))
        # A message that was on its way when the router died may come twice: docs/manual/guarantees.md.
        harmless = name == "router-kill" and not (outcome.verdict.lost or outcome.broken)
        good = good and (outcome.good or harmless)
        for example in outcome.verdict.examples + outcome.broken:
            print(f"{title}: {example}", file=sys.stderr)
    print(table(_HEAD, rows), flush=True)
    return 0 if _queues(options.queue) and good else 1


def _queues(stanzas: int) -> bool:
    """Print what queues take up; whether what was queued was said, once and in order."""
    if not stanzas:
        return True
    with tempfile.TemporaryDirectory(prefix="stw-") as directory:
        queue = asyncio.run(queue_in_the_router(Installation(Path(directory) / "h"), stanzas))
    rows = [
        ["router, room service away", f"{stanzas:,}", number(queue.memory, 0), number(queue.seconds, 1)],
        ["component, router away", f"{stanzas:,}", number(memory_in_a_component(stanzas), 0), "–"],
    ]
    print(table(_QUEUES, rows))
    for example in queue.verdict.examples:
        print(f"queue: {example}", file=sys.stderr)
    return queue.verdict.good


def _run(scenario: Scenario, times: int, size: Size) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="stw-") as directory:
        return asyncio.run(scenario(Installation(Path(directory) / "h"), times, size))


def _row(title: str, times: int, outcome: Outcome) -> list[str]:
    verdict = outcome.verdict
    counts = (
        times, verdict.sent, verdict.expected, verdict.lost, verdict.doubled, verdict.disordered,
        verdict.refused, verdict.false_presences, outcome.new_sessions,
    )  # fmt: skip
    return [
        title,
        *(f"{count:,}" for count in counts),
        number(statistics.median(outcome.away), 2),
        number(max(outcome.away), 2),
        f"{len(outcome.broken)} broken" if outcome.broken else "consistent",
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.restart",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--scenarios",
        type=_scenarios,
        default=",".join(SCENARIOS),
        metavar="NAME,…",
        help="which to run, in this order",
    )
    add(
        "--clients",
        type=int,
        default=50,
        help="clients with stream management, one in each room being its witness",
    )
    add("--rooms", type=int, default=5, help="rooms; every client is in one of them")
    add(
        "--rate",
        type=float,
        default=2.0,
        help="what each client does a second: speaks, joins, leaves, changes its nick",
    )
    add("--pause", type=float, default=1.0, help="seconds at most from one outage to the next")
    add(
        "--muc-times",
        type=int,
        default=100,
        help="how often the room service is ended in each of its scenarios",
    )
    add("--router-times", type=int, default=50, help="the same for the router")
    add("--queue", type=int, default=40_000, help="stanzas that wait while a service is away; 0: none")
    return parser.parse_args(arguments)


def _scenarios(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in SCENARIOS:
            raise argparse.ArgumentTypeError(f"unknown scenario `{name}`; known: {', '.join(SCENARIOS)}")
    return names


sys.exit(main())
