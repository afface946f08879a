"""Telling people of an alert: those of the step that is due, by chat, in rooms and by e-mail."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from components.common.transaction import Transaction
from components.notifier import chat
from components.notifier.alerts import wording
from components.notifier.alerts.alert import Alert
from components.notifier.alerts.book import Book
from components.notifier.alerts.floods import Floods
from components.notifier.alerts.rules import Rule
from components.notifier.chat import Note
from components.notifier.prompt import Post, Prompt
from components.notifier.prompts import Prompts
from components.notifier.recipients import People, Person, Recipient
from components.notifier.work import Job, Work

log = logging.getLogger(__name__)

OWNER = "alerts"  # of e-mails


class Telling:
    """Chooses recipients and sends to them."""

    def __init__(
        self,
        domain: str,
        administrators: Sequence[str],
        people: People,
        prompts: Prompts,
        work: Work,
        floods: Floods,
        book: Book,
    ) -> None:
        self._domain, self._administrators = domain, tuple(administrators)
        self._people, self._prompts, self._work, self._floods = people, prompts, work, floods
        self._book = book
        floods.summarise = self._summarise

    def tell(self, alert: Alert, rule: Rule, transaction: Transaction) -> timedelta | None:
        """Tell those of the alert's step; how long to wait for an answer before the next, if there is one."""
        urgent = alert.severity in rule.urgent
        told = self._told(alert.number)
        choice = self._people.choose(alert.targets, alert.step, urgent, transaction.now, told)
        if alert.step == 0 and not choice.recipients and not choice.rooms and choice.wait is None:
            log.warning("alert %d: nobody is to be told (%s)", alert.number, ", ".join(alert.targets) or "-")
            choice = self._people.choose(self._administrators, 0, urgent, transaction.now)
        for recipient in choice.recipients:
            self._one(alert, recipient, transaction)
        for room in choice.rooms:
            if self._floods.allow(f"room:{room}", alert.number, transaction):
                self._prompts.tell(alert.number, room, transaction, in_room=True)
        return choice.wait

    def _told(self, number: int) -> set[str]:
        """Bare JIDs of those who have it, by whatever way."""
        posts = self._prompts.get(number).posts.values()
        people = (self._people.find(post.recipient) for post in posts if post.channel != "room")
        return {person.jid for person in people if person is not None}

    def news(self, alert: Alert, transaction: Transaction) -> None:
        """Tell all who were told once more: others have joined."""
        posts = self._prompts.get(alert.number).posts.values()
        for channel, recipient in dict.fromkeys((post.channel, post.recipient) for post in posts):
            if channel != "mail" and self._floods.allow(f"{channel}:{recipient}", alert.number, transaction):
                self._prompts.tell(alert.number, recipient, transaction, in_room=channel == "room")

    def ended(self, alert: Alert, by: str, transaction: Transaction) -> None:
        """Tell persons who were told that it is over, but who has said so; rooms see the correction."""
        prompt = self._prompts.get(alert.number)
        posts = [post for post in prompt.posts.values() if post.channel == "chat" and post.state != "failed"]
        for jid in dict.fromkeys(post.recipient for post in posts):
            if jid != by and self._floods.allow(f"chat:{jid}", alert.number, transaction):
                body = f"{wording.headline(alert, transaction.now)}\n{alert.number}"
                chat.send(self._domain, Note(jid, body), transaction)

    def undelivered(self, alert: Alert, post: Post, transaction: Transaction) -> bool:
        """Somebody could not be told; whether they have an e-mail instead."""
        log.warning("alert %d: %s could not be told by %s", alert.number, post.recipient, post.channel)
        person = self._people.find(post.recipient) if post.channel == "chat" else None
        if person is None or not person.mail:
            return False
        posts = self._prompts.get(alert.number).posts.values()
        if not any(other.channel == "mail" and other.recipient == person.mail for other in posts):
            self._mail(alert, person, "instead", transaction)
        return True

    def mail_ended(self, job: Job, transaction: Transaction) -> None:
        """What became of an e-mail."""
        number = job.key.split("-")[1]
        if job.error and number.isdecimal():
            self._prompts.mail_failed(int(number), job.target, transaction)

    def may_answer(self, prompt: Prompt, address: str) -> bool:
        """Whoever could have been told may answer, too."""
        alert = self._book.find(prompt.number)
        return alert is not None and self._people.belongs(address, alert.targets)

    def _one(self, alert: Alert, recipient: Recipient, transaction: Transaction) -> None:
        person = recipient.person
        if recipient.channel == "mail" and person.mail:
            if self._floods.allow(f"mail:{person.mail}", alert.number, transaction):
                self._mail(alert, person, f"{alert.rounds}-{alert.step}", transaction)
        elif self._floods.allow(f"chat:{person.jid}", alert.number, transaction):
            self._prompts.tell(alert.number, person.jid, transaction)

    def _mail(self, alert: Alert, person: Person, which: str, transaction: Transaction) -> None:
        prompt = self._prompts.get(alert.number)
        offered = ", ".join(f"{action.verb} {alert.number}" for action in self._prompts.actions(prompt))
        text = f"{prompt.text}\n\nAnswer by chat, to {self._domain}: {offered}\n"
        subject = f"[{alert.number}] {alert.severity.upper()}: {alert.title}"
        key = f"alert-{alert.number}-{which}-{person.name}"
        self._work.mail(person.mail, subject, text, key, transaction, OWNER)
        self._prompts.note_mail(alert.number, person.mail, transaction)

    def _summarise(self, recipient: str, numbers: Sequence[int], transaction: Transaction) -> None:
        alerts = [alert for number in numbers if (alert := self._book.find(number)) is not None]
        if not alerts:
            return
        text = wording.summary(alerts, transaction.now)
        channel, _, address = recipient.partition(":")
        if channel == "mail":
            key = f"alerts-summary-{address}-{transaction.now.isoformat()}"
            self._work.mail(address, f"{len(alerts)} more alerts", text, key, transaction, OWNER)
        else:
            chat.send(self._domain, Note(address, text, in_room=channel == "room"), transaction)
