"""The stock watch as a part of the notifier: everything by which it is reached."""

import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from components.common.entrance import Entrance, Perform
from components.common.figures import Figure
from components.common.transaction import Transaction
from components.notifier.clock import Agenda
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.http import Call, Reply, Route, Tokens
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.watch import pubsub
from components.notifier.watch.answering import Answering
from components.notifier.watch.commands import WatchCommands
from components.notifier.watch.desk import Desk
from components.notifier.watch.intake import Intake, QuoteGiven, Taken, batch
from components.notifier.watch.lines import LinesServer
from components.notifier.watch.matching import MOST_INSTRUMENTS
from components.notifier.watch.pubsub import PubsubQuotes
from components.notifier.watch.saving import Saving
from components.notifier.watch.sources import Sources
from components.notifier.watch.speaking import Speaking
from components.notifier.watch.storage import WatchStored
from components.notifier.watch.telling import KIND, Telling, Told
from components.notifier.watch.watchlist import WatchList
from components.notifier.work import Work

SCOPE = "quotes"
BATCH_BYTES = 4 * 1024 * 1024
SAVE_EVERY = timedelta(seconds=1)


@dataclass(slots=True)
class Counts:
    """Since the start."""

    quotes: int = 0
    late: int = 0
    refused: int = 0
    ignored: int = 0
    matches: int = 0


class StockWatch:
    """Its declaration, and what joins its pieces."""

    def __init__(
        self,
        domain: str,
        address: str,
        administrators: Sequence[str],
        home: Path,
        people: People,
        prompts: Prompts,
        work: Work,
        agenda: Agenda,
        stored: WatchStored,
    ) -> None:
        self._home, self._agenda = home, agenda
        self._watches = WatchList(stored)
        self._saving = Saving(self._watches)
        self._saving.restore(stored)
        self._telling = Telling(address, prompts, agenda, self._watches, map(Told.restored, stored.matches))
        self._desk = Desk(self._watches, Intake(stored), self._telling, prompts, agenda)
        self._answering = Answering(prompts, work, self._watches, self._telling, people, self._desk.adjusted)
        prompts.register(self._answering.kind())
        self._pubsub = PubsubQuotes(domain, self.take)
        self._commands = WatchCommands(self._desk, people.may_use, frozenset(administrators))
        self._counts = Counts()
        self._settings: NotifierSettings | None = None
        self._save_is_due = False

    def part(self) -> Part:
        """See `feature.Part`."""
        return Part(
            "watch",
            xeps=("XEP-0050", "XEP-0060"),
            verbs=Speaking(self._desk).verbs(),
            commands=self._commands.commands(),
            routes=(Route("POST", "/v1/quotes", self._post, SCOPE, body_bytes=BATCH_BYTES),),
            events={pubsub.EVENT: self._pubsub.take},
            figures=tuple(self._figures()),
            configure=self._configure,
            restart_needed=self._restart_needed,
            renewed=self._pubsub.subscribe,
            entrances=self._entrances,
        )

    def take(
        self,
        given: Sequence[QuoteGiven],
        transaction: Transaction,
        source: str = "",
        sequence: int | None = None,
    ) -> Taken:
        """Quotes from anywhere."""
        taken = self._desk.quote(given, transaction, source, sequence)
        counts = self._counts
        counts.quotes += taken.count
        counts.late += taken.outcome.late
        counts.refused += len(taken.refused)
        counts.ignored += taken.outcome.unknown
        counts.matches += len(taken.outcome.matches)
        if self._watches.unsaved and not self._save_is_due:
            self._expect_save(transaction)
        return taken

    def _post(self, call: Call, transaction: Transaction) -> Reply:
        given = batch(call.body)
        return Reply(self.take(given.quotes, transaction, given.source, given.sequence).for_json())

    # -- the process --------------------------------------------------------------------------------

    def _configure(self, settings: NotifierSettings, transaction: Transaction) -> Iterable[str]:
        watch, before = settings.watch, self._settings
        transaction.assign(self._desk, "settings", watch)
        transaction.assign(self._telling, "per_minute", watch.matches_per_minute)
        transaction.assign(self._telling, "most", watch.matches)
        transaction.assign(self._answering, "url", watch.answers_url)
        transaction.assign(self._pubsub, "nodes", watch.nodes)
        transaction.assign(self, "_settings", settings)
        if before is None:
            self._begin(transaction)
        elif before.watch.nodes != watch.nodes:
            self._pubsub.subscribe(transaction)
        if before is None or replace(before.watch, lines=watch.lines, sources=watch.sources) == watch:
            return []
        return ["watch"]

    def _restart_needed(self, settings: NotifierSettings) -> Iterable[str]:
        if self._settings is None:
            return []
        before, after = self._settings.watch, settings.watch
        return [f"watch.{key}" for key in ("lines", "sources") if getattr(before, key) != getattr(after, key)]

    def _begin(self, transaction: Transaction) -> None:
        for watch in self._watches.all():
            if watch.condition.until is not None:
                self._desk.expect_end(watch, transaction)
        self._telling.begin(transaction)
        self._agenda.put(transaction, (KIND, "tidy"), transaction.now, self._tidy)

    def _expect_save(self, transaction: Transaction) -> None:
        transaction.assign(self, "_save_is_due", True)
        self._agenda.put(transaction, (KIND, "save"), transaction.now + SAVE_EVERY, self._save)

    def _save(self, transaction: Transaction) -> None:
        transaction.assign(self, "_save_is_due", False)
        self._saving.save(transaction)
        if self._saving.is_behind:
            self._expect_save(transaction)

    def _tidy(self, transaction: Transaction) -> None:
        self._desk.tidy(transaction)
        self._saving.tidy(transaction)
        self._agenda.put(transaction, (KIND, "tidy"), transaction.now + timedelta(days=1), self._tidy)

    def _entrances(self, perform: Perform) -> Sequence[Entrance]:
        assert self._settings is not None  # configured before anything is opened
        settings = self._settings
        tokens = Tokens(settings.http, self._home)
        return [
            _Lifetime(self._saving, perform),
            LinesServer(
                settings.watch.lines,
                lambda token: tokens.name(f"Bearer {token}", SCOPE),
                self.take,
                self._desk.intake.sequence,
                perform,
            ),
            Sources(settings.watch.sources, self.take, perform),
        ]

    def _figures(self) -> Iterable[Figure]:
        counts = self._counts
        yield Figure("watches", "watches, those that are off or over included", lambda: len(self._watches))
        yield Figure("quotes", "quotes that came in", lambda: counts.quotes, counter=True)
        yield Figure("quotes_late", "older than one of the same symbol", lambda: counts.late, counter=True)
        yield Figure("quotes_refused", "that were none", lambda: counts.refused, counter=True)
        yield Figure(
            "quotes_ignored",
            f"of symbols nobody watches, beyond {MOST_INSTRUMENTS:,} symbols",
            lambda: counts.ignored,
            counter=True,
        )
        yield Figure("watch_matches", "matches of watches", lambda: counts.matches, counter=True)


class _Lifetime:
    """An entrance that lets nobody in: it is opened first and closed last."""

    def __init__(self, saving: Saving, perform: Perform) -> None:
        self._saving, self._perform = saving, perform

    async def open(self) -> None:
        """Spare the collector of garbage what was loaded and stays: with 100,000 watches, a full collection
        would hold everything up for 0.1 s again and again.
        """
        gc.collect()
        gc.freeze()

    async def close(self) -> None:
        """Save what memory alone holds."""
        await self._perform(lambda transaction: self._saving.save(transaction, everything=True))
