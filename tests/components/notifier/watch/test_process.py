"""The stock watch in its process: quotes by line and by HTTP, and what becomes of them when it dies.

NOTIFIER_KILLS says how often it is killed; 10 unless it is set.
"""

import asyncio
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.notifier.premises import Premises, says
from tests.components.notifier.watch.line_feed import LineFeed
from tests.scenarios.dialogue import Client
from tests.servers.ports import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("runner")]

KILLS = int(os.environ.get("NOTIFIER_KILLS", "10"))
BODY = "{jabber:client}body"
TOKEN = "quotes-of-the-day"


class Exchange(Premises):
    """An installation whose notifier takes lines."""

    def __init__(self, directory: Path) -> None:
        [self.lines_port] = free_ports(1)
        super().__init__(
            directory,
            http={
                "tokens": {
                    "feed": {"secret": TOKEN, "scopes": ["quotes"]},
                    "no": {"secret": "n", "scopes": []},
                }
            },
            watch={"matches_per_minute": 0, "lines": {"port": self.lines_port}},
        )

    def _headers(self, more: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    async def feed(self, source: str = "", token: str = TOKEN) -> LineFeed:
        """A feed that is let in."""
        made = LineFeed(self.lines_port, token, source)
        await made.open()
        return made


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """One for all tests; they use different symbols."""
    with tempfile.TemporaryDirectory(prefix="stw-") as directory:
        made = Exchange(Path(directory) / "h")
        try:
            made.start()
            yield made
        finally:
            made.stop()


async def watches(client: Client, condition: str) -> None:
    """Say it, and see it confirmed."""
    await says(client, f"watch {condition}")
    stanza = await client.receives("<message type='chat'><body/></message>")
    assert (stanza.findtext(BODY) or "").startswith("Watch "), stanza.findtext(BODY)


async def test_lines(exchange: Exchange) -> None:
    """A quote by line is told; what is none is named by its number, and the next is taken."""
    ann = await exchange.client("ann")
    await watches(ann, "LINE < 12.50")
    feed = await exchange.feed()
    feed.send(["LINE 12.50", "LINE", "LINE -3", "", "LINE 1 2 3 4 5", "LINE 12.48 EUR 2026-05-04T12:00:00Z"])
    await feed.settle(6)
    assert [answer.partition(" ")[0] for answer in feed.bad] == ["bad"] * 4
    assert [answer.split()[1] for answer in feed.bad] == ["2", "3", "4", "5"]
    feed.send(["line 12.47"])
    await feed.settle(7)
    stanza = await ann.receives("<message type='chat'><body/></message>")
    assert (stanza.findtext(BODY) or "").startswith("LINE at 12.47: below 12.50")
    feed.close()


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("token wrong", "this token is not known here"),
        ("token n", "may not do this"),
        ("SAP 12", "the first line is: token TOKEN [SOURCE]"),
        ("x" * 300, "a line has at most 200 bytes"),
    ],
)
async def test_strangers(exchange: Exchange, login: str, why: str) -> None:
    """Who is not let in is told why, and the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.lines_port)
    writer.write(login.encode() + b"\n")
    answer = (await reader.read()).decode()
    assert answer.startswith("error ")
    assert why in answer
    writer.close()


async def test_a_line_without_end(exchange: Exchange) -> None:
    """It is not waited for."""
    feed = await exchange.feed()
    feed.send(["LINE 1"])
    await feed.settle(1)
    feed.send_bytes(b"L" * 5000)
    assert await feed.answer() == "error a line has at most 200 bytes"


async def test_a_source_goes_on(exchange: Exchange) -> None:
    """Another connection learns how far the source is, and ends the one before."""
    first = await exchange.feed("tokyo")
    first.send(["TKY 1"] * 5)
    await first.settle(5)
    second = LineFeed(exchange.lines_port, TOKEN, "tokyo")
    assert await second.open() == 5
    assert await first.answer() == "error another connection of this source has taken over"
    second.close()


async def test_many_lines_at_once(exchange: Exchange) -> None:
    """More than one transaction takes; all of them are acknowledged, and each crossing is told."""
    ben = await exchange.client("ben")
    await watches(ben, "MANY > 1 every time")
    feed = await exchange.feed("many")
    feed.send([f"MANY {1 + number % 2}" for number in range(1, 10_000)] + ["MANY 1"])
    await feed.settle(10_000)
    received = ben.stream.received
    await ben.stream.until(lambda: len(received) >= 5000, 60)
    assert len(received) == 5000
    feed.close()


async def test_an_orderly_stop_saves_everything(exchange: Exchange) -> None:
    """An average goes on where it was; the feed is told that the connection ends, and goes on, too."""
    fay = await exchange.client("fay")
    await watches(fay, "AVG < avg 3")
    feed = await exchange.feed("avg")
    feed.send(["AVG 10", "AVG 11"])
    await feed.settle(2)
    assert exchange.notifier.stop() == 0
    with pytest.raises(ConnectionError):
        await feed.answer()
    exchange.notifier.start()
    feed = await exchange.feed("avg")
    assert feed.committed == 2
    feed.send(["AVG 9"])
    stanza = await fay.receives("<message type='chat'><body/></message>")
    assert (stanza.findtext(BODY) or "").startswith("AVG at 9.00: below its average of 3 quotes, 10.00")
    feed.close()


class Feeder:
    """Sends quotes that cross a limit to and fro until told to stop; each crossing at a price of its own."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        self._exchange, self.symbol = exchange, symbol
        self.crossings = 0
        self.repeated = 0
        self.stopping = False

    def quotes(self, number: int) -> tuple[str, str]:
        """Below, and above by as many hundredths."""
        return "0.50", f"{1 + number / 100:.2f}"

    async def by_http(self) -> None:
        """A batch with its sequence until it is answered; then the next."""
        while not self.stopping:
            number = self.crossings + 1
            below, above = self.quotes(number)
            given = [{"symbol": self.symbol, "price": price} for price in (below, above)]
            value = {"source": self.symbol, "sequence": number, "quotes": given}
            try:
                status, answer = await asyncio.to_thread(self._exchange.request, "POST", "/v1/quotes", value)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            assert status == 200, answer
            self.repeated += "repeated" in answer
            self.crossings = number

    async def by_lines(self) -> None:
        """Whatever is not acknowledged is sent again, from where the notifier says it is."""
        sent = 0
        while not self.stopping or self.crossings * 2 < sent:
            feed = LineFeed(self._exchange.lines_port, TOKEN, self.symbol)
            try:
                done = await feed.open()
                self.repeated += done < sent
                while not self.stopping or feed.committed < sent:
                    done = max(sent, feed.committed + 20)
                    lines = [f"{self.symbol} {self._price(at)}" for at in range(feed.committed, done)]
                    sent = done
                    feed.send(lines)
                    await feed.settle(done)
                    self.crossings = done // 2
            except OSError:
                await asyncio.sleep(0.01)

    def _price(self, at: int) -> str:
        return self.quotes(at // 2 + 1)[at % 2]


@pytest.mark.timeout(120 + 30 * KILLS)
async def test_every_match_is_one_message(exchange: Exchange) -> None:
    """Killed at any moment: each crossing that was sent is told, and confirmed, exactly once."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    eve = await exchange.client("eve")
    feeders = [Feeder(exchange, "HTTP"), Feeder(exchange, "LINES")]
    for symbol in ("HTTP", "LINES"):
        await watches(eve, f"{symbol} > 1 every time")
    told: Counter[str] = Counter()
    confirmed: Counter[str] = Counter()

    async def listen() -> None:
        received = eve.stream.received
        while True:
            await eve.stream.until(lambda: bool(received), 3600)
            stanza = received.pop(0)
            text = (stanza.findtext(BODY) or "").splitlines()[0]
            if text.startswith("Confirmed: "):
                confirmed[text.removeprefix("Confirmed: ").rstrip(".")] += 1
            elif stanza.find("{urn:xmpp:message-correct:0}replace") is None:
                told[text] += 1
                await says(eve, f"confirm {stanza.get('id', '').partition('.')[0]}")

    listening = asyncio.create_task(listen())
    feeding = [asyncio.create_task(feeders[0].by_http()), asyncio.create_task(feeders[1].by_lines())]
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        exchange.notifier.kill()
        await asyncio.to_thread(exchange.notifier.start)
    for feeder in feeders:
        feeder.stopping = True
    await asyncio.gather(*feeding)
    expected = {
        f"{feeder.symbol} at {feeder.quotes(number)[1]}: above 1.00"
        for feeder in feeders
        for number in range(1, feeder.crossings + 1)
    }
    await eve.stream.until(lambda: len(confirmed) >= len(expected), 60)
    listening.cancel()
    print(len(expected), "crossings; sent again:", [feeder.repeated for feeder in feeders])
    assert told == Counter(dict.fromkeys(expected, 1))
    assert confirmed == told
