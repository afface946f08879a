"""`python -m bench.link`: what the lossless link costs a message in a room, at several loads.

CPU time in µs a message, of the router and of the room service: on a plain link, which keeps and acknowledges
nothing, and on a managed one. What acknowledgements cost of that is their number, as the service counts
them, times what one costs that is read with other things; the rest is what is kept in the database.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bench.link.exchange import Exchange, exchange
from bench.link.talk import Talk, compare
from bench.table import number, table

_HEAD = (
    "messages/s", "router: plain", "managed", "rooms: plain", "managed", "both: more",
    "acknowledgements", "their number", "commits",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _options(arguments)
    compared = asyncio.run(compare(options.occupants, options.rates, options.seconds, options.rounds))
    cost = asyncio.run(exchange())
    rows = zip(options.rates, compared, strict=True)
    print(table(_HEAD, [_row(rate, plain, managed, cost) for rate, (plain, managed) in rows]))
    print(
        f"\nAn acknowledgement that is read with other things costs the component {cost.component:.1f} µs,"
        f" the router {cost.router:.1f} µs; alone, with being woken and answering,"
        f" {cost.component_alone:.0f} and {cost.router_alone:.0f} µs."
    )
    return 0


def _row(rate: float, plain: Sequence[Talk], managed: Sequence[Talk], cost: Exchange) -> list[str]:
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
        *(number(each, 0) for each in (*costs, more)),
        number(acknowledgements * (cost.component + cost.router) / 3, 1),  # of three: two to the component
        number(acknowledgements, 2),
        number(commits, 2),
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
