"""The part of the notifier that alerts are."""

from collections.abc import Iterable, Sequence

from components.common.figures import Figure
from components.common.transaction import Transaction
from components.notifier.alerts.alerts import Alerts
from components.notifier.alerts.answers import Answers
from components.notifier.alerts.book import Book
from components.notifier.alerts.commands import AlertCommands, speaker
from components.notifier.alerts.config import AlertsSettings
from components.notifier.alerts.floods import Floods
from components.notifier.alerts.quiet import Quiet
from components.notifier.alerts.routes import routes
from components.notifier.alerts.silences import Silences
from components.notifier.alerts.storage import AlertsStored
from components.notifier.alerts.telling import OWNER, Telling
from components.notifier.alerts.verbs import AlertVerbs
from components.notifier.clock import Agenda
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.rooms import Rooms
from components.notifier.work import Work


class AlertsPart:
    """Builds the alerts out of what was committed; `alerts.take` is what inputs are given."""

    def __init__(
        self,
        domain: str,
        administrators: Sequence[str],
        settings: AlertsSettings,
        people: People,
        prompts: Prompts,
        agenda: Agenda,
        work: Work,
        rooms: Rooms,
        stored: AlertsStored,
    ) -> None:
        self._settings, self._rooms = settings, rooms
        self._is_begun = False
        book, self._floods = Book(stored), Floods(agenda, stored)
        telling = Telling(domain, administrators, people, prompts, work, self._floods, book)
        quiet = Quiet(settings, book, Silences(stored), agenda)
        self.alerts = Alerts(settings, administrators, people, prompts, agenda, book, quiet, telling)
        self._answers = Answers(self.alerts, prompts, telling)
        self._commands = AlertCommands(
            self.alerts,
            self._answers,
            prompts,
            lambda requester, to: people.may_use(requester.bare),
            lambda requester, to: self.alerts.concern(speaker(requester)),
        )
        prompts.register(self._answers.kind())
        work.on_end(OWNER, telling.mail_ended)

    def part(self) -> Part:
        """The declaration."""
        book = self.alerts.book
        return Part(
            name="alerts",
            xeps=("XEP-0184", "XEP-0224", "XEP-0308", "XEP-0333", "XEP-0439"),
            verbs=AlertVerbs(self.alerts, self._answers).verbs(),
            routes=routes(self.alerts),
            commands=self._commands.commands(),
            figures=(
                Figure("alerts_open", "alerts that are not over", lambda: book.count()[0]),
                Figure("alerts_remembered", "alerts, with history", lambda: book.count()[1]),
                Figure("events", "events taken", lambda: self.alerts.taken, counter=True),
            ),
            configure=self._configure,
        )

    def _configure(self, settings: NotifierSettings, transaction: Transaction) -> Iterable[str]:
        window, most = settings.alerts.flood_window, settings.alerts.messages
        self._floods.configure(most, window, transaction)
        changed = settings.alerts != self._settings
        if not self._is_begun:
            transaction.assign(self, "_is_begun", True)
            self.alerts.begin(transaction)
        elif changed:
            transaction.assign(self, "_settings", settings.alerts)
            self.alerts.configure(settings.alerts, transaction)
        for room in self.alerts.rooms(transaction.now):
            self._rooms.enter(room, transaction)
        return ("alerts",) if changed else ()
