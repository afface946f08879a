"""XEP-0198 §4: when a component asks the router for acknowledgements, and when it gives its own.

It acknowledges what is committed, and nothing else. Under load many stanzas share one exchange.
"""

from collections.abc import Callable

from components.common import stream_management as xep_0198
from components.common.commits import Action
from components.common.record import Record

# Seconds between acknowledgements that are asked for or given, so that under load many stanzas share one.
PAUSE = 0.02


class Acknowledging:
    """The exchange of acknowledgements while the link is managed."""

    def __init__(
        self,
        record: Record,
        transmit: Callable[[bytes], bool],
        call_later: Callable[[float, Action], object],
        commit: Action,
    ) -> None:
        """`commit` has the counters committed, to be answered when they are safe."""
        self._record, self._transmit, self._call_later, self._commit = record, transmit, call_later, commit
        self.is_on = False  # the link is managed
        self._requested = False  # the router waits for our answer
        self._owed: int | None = None  # so many must be safe before it gets it
        self._asked = False  # we wait for the router's answer
        self._transmitted = 0  # stanzas below that number went out on some connection
        self._pausing = self._due = False

    def requested(self) -> None:
        """The router asks."""
        self._requested = True
        self.attend()

    def acknowledged(self) -> None:
        """The router has answered."""
        self._asked = False
        if self._record.outbox or not self._record.is_tidy:
            self.attend()

    def sent(self, end: int) -> None:
        """Stanzas below that number were transmitted."""
        self._transmitted = end
        self.attend()

    def disconnected(self) -> None:
        """The stream is gone, and with it what was asked on it."""
        self.is_on = False
        self._owed, self._requested, self._asked = None, False, False

    def owe_all(self) -> None:
        """The process ends: the router is told of everything, asked or not."""
        if self.is_on:
            self._owed = self._record.handled

    def attend(self) -> None:
        """Ask and answer what is due; now, or once the pause since the last time is over."""
        self._due = True
        if not self._pausing:
            self._pausing, self._due = True, False
            self._call_later(PAUSE, self._pause_over)
            if self.is_on:
                self._ask_and_answer()

    def answer(self) -> None:
        """Tell the router what is safe, once that is everything it asked about."""
        record = self._record
        if self._owed is not None and record.safe >= self._owed and self.is_on:
            self._owed = None
            if record.safe == record.handled:
                self._requested = False  # whatever was asked meanwhile is answered
            self._transmit(xep_0198.answer(record.safe))

    def _pause_over(self) -> None:
        self._pausing = False
        if self._due:
            self.attend()

    def _ask_and_answer(self) -> None:
        record = self._record
        if self._requested:
            self._requested, self._owed = False, record.handled
        if not record.is_tidy or (self._owed is not None and record.noted != record.handled):
            self._commit()
        self.answer()
        if self._transmitted > record.outbox.acknowledged and not self._asked:
            self._asked = self._transmit(xep_0198.ASK)
