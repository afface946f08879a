"""A quote source that reads a file, or asks a URL, again and again.

    [notifier.watch.sources.closing-prices]
    options = { file = "/srv/feed/quotes.csv", every = 5.0 }

The content is JSON as for `POST /v1/quotes`, or lines `SYMBOL,PRICE[,TIME[,CURRENCY]]`; a first line that
begins with `symbol` names the columns. Only what has changed since the last time is handed over.
"""

import asyncio
import csv
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from components.common.errors import StanzaError
from components.notifier.watch.intake import QuoteGiven, batch
from components.notifier.watch.sources import Take

log = logging.getLogger(__name__)

LARGEST = 32 * 1024 * 1024  # bytes of one answer


class Options(msgspec.Struct, forbid_unknown_fields=True):
    """What the configuration says."""

    file: str = ""
    url: str = ""
    every: float = 10.0  # seconds
    timeout: float = 20.0  # for an answer
    headers: dict[str, str] = {}

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.url):
            raise ValueError("options: expected either file or url")
        if not (self.every > 0 and self.timeout > 0):
            raise ValueError("options: every and timeout are more than 0 seconds")


def source(options: Mapping[str, Any]) -> "Polling":
    """See `sources.Factory`. Raises `ValueError`."""
    try:
        return Polling(msgspec.convert(dict(options), Options))
    except msgspec.ValidationError as error:
        raise ValueError(f"options: {error}") from None


class Polling:
    """One file or URL. What cannot be read now is tried again at the next time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._seen: dict[tuple[str, str], QuoteGiven] = {}
        self._content = b""

    async def run(self, take: Take) -> None:
        """See `sources.Source`."""
        while True:
            try:
                await self.look(take)
            except (OSError, aiohttp.ClientError, StanzaError, TimeoutError) as error:
                place = self._options.file or self._options.url
                log.warning("no quotes from %s: %s", place, str(error) or type(error).__name__)
            await asyncio.sleep(self._options.every)

    async def look(self, take: Take) -> None:
        """Read it once, and hand over what is new. Raises what reading raises, and `bad-request`."""
        content = await (self._fetched() if self._options.url else asyncio.to_thread(self._read))
        if content == self._content:
            return
        new = []
        for quote in quotes_in(content):
            key = (quote.symbol, quote.currency)
            if self._seen.get(key) != quote:
                self._seen[key] = quote
                new.append(quote)
        self._content = content
        if new:
            taken = await take(new)
            for refusal in taken.refused[:5]:
                log.warning("a quote of %s is refused: %s", new[refusal.at].symbol, refusal.why)

    def _read(self) -> bytes:
        with Path(self._options.file).open("rb") as file:
            return _bounded(file.read(LARGEST + 1))

    async def _fetched(self) -> bytes:
        timeout = aiohttp.ClientTimeout(total=self._options.timeout)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=self._options.headers) as session,
            session.get(self._options.url) as answer,
        ):
            answer.raise_for_status()
            return _bounded(await answer.content.read(LARGEST + 1))


def _bounded(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise StanzaError("policy-violation", f"there are more than {LARGEST} bytes")
    return content


def quotes_in(content: bytes) -> list[QuoteGiven]:
    """The quotes in a file or an answer. Raises `bad-request`."""
    if content.lstrip()[:1] in (b"[", b"{"):
        return batch(content).quotes
    try:
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise StanzaError("bad-request", f"neither JSON nor CSV: {error}") from None
    columns = ["symbol", "price", "time", "currency"]
    if rows and rows[0] and rows[0][0].strip().lower() == "symbol":
        columns = [name.strip().lower() for name in rows.pop(0)]
    return [_quote(dict(zip(columns, map(str.strip, row), strict=False))) for row in rows if row]


def _quote(row: Mapping[str, str]) -> QuoteGiven:
    """A price that is none is refused by whoever takes the quote."""
    return QuoteGiven(
        row.get("symbol", ""), row.get("price", ""), _time(row.get("time", "")), row.get("currency", "")
    )


def _time(text: str) -> float | datetime | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
