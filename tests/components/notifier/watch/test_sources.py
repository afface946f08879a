"""Pluggable sources: one that polls a real file and a real HTTP server, and one of somebody's own."""

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.watch import polling
from components.notifier.watch.config import SourceSettings
from components.notifier.watch.intake import QuoteGiven, Refusal, Taken
from components.notifier.watch.sources import Sources, Take, made
from tests.waiting import until


class Taking:
    """Who takes quotes."""

    def __init__(self) -> None:
        self.batches: list[list[QuoteGiven]] = []
        self.came = asyncio.Event()

    async def __call__(self, quotes: Sequence[QuoteGiven]) -> Taken:
        return self.take(quotes, Transaction(datetime.now(UTC)))

    def take(self, quotes: Sequence[QuoteGiven], transaction: Transaction) -> Taken:
        """As the stock watch does."""
        self.batches.append(list(quotes))
        self.came.set()
        return Taken(len(quotes), refused=[Refusal(0, "on purpose")])

    async def perform(self, work: Any) -> Any:
        """Without a store."""
        return work(Transaction(datetime.now(UTC)))


@pytest.mark.usefixtures("runner")
async def test_a_file(tmp_path: Path) -> None:
    """What has changed is handed over, and nothing else; a file that is not there yet is waited for."""
    file, taking = tmp_path / "quotes.csv", Taking()
    source = polling.source({"file": str(file)})
    with pytest.raises(OSError, match="No such file"):
        await source.look(taking)
    file.write_text("SAP,120.5,1777888800.5,EUR\n\n500000,12.48\n")
    await source.look(taking)
    await source.look(taking)
    file.write_text("SAP,120.5,1777888800.5,EUR\n500000,12.47\n")
    await source.look(taking)
    assert taking.batches == [
        [QuoteGiven("SAP", "120.5", 1777888800.5, "EUR"), QuoteGiven("500000", "12.48")],
        [QuoteGiven("500000", "12.47")],
    ]


@pytest.mark.parametrize(
    ("content", "quotes"),
    [
        (b"\xef\xbb\xbfSymbol, price\nSAP, 1\n", [QuoteGiven("SAP", "1")]),
        (b"symbol,currency,price\nSAP,EUR,1", [QuoteGiven("SAP", "1", None, "EUR")]),
        (
            b"SAP,1,2026-05-04T12:00:00Z",
            [QuoteGiven("SAP", "1", datetime(2026, 5, 4, 12, tzinfo=UTC))],
        ),
        (b' [{"symbol": "SAP", "price": 1.5}]', [QuoteGiven("SAP", 1.5)]),
        (b'{"quotes": [{"symbol": "SAP", "price": "1.5"}]}', [QuoteGiven("SAP", "1.5")]),
        (b"", []),
    ],
)
def test_formats(content: bytes, quotes: list[QuoteGiven]) -> None:
    """JSON, CSV with names of columns, CSV without."""
    assert polling.quotes_in(content) == quotes


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]", b'{"quotes": 5}'])
def test_bad_content(content: bytes) -> None:
    """Nothing of it is taken."""
    with pytest.raises(StanzaError):
        polling.quotes_in(content)


class Page(BaseHTTPRequestHandler):
    """Answers with a quote to who sends the right header."""

    def do_GET(self) -> None:
        known = self.headers["X-Key"] == "k"
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(b'[{"symbol": "SAP", "price": 99}]')

    def log_message(self, *arguments: object) -> None:
        """Not into the output of the tests."""


@pytest.fixture
def page() -> Iterator[str]:
    """Its URL."""
    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/quotes"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("runner")
async def test_a_url(page: str) -> None:
    """Run by the entrance, which the configuration tells what to run."""
    taking = Taking()
    settings = SourceSettings(options={"url": page, "headers": {"X-Key": "k"}})
    entrance = Sources({"page": settings}, taking.take, taking.perform)
    await entrance.open()
    await asyncio.wait_for(taking.came.wait(), 30)
    await entrance.close()
    assert taking.batches == [[QuoteGiven("SAP", 99.0)]]


@pytest.mark.usefixtures("runner")
async def test_a_url_that_refuses(page: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and asked again later."""
    source = polling.source({"url": page, "every": 0.01})
    task = asyncio.create_task(source.run(Taking()))
    await asyncio.to_thread(until, lambda: caplog.text.count("403") > 1)
    task.cancel()
    assert f"no quotes from {page}" in caplog.text


class Own:
    """A source of somebody's own, which fails first."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._symbol, self._runs = options["symbol"], 0

    async def run(self, take: Take) -> None:
        self._runs += 1
        if self._runs == 1:
            raise RuntimeError("the exchange is closed")
        await take([QuoteGiven(self._symbol, 1.0)])


@pytest.mark.usefixtures("runner")
async def test_a_source_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By its dotted name; what it raises is logged, and it is run again."""
    monkeypatch.setattr("components.notifier.watch.sources.AGAIN", 0.01)
    taking = Taking()
    settings = SourceSettings(source=f"{__name__}:Own", options={"symbol": "SAP"})
    entrance = Sources({"own": settings}, taking.take, taking.perform)
    await entrance.open()
    await asyncio.wait_for(taking.came.wait(), 30)
    await entrance.close()
    assert "the exchange is closed" in caplog.text
    assert taking.batches[0] == [QuoteGiven("SAP", 1.0)]


@pytest.mark.parametrize(
    ("source", "options", "why"),
    [
        ("components.notifier.watch.nothing:source", {}, "there is no quote source"),
        ("components.notifier.watch.polling:nothing", {}, "there is no quote source"),
        ("nobody-has-registered-this", {}, "there is no quote source"),
        ("components.notifier.watch.polling:source", {}, "either file or url"),
        ("components.notifier.watch.polling:source", {"file": "x", "url": "y"}, "either file or url"),
        ("components.notifier.watch.polling:source", {"file": "x", "evry": 1}, "evry"),
        ("components.notifier.watch.polling:source", {"file": "x", "every": 0}, "more than 0 seconds"),
    ],
)
def test_what_cannot_be_made(source: str, options: dict[str, Any], why: str) -> None:
    """The process says so when it starts."""
    with pytest.raises(ValueError, match=why):
        made(SourceSettings(source=source, options=options))
