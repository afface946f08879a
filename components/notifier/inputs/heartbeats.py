"""Heartbeats: a job calls a URL now and then; when it does not, that is the alert ("dead man's switch")."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts.event import Event, Take
from components.notifier.clock import Agenda
from components.notifier.durations import shown
from components.notifier.inputs import storage
from components.notifier.inputs.config import HeartbeatSettings

SOURCE = "heartbeat"


@dataclass(frozen=True, slots=True)
class Beat:
    """When it was heard last, or since when it is expected."""

    last: datetime
    is_late: bool = False


class Heartbeats:
    """All heartbeats of the configuration."""

    def __init__(self, take: Take, agenda: Agenda, stored: Iterable[Any]) -> None:
        self._take, self._agenda = take, agenda
        self._settings: Mapping[str, HeartbeatSettings] = {}
        self._beats = {row.name: Beat(datetime.fromisoformat(row.last), row.is_late) for row in stored}

    def configure(self, settings: Mapping[str, HeartbeatSettings], transaction: Transaction) -> None:
        """Expect those of the configuration from now on, and no others."""
        before = self._settings
        transaction.assign(self, "_settings", settings)
        for name in self._beats.keys() - settings.keys():
            if self._beats[name].is_late:
                self._fire(name, before.get(name), "resolved", transaction)
            transaction.remove(self._beats, name)
            transaction.delete(storage.heartbeats, (name,))
            self._agenda.remove(transaction, (SOURCE, name))
        for name in settings:
            beat = self._beats.get(name)
            if beat is None:
                self._put(name, Beat(transaction.now), transaction)
            elif not beat.is_late:
                self._expect(name, beat, transaction)

    def may_beat(self, name: str, secret: str) -> bool:
        """Whether that secret is the one of the URL."""
        settings = self._settings.get(name)
        return bool(
            settings and settings.secret and hmac.compare_digest(settings.secret.encode(), secret.encode())
        )

    def beat(self, name: str, transaction: Transaction) -> datetime:
        """It was heard; until when the next one is expected. Raises `item-not-found`."""
        if name not in self._settings:
            known = ", ".join(self._settings) or "none"
            raise StanzaError("item-not-found", f"there is no heartbeat {name!r}; there are: {known}")
        if self._beats[name].is_late:
            self._fire(name, self._settings[name], "resolved", transaction)
        self._put(name, Beat(transaction.now), transaction)
        return transaction.now + self._patience(name)

    def _put(self, name: str, beat: Beat, transaction: Transaction) -> None:
        transaction.put(self._beats, name, beat)
        values = {"last": beat.last.isoformat(), "is_late": beat.is_late}
        transaction.write(storage.heartbeats, (name,), values)
        if not beat.is_late:
            self._expect(name, beat, transaction)

    def _expect(self, name: str, beat: Beat, transaction: Transaction) -> None:
        self._agenda.put(transaction, (SOURCE, name), beat.last + self._patience(name), self._miss(name))

    def _miss(self, name: str) -> Callable[[Transaction], object]:
        def act(transaction: Transaction) -> None:
            beat = self._beats[name]
            self._put(name, Beat(beat.last, is_late=True), transaction)
            self._fire(name, self._settings[name], "firing", transaction)

        return act

    def _fire(
        self, name: str, settings: HeartbeatSettings | None, status: Any, transaction: Transaction
    ) -> None:
        beat = self._beats[name]
        silence = shown(transaction.now - beat.last)
        self._take(
            Event(
                SOURCE,
                name,
                f"no heartbeat of {name} for {silence}" if status == "firing" else f"heartbeat of {name}",
                status=status,
                severity=settings.severity if settings is not None else "error",
                labels={"heartbeat": name},
                started_at=beat.last,
                to=tuple(settings.tell) if settings is not None else (),
            ),
            transaction,
        )

    def _patience(self, name: str) -> timedelta:
        settings = self._settings[name]
        return timedelta(minutes=settings.minutes + settings.grace_minutes)
