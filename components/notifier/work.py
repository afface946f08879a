"""Outbound work that must not be lost: HTTP callbacks and e-mails.

A part leaves a job in the transaction that causes it; `sending.Sender` does it after the commit, again and
again with growing pauses, and what never succeeds ends on the list of dead letters. A job that was done
but whose end was not committed is done once more with the same idempotency key (`webhook-id`,
`Message-ID`), by which the other side recognises it.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier import storage
from components.notifier.config import WorkSettings
from components.notifier.numbers import Numbers


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work."""

    number: int
    kind: Literal["callback", "mail"]
    owner: str  # part that hears of its end (`Work.on_end`), or empty
    key: str  # idempotency key
    target: str  # URL or e-mail address
    content: Mapping[str, Any]
    created: datetime
    due: datetime | None  # None: it is dead
    attempts: int = 0
    error: str = ""  # of the last attempt


class Work:
    """All jobs that are not done, the dead included. Pure."""

    def __init__(self, settings: WorkSettings, numbers: Numbers, rows: Iterable[Any]) -> None:
        self.settings, self._numbers = settings, numbers
        self._jobs = {row.number: _restored(row) for row in rows}
        self._ends: dict[str, Callable[[Job, Transaction], object]] = {}
        self.more: Callable[[], object] = lambda: None  # there is something to do

    def on_end(self, owner: str, end: Callable[[Job, Transaction], object]) -> None:
        """`end` is called, in the same transaction, when a job of that owner is done (`error` is empty) or
        dead; set once, when the service is built.
        """
        self._ends[owner] = end

    def callback(
        self, url: str, value: Mapping[str, Any], key: str, transaction: Transaction, owner: str = ""
    ) -> Job:
        """POST `value` as JSON, signed; `key` is the same for the same effect."""
        return self._add("callback", url, value, key, owner, transaction)

    def mail(
        self, to: str, subject: str, text: str, key: str, transaction: Transaction, owner: str = ""
    ) -> Job:
        """Send an e-mail; `key` is the same for the same effect."""
        return self._add("mail", to, {"subject": subject, "text": text}, key, owner, transaction)

    def due(self, now: datetime) -> list[Job]:
        """What is to be done now, the oldest first."""
        return [job for job in self._jobs.values() if job.due is not None and job.due <= now]

    def next(self, besides: Container[int] = ()) -> datetime | None:
        """When something is due, besides the jobs of these numbers."""
        others = (job.due for job in self._jobs.values() if job.number not in besides)
        return min((due for due in others if due is not None), default=None)

    def dead(self) -> list[Job]:
        """What was given up."""
        return [job for job in self._jobs.values() if job.due is None]

    def waiting(self) -> int:
        """How many are to be done, now or later."""
        return sum(job.due is not None for job in self._jobs.values())

    def done(self, number: int, transaction: Transaction) -> None:
        """It has succeeded."""
        job = self._jobs.get(number)
        if job is not None:
            transaction.remove(self._jobs, number)
            transaction.delete(storage.work, (number,))
            self._end(replace(job, error=""), transaction)

    def failed(self, number: int, error: str, transaction: Transaction, final: bool = False) -> None:
        """An attempt has failed; `final`: another one is of no use."""
        job = self._jobs.get(number)
        if job is None:
            return
        attempts = job.attempts + 1
        dead = final or attempts >= self.settings.attempts
        pause = min(self.settings.longest_pause, self.settings.first_pause * 2.0 ** min(attempts - 1, 40))
        due = None if dead else transaction.now + timedelta(seconds=pause)
        job = replace(job, attempts=attempts, error=error, due=due)
        self._put(job, transaction)
        if dead:
            self._end(job, transaction)

    def retry(self, number: int, transaction: Transaction) -> None:
        """A dead one is tried again, from the beginning. Raises `item-not-found`."""
        job = self._dead(number)
        self._put(replace(job, attempts=0, due=transaction.now), transaction)
        self.more()

    def drop(self, number: int, transaction: Transaction) -> None:
        """A dead one is forgotten. Raises `item-not-found`."""
        self._dead(number)
        transaction.remove(self._jobs, number)
        transaction.delete(storage.work, (number,))

    def _dead(self, number: int) -> Job:
        job = self._jobs.get(number)
        if job is None or job.due is not None:
            raise StanzaError("item-not-found", f"there is no dead letter with the number {number}")
        return job

    def _add(
        self,
        kind: Literal["callback", "mail"],
        target: str,
        content: Mapping[str, Any],
        key: str,
        owner: str,
        transaction: Transaction,
    ) -> Job:
        number = self._numbers.next("work", transaction)
        job = Job(number, kind, owner, key, target, content, transaction.now, transaction.now)
        self._put(job, transaction)
        self.more()
        return job

    def _end(self, job: Job, transaction: Transaction) -> None:
        if job.owner in self._ends:
            self._ends[job.owner](job, transaction)

    def _put(self, job: Job, transaction: Transaction) -> None:
        transaction.replace(self._jobs, job.number, job)
        transaction.write(
            storage.work,
            (job.number,),
            {
                "kind": job.kind,
                "owner": job.owner,
                "key": job.key,
                "target": job.target,
                "content": json.dumps(job.content),
                "attempts": job.attempts,
                "due": job.due.isoformat() if job.due is not None else "",
                "error": job.error,
                "created": job.created.isoformat(),
            },
        )


def _restored(row: Any) -> Job:
    return Job(
        row.number,
        row.kind,
        row.owner,
        row.key,
        row.target,
        json.loads(row.content),
        datetime.fromisoformat(row.created),
        datetime.fromisoformat(row.due) if row.due else None,
        row.attempts,
        row.error,
    )
