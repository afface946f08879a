"""Quotes matched with 100,000 conditions: the engine, the process, and how soon the message is there."""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import options
from bench.load import Endpoint, LoadError, Loop, log_in
from bench.login import Account
from bench.measure import cpu_nanoseconds, median, memory_bytes, spread
from bench.servers import ServerError
from bench.stock import engine
from bench.stock.exchange import Exchange
from bench.stock.feed import HttpFeed, LineFeed, Probe, request
from bench.stock.process import Notifying, lines
from bench.table import number, table

_DESCRIPTION = """
Watches on 1,000 securities, mostly limits near the price and far from it, some averages and changes in a
period. First the engine alone: CPU time for a quote. Then router and notifier as processes on one core,
the load on another: CPU time of the notifier for a quote by line and by HTTP, as fast as it takes them;
then at a fixed rate the time from a quote to the message at the client of who watches. Messages are
counted: every match of the notifier is one.
"""
_TICK = 0.002  # seconds
_BATCH = 500  # quotes of one HTTP request


@dataclass(slots=True)
class Figures:
    """What the rounds gave."""

    start: float = 0.0
    megabytes: float = 0.0
    cost: dict[str, list[float]] = field(default_factory=lambda: {"lines": [], "HTTP": []})
    rate: dict[str, list[float]] = field(default_factory=lambda: {"lines": [], "HTTP": []})
    delays: dict[int, list[float]] = field(default_factory=dict)
    load: dict[int, float] = field(default_factory=dict)  # of the notifier's core, at a rate
    matches: float = 0
    messages: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit status 1 if a server could not be started."""
    given = _arguments(arguments)
    cores = options.take_cores()
    print(_engine(given), flush=True)
    if given.engine_only:
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="stellwerk-bench-") as directory:
            server = Notifying(
                Path(directory) / "stellwerk", core=cores.server, watches=given.watches, owner="ann@localhost"
            )
            figures = Figures()
            begun = time.monotonic()
            server.start()
            figures.start = time.monotonic() - begun
            try:
                _measure(server, given, figures)
            finally:
                server.stop()
    except (ServerError, LoadError) as error:
        return options.refused(error)
    print(_shown(figures))
    return 0 if figures.matches == figures.messages else 1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stock", description=_DESCRIPTION)
    parser.add_argument("--watches", type=int, default=100_000, help="(%(default)s)")
    parser.add_argument("--quotes", type=int, default=200_000, help="of one round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="the median is printed (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="at each rate (%(default)s)")
    parser.add_argument(
        "--rates", type=lambda text: [int(rate) for rate in text.split(",")], default="1000,10000,50000",
        metavar="N,…", help="quotes a second, for the time to the message (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--engine-only", action="store_true", help="no processes")
    return parser.parse_args(arguments)


def _engine(given: argparse.Namespace) -> str:
    rounds = [engine.measure(given.watches, given.quotes) for _ in range(given.rounds)]
    costs = [round_.quote_microseconds for round_ in rounds]
    last = rounds[-1]
    return table(
        ["engine alone", "watches", "seconds to load", "CPU µs per quote", "quotes/s", "matches", "quotes"],
        [
            [
                "",
                f"{given.watches:,}",
                number(min(round_.load_seconds for round_ in rounds), 2),
                f"{number(median(costs), 2)} ±{spread(costs):.0%}",
                f"{1e6 / median(costs):,.0f}",
                f"{last.matches:,}",
                f"{last.quotes:,}",
            ]
        ],
    )


def _measure(server: Notifying, given: argparse.Namespace, figures: Figures) -> None:
    loop = Loop()
    server.add_accounts([Account("ann")])
    [session] = log_in(loop, Endpoint(server.port), [Account("ann")])
    probe, exchange = Probe(loop, session), Exchange()
    probe.watch()
    feed = LineFeed(loop, server.lines_port)
    http = HttpFeed(loop, server.http_port)
    for _ in range(given.rounds):
        _lines(server, loop, feed, list(exchange.quotes(given.quotes)), figures)
        _http(server, loop, http, list(exchange.quotes(given.quotes)), figures)
    for rate in given.rates:
        _delays(server, loop, feed, probe, exchange, rate, given.seconds, figures)
    loop.quiet_or(lambda: False, silence=1.0)
    figures.matches = server.figures()["watch_matches"] - sum(map(len, figures.delays.values()))
    figures.messages = probe.messages
    figures.megabytes = memory_bytes([server.notifier()]) / 1e6
    loop.close()


def _lines(
    server: Notifying, loop: Loop, feed: LineFeed, quotes: list[tuple[str, str]], figures: Figures
) -> None:
    content = [
        (lines(quotes[at : at + 1000]), len(quotes[at : at + 1000])) for at in range(0, len(quotes), 1000)
    ]
    cpu, begun = cpu_nanoseconds([server.notifier()]), time.monotonic()
    for part, count in content:
        feed.send(part, count)
        loop.run_until(lambda: feed.sent - feed.acknowledged < 20_000, "the notifier to take quotes")
    feed.settle()
    _note(server, figures, "lines", len(quotes), cpu, begun)


def _http(
    server: Notifying, loop: Loop, http: HttpFeed, quotes: list[tuple[str, str]], figures: Figures
) -> None:
    requests = [request(quotes[at : at + _BATCH]) for at in range(0, len(quotes), _BATCH)]
    cpu, begun = cpu_nanoseconds([server.notifier()]), time.monotonic()
    for content in requests:
        http.send(content)
        loop.run_until(lambda: not http.waits, "an answer")
    _note(server, figures, "HTTP", len(quotes), cpu, begun)


def _note(server: Notifying, figures: Figures, way: str, quotes: int, cpu: int, begun: float) -> None:
    figures.rate[way].append(quotes / (time.monotonic() - begun))
    figures.cost[way].append((cpu_nanoseconds([server.notifier()]) - cpu) / 1000 / quotes)


def _delays(
    server: Notifying,
    loop: Loop,
    feed: LineFeed,
    probe: Probe,
    exchange: Exchange,
    rate: int,
    seconds: float,
    figures: Figures,
) -> None:
    """Quotes at that rate, a tick's worth at a time; twenty times a second, one that is told."""
    count, ticks = round(rate * _TICK), round(seconds / _TICK)
    parts = [lines(list(exchange.quotes(count))) for _ in range(ticks)]
    before = len(probe.seconds)
    cpu, begun = cpu_nanoseconds([server.notifier()]), time.monotonic()
    for tick, part in enumerate(parts):
        if tick % 25 == 0:
            feed.send(part + probe.quotes(), count + 2)
        else:
            feed.send(part, count)
        loop.run_for(max(0.0, begun + (tick + 1) * _TICK - time.monotonic()))
    feed.settle()
    loop.run_until(probe.complete, "the messages of all matches")
    spent = (cpu_nanoseconds([server.notifier()]) - cpu) / 1e9
    figures.load[rate] = spent / (time.monotonic() - begun)
    figures.delays[rate] = probe.seconds[before:]


def _shown(figures: Figures) -> str:
    costs = [
        [
            way,
            f"{number(median(costs), 2)} ±{spread(costs):.0%}",
            f"{median(figures.rate[way]):,.0f}",
        ]
        for way, costs in figures.cost.items()
    ]
    delays = [
        [
            f"{rate:,} quotes/s",
            *(number(1000 * value, 2) for value in _quantiles(seconds)),
            f"{figures.load[rate]:.0%}",
        ]
        for rate, seconds in figures.delays.items()
    ]
    counted = [
        [
            number(figures.start),
            number(figures.megabytes, 0),
            f"{figures.matches:,.0f}",
            f"{figures.messages:,}",
        ]
    ]
    return "\n\n".join(
        (
            table(["process, by", "CPU µs per quote", "quotes/s taken"], costs),
            table(["ms to the message, at", "median", "95 %", "99 %", "longest", "CPU"], delays),
            table(["seconds to start", "MB resident", "matches", "messages"], counted),
        )
    )


def _quantiles(seconds: Sequence[float]) -> tuple[float, float, float, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return statistics.median(seconds), cuts[94], cuts[98], max(seconds)


if __name__ == "__main__":
    sys.exit(main())
