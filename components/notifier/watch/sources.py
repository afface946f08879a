"""Pluggable sources: quotes the notifier fetches by itself, in a task of each source's own.

A source is made by a factory, `def source(options: Mapping[str, Any]) -> Source`, which the configuration
names as MODULE:FACTORY or by an entry point of the group `stellwerk.quote_sources`; see `polling` for one.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol

from components.common.entrance import NotCommitted, Perform
from components.common.transaction import Transaction
from components.notifier.watch.config import SourceSettings
from components.notifier.watch.intake import QuoteGiven, Taken

log = logging.getLogger(__name__)

GROUP = "stellwerk.quote_sources"
AGAIN = 10.0  # seconds after a source has failed


class Take(Protocol):
    """What a source does with quotes."""

    async def __call__(self, quotes: Sequence[QuoteGiven]) -> Taken:
        """What became of them, once it is committed."""


class Source(Protocol):
    """Quotes from somewhere."""

    async def run(self, take: Take) -> None:
        """Hand quotes over as they come, until cancelled. If it raises or returns, it is run again after a
        while.
        """


Factory = Callable[[Mapping[str, Any]], Source]


def made(settings: SourceSettings) -> Source:
    """The source the configuration names. Raises `ValueError` with what is wrong."""
    module, colon, name = settings.source.partition(":")
    try:
        if colon:
            factory: Factory = getattr(import_module(module), name)
        else:
            [found] = entry_points(group=GROUP, name=settings.source)
            factory = found.load()
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"there is no quote source {settings.source!r}: {error}") from None
    return factory(settings.options)


class Sources:
    """Runs all sources; an entrance."""

    def __init__(
        self,
        settings: Mapping[str, SourceSettings],
        take: Callable[[Sequence[QuoteGiven], Transaction], Taken],
        perform: Perform,
    ) -> None:
        self._settings, self._take_in, self._perform = settings, take, perform
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Make and begin all. Raises `OSError` for one that cannot be made."""
        for name, settings in self._settings.items():
            try:
                source = made(settings)
            except ValueError as error:
                raise OSError(f"[notifier.watch.sources.{name}]: {error}") from None
            self._tasks.append(asyncio.get_running_loop().create_task(self._run(name, source)))

    async def close(self) -> None:
        """End all; what was handed over is committed by those who stop the process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, name: str, source: Source) -> None:
        while True:
            try:
                await source.run(self._take)
                log.warning("the quote source %s has ended, and is begun again in %.0f s", name, AGAIN)
            except NotCommitted:
                return
            except Exception:
                log.exception("the quote source %s has failed, and is begun again in %.0f s", name, AGAIN)
            await asyncio.sleep(AGAIN)

    async def _take(self, quotes: Sequence[QuoteGiven]) -> Taken:
        return await self._perform(lambda transaction: self._take_in(quotes, transaction))
