"""`python -m bench.link`: what the lossless link costs a message in a room, at several loads."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bench.link.talk import Talk, talks
from bench.table import number, table

_HEAD = (
    "messages/s", "router, plain", "managed", "rooms, plain", "managed", "both, more", "commits",
    "acknowledgements",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _options(arguments)
    plain, managed = (
        asyncio.run(talks(options.occupants, options.rates, options.seconds, options.rounds, module))
        for module in ("bench.link.plain_muc", "components.muc")
    )
    print(table(_HEAD, [_row(*row) for row in zip(options.rates, plain, managed, strict=True)]))
    return 0


def _row(rate: float, plain: Sequence[Talk], managed: Sequence[Talk]) -> list[str]:
    costs = [
        min(talk.cpu[service] for talk in talks)
        for service in ("core_router", "muc")
        for talks in (plain, managed)
    ]
    commits, acknowledgements = (
        min(talk.figures[name] / talk.messages for talk in managed)
        for name in ("commits", "acknowledgements")
    )
    more = costs[1] - costs[0] + costs[3] - costs[2]
    return [
        f"{rate:g}",
        *(number(cost, 0) for cost in (*costs, more)),
        number(commits, 2),
        number(acknowledgements, 2),
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.link", description=__doc__)
    parser.add_argument("--occupants", type=int, default=10, help="of the room (%(default)s)")
    parser.add_argument("--rates", type=_numbers, default="5,50,500", metavar="N,…", help="messages a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="the least of them counts (%(default)s)")
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


sys.exit(main())
