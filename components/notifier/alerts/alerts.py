"""Alerts: events come in, people are told until one of them answers, or until it is over.

One alert's life is in `_review` (may people be told?), `_step` (who is told now, and what is due next) and
`end`. All else calls these. What is due by the clock is one entry of the agenda for each alert (`due`), and
a second one for news of what has joined it.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts import wording
from components.notifier.alerts.alert import Alert, Instance, State
from components.notifier.alerts.book import Book
from components.notifier.alerts.config import AlertsSettings
from components.notifier.alerts.event import Event, Taken
from components.notifier.alerts.quiet import Quiet
from components.notifier.alerts.rules import Rule, Rules
from components.notifier.alerts.telling import Telling
from components.notifier.clock import Agenda
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.text import Speaker

log = logging.getLogger(__name__)

KIND = "alert"  # of prompts
CORRECTIONS = timedelta(seconds=5)  # between two of the same alert, when its state is what it was
# The verbs a person can answer with, by the state of the alert.
OFFERED: dict[State, Sequence[str]] = {
    "waiting": ("ack", "snooze", "resolve"),
    "open": ("ack", "snooze", "resolve"),
    "suppressed": ("ack", "resolve"),
    "acknowledged": ("unack", "resolve"),
    "snoozed": ("ack", "resolve"),
    "resolved": (),
}


class Alerts:
    """The core: what inputs, people and the clock do to alerts."""

    def __init__(
        self,
        settings: AlertsSettings,
        administrators: Sequence[str],
        people: People,
        prompts: Prompts,
        agenda: Agenda,
        book: Book,
        quiet: Quiet,
        telling: Telling,
    ) -> None:
        self._administrators, self._people, self._prompts = administrators, people, prompts
        self._agenda, self._telling = agenda, telling
        self.book, self.quiet = book, quiet
        quiet.changed = self._review_all
        self.taken = 0  # events, since the start
        self._corrected: dict[int, datetime] = {}  # when what may come by the hundred was last shown
        self._history = settings.history
        self._rules = Rules(settings, administrators)

    # -- settings -----------------------------------------------------------------------------------

    def begin(self, transaction: Transaction) -> None:
        """At the start: what is due later is put on the agenda."""
        for alert in self.book.open():
            self._schedule(alert, transaction)
        self.quiet.begin(transaction)
        self._warn_of_targets()

    def configure(self, settings: AlertsSettings, transaction: Transaction) -> None:
        """Other rules: what is open goes on by them."""
        transaction.assign(self, "_rules", Rules(settings, self._administrators))
        transaction.assign(self, "_history", settings.history)
        self.quiet.configure(settings, transaction)
        self._review_all(transaction)
        self._warn_of_targets()

    def rooms(self, now: datetime) -> Iterable[str]:
        """The rooms in which alerts are shown, as far as the rules name them, and where they are open."""
        yield from self._people.choose(sorted(self._rules.targets()), 0, True, now).rooms
        for alert in self.book.open():
            for post in self._prompts.get(alert.number).posts.values():
                if post.in_room:
                    yield post.recipient

    def concern(self, by: Speaker) -> bool:
        """Whether alerts in general are somebody's business: those whom a rule may tell, those in a room
        where alerts are shown, administrators.
        """
        if by.via == "operator" or by.room or by.address in self._administrators:
            return True
        return self._people.belongs(by.address, sorted(self._rules.targets()))

    def rule(self, alert: Alert) -> Rule:
        """The rule it follows."""
        return self._rules.named(alert.rule)

    def _warn_of_targets(self) -> None:
        for target in sorted(self._rules.targets()):
            if objection := self._people.objection(target):
                log.warning("notifier.alerts: %s", objection)

    # -- events -------------------------------------------------------------------------------------

    def take(self, event: Event, transaction: Transaction) -> Taken:
        """See `event.Take`."""
        for target in event.to:
            if objection := self._people.objection(target):
                raise StanzaError("item-not-found", objection)
        self.taken += 1
        known = self.book.about((event.source, event.key))
        if event.status == "resolved":
            if known is None:
                return Taken("nothing")
            self._resolve_instance(known, event, transaction)
            return Taken("resolved", known.number)
        instance = Instance.of(event, transaction.now)
        if known is not None:
            self._update(known, instance, transaction)
            return Taken("known", known.number)
        return Taken("new", self._add(event, instance, transaction))

    def _add(self, event: Event, instance: Instance, transaction: Transaction) -> int:
        rule = self._rules.of(instance)
        labels, targets = rule.group(instance), event.to or rule.targets
        group = (rule.name, tuple(sorted(labels.items())), targets)
        joined = self.book.of_group(group) if labels else None
        if joined is not None:
            sequence = max(joined.instances) + 1
            alert = self.book.put(joined, transaction, {sequence: instance})
            self._joined(alert, rule, transaction)
        else:
            number = self._prompts.number(transaction)
            wait = rule.group_wait if labels else timedelta(0)
            now = transaction.now
            alert = Alert(number, rule.name, labels, targets, now, "waiting", now, due=now + wait)
            alert = self.book.put(alert, transaction, {1: instance})
            self._prompts.ask(
                KIND,
                str(number),
                wording.text(alert, rule, now),
                transaction,
                actions=OFFERED["waiting"],
                urgent=alert.severity in rule.urgent,
                number=number,
            )
            if wait:
                self._schedule(alert, transaction)
            else:
                self._review(alert, transaction)
        if self.quiet.note(None, instance, transaction):
            self._review_all(transaction)
        return alert.number

    def _joined(self, alert: Alert, rule: Rule, transaction: Transaction) -> None:
        if alert.state == "open" and alert.news_due is None:
            alert = self.book.put(replace(alert, news_due=transaction.now + rule.group_interval), transaction)
            self._schedule(alert, transaction)
        self._correct_soon(alert, transaction)
        if alert.state == "suppressed":
            self._review(alert, transaction)

    def _update(self, alert: Alert, instance: Instance, transaction: Transaction) -> None:
        """The same event again, perhaps with other words."""
        sequence, before = self._instance(alert, (instance.source, instance.key))
        after = replace(instance, started_at=before.started_at, events=before.events + 1)
        changed = self.book.put(alert, transaction, {sequence: after})
        if after.matched == before.matched:
            return  # other annotations, such as a figure that moves, are shown with the next message
        self._correct_soon(changed, transaction)
        rule = self.rule(alert)
        if changed.state == "open" and changed.severity in rule.urgent and alert.severity not in rule.urgent:
            self._step(replace(changed, step=0), transaction)  # it is worse now: tell it anew
        if self.quiet.note(before, after, transaction):
            self._review_all(transaction)

    def _resolve_instance(self, alert: Alert, event: Event, transaction: Transaction) -> None:
        sequence, before = self._instance(alert, (event.source, event.key))
        after = replace(before, resolved_at=transaction.now)
        alert = self.book.put(alert, transaction, {sequence: after})
        if alert.firing:
            self._correct_soon(alert, transaction)
            self._review(alert, transaction)
        else:
            self.end(alert, "", "", transaction)
        if self.quiet.note(before, after, transaction):
            self._review_all(transaction)

    @staticmethod
    def _instance(alert: Alert, source: tuple[str, str]) -> tuple[int, Instance]:
        return next(
            (sequence, instance)
            for sequence, instance in alert.instances.items()
            if instance.is_firing and (instance.source, instance.key) == source
        )

    # -- the life of one alert ----------------------------------------------------------------------

    def enter(
        self, alert: Alert, state: State, why: str, transaction: Transaction, due: datetime | None = None
    ) -> Alert:
        """Another state; whoever has its message sees it there. `due`: when it goes on by itself."""
        alert = replace(alert, state=state, why=why, since=transaction.now, due=due, step=0)
        if state != "open":
            alert = replace(alert, news_due=None)
        alert = self.book.put(alert, transaction)
        self._schedule(alert, transaction)
        self._correct(alert, transaction)
        return alert

    def tell_again(self, alert: Alert, transaction: Transaction) -> None:
        """Nobody cares for it any more: begin with the first step, unless it is to be quiet."""
        self._review(replace(alert, state="waiting", due=None), transaction)

    def end(self, alert: Alert, by: str, name: str, transaction: Transaction) -> None:
        """It is over: everything has resolved, or somebody (bare JID, shown name) says so."""
        resolved = {
            sequence: replace(instance, resolved_at=transaction.now)
            for sequence, instance in alert.instances.items()
            if instance.is_firing
        }
        changes = [(alert.instances[sequence], instance) for sequence, instance in resolved.items()]
        was_quiet = alert.state == "suppressed"
        alert = self.book.put(alert, transaction, resolved)
        alert = self.enter(alert, "resolved", name, transaction)
        if alert.number in self._corrected:
            transaction.remove(self._corrected, alert.number)
        if self.rule(alert).tell_resolved and not was_quiet:
            self._telling.ended(alert, by, transaction)
        self._trim(transaction)
        lifted = [self.quiet.note(*change, transaction) for change in changes]
        if any(lifted):
            self._review_all(transaction)

    def _review(self, alert: Alert, transaction: Transaction) -> None:
        """Whether people may be told; begins to, or stops."""
        if alert.state in ("acknowledged", "snoozed", "resolved") or not alert.firing:
            return
        if alert.state == "waiting" and alert.due is not None and alert.due > transaction.now:
            return
        reason = self.quiet.reason(alert, transaction.now)
        if reason:
            if (alert.state, alert.why) != ("suppressed", reason):
                self.enter(alert, "suppressed", reason, transaction)
        elif alert.state != "open":
            self._step(self.enter(alert, "open", "", transaction), transaction)

    def _review_all(self, transaction: Transaction) -> None:
        for alert in self.book.open():
            self._review(alert, transaction)

    def _step(self, alert: Alert, transaction: Transaction) -> None:
        """Tell those whose turn it is, and note who comes next, and when."""
        rule, now = self.rule(alert), transaction.now
        wait = self._telling.tell(alert, rule, transaction)
        if wait is not None:
            alert = replace(alert, step=alert.step + 1, due=now + wait)
        elif rule.repeat_interval:
            alert = replace(alert, step=0, rounds=alert.rounds + 1, due=now + rule.repeat_interval)
        else:
            alert = replace(alert, due=None)
        self._schedule(self.book.put(alert, transaction), transaction)

    def hasten(self, number: int, transaction: Transaction) -> None:
        """Somebody could not be told: the next step is due now, if there is one."""
        alert = self.book.find(number)
        if alert is not None and alert.state == "open" and alert.step > 0:
            self._schedule(self.book.put(replace(alert, due=transaction.now), transaction), transaction)

    def _correct(self, alert: Alert, transaction: Transaction) -> None:
        """Whoever has the message sees it as it is now."""
        rule = self.rule(alert)
        self._prompts.correct(
            alert.number,
            wording.text(alert, rule, transaction.now),
            transaction,
            actions=OFFERED[alert.state],
            is_open=not alert.is_over,
            urgent=alert.severity in rule.urgent,
        )

    def _correct_soon(self, alert: Alert, transaction: Transaction) -> None:
        """The same for what may come by the hundred, such as the events of a group: once in a while."""

        def correct(later: Transaction) -> None:
            self._corrected.pop(alert.number, None)
            now = self.book.find(alert.number)
            if now is not None and not now.is_over:
                self._correct(now, later)

        last = self._corrected.get(alert.number)
        if last is not None and transaction.now - last < CORRECTIONS:
            key = ("alerts", alert.number, "correction")
            self._agenda.put(transaction, key, last + CORRECTIONS, correct)
        else:
            self._correct(alert, transaction)
            transaction.put(self._corrected, alert.number, transaction.now)

    def _trim(self, transaction: Transaction) -> None:
        """History is bounded."""
        number_open, every = self.book.count()
        for _ in range(every - number_open - self._history):
            oldest = self.book.oldest_over()
            self.book.forget(oldest.number, transaction)
            self._prompts.forget(oldest.number, transaction)

    # -- the clock ----------------------------------------------------------------------------------

    def _schedule(self, alert: Alert, transaction: Transaction) -> None:
        for key, due, act in (
            (("alerts", alert.number), alert.due, self._due),
            (("alerts", alert.number, "news"), alert.news_due, self._news),
        ):
            if due is None:
                self._agenda.remove(transaction, key)
            else:
                self._agenda.put(transaction, key, due, partial(act, alert.number))

    def _due(self, number: int, transaction: Transaction) -> None:
        alert = self.book.find(number)
        if alert is None:
            return
        if alert.state == "open":
            self._step(alert, transaction)
        elif alert.state in ("waiting", "snoozed"):
            self.tell_again(alert, transaction)

    def _news(self, number: int, transaction: Transaction) -> None:
        alert = self.book.find(number)
        if alert is not None and alert.state == "open":
            alert = self.book.put(replace(alert, news_due=None), transaction)
            self._telling.news(alert, transaction)
