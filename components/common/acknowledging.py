"""XEP-0198 §4: when a component asks the router for acknowledgements, and when it gives its own.

It acknowledges what is committed, and nothing else. Where little is to be done an answer is given at once;
under load all stanzas of a tenth of a second share one, and the router's own acknowledgements, which it sends
along with its requests, make it unnecessary to ask.
"""

from collections.abc import Callable

from components.common import stream_management as xep_0198
from components.common.commits import Action
from components.common.record import Record

# Seconds from one acknowledgement to the next, at least. Clients wait that long, under load, until they
# hear that what they have sent is safe; after the router's death, what was sent within it may come twice.
PAUSE = 0.1
# Seconds without anything to acknowledge, after which the store is rid of what is done with.
QUIET = 5.0


class Acknowledging:
    """The exchange of acknowledgements while the link is managed."""

    def __init__(
        self,
        record: Record,
        transmit: Callable[[bytes], bool],
        call_later: Callable[[float, Action], object],
        note: Action,
        tidy: Action,
    ) -> None:
        """`note` has committed how many stanzas were handled; `tidy` rids the store of what is done with."""
        self._record, self._transmit, self._call_later = record, transmit, call_later
        self._note, self._tidy = note, tidy
        self.is_on = False  # the link is managed
        self.elements = 0  # sent and received, of acknowledgements
        self._requested = False  # the router waits for our answer
        self._owed: int | None = None  # so many must be safe before it gets it
        self._asked = False  # we wait for the router's answer
        self._transmitted = 0  # stanzas below that number went out on some connection
        self._known = 0  # stanzas below that number were acknowledged when last looked at
        self._pausing = self._resting = False

    # -- what happens -------------------------------------------------------------------------------

    def requested(self) -> None:
        """The router asks."""
        self.elements += 1
        self._requested = True
        self.attend()

    def acknowledged(self) -> None:
        """The router has told what it has."""
        self.elements += 1
        self._asked = False
        if self._transmitted > self._record.outbox.acknowledged and not self._pausing:
            self._pause()
        if self._record.leftovers and not self._record.outbox and not self._resting:
            self._resting = True
            self._call_later(QUIET, self._rested)

    def sent(self, end: int) -> None:
        """Stanzas below that number were transmitted."""
        self._transmitted = end
        if not self._pausing:
            self._pause()

    def disconnected(self) -> None:
        """The stream is gone, and with it what was asked on it."""
        self.is_on = False
        self._owed, self._requested, self._asked = None, False, False

    def owe_all(self) -> None:
        """The process ends: the router is told of everything, asked or not."""
        if self.is_on:
            self._owed = self._record.handled

    # -- what follows -------------------------------------------------------------------------------

    def attend(self) -> None:
        """Answer the router if it has asked; now, or once the pause since the last time is over."""
        if not self._pausing and self._requested and self.is_on:
            record = self._record
            self._requested, self._owed = False, record.handled
            if record.put != record.handled:
                self._note()  # there are some that have no effect but to have been handled
            if answer := self.answer():
                self._transmit(answer)
            self._pause()

    def answer(self) -> bytes:
        """What the router is to be told, once everything it asked about is safe; else nothing."""
        record = self._record
        if self._owed is None or record.safe < self._owed or not self.is_on:
            return b""
        self._owed = None
        if record.safe == record.handled:
            self._requested = False  # whatever was asked meanwhile is answered
        self.elements += 1
        return xep_0198.answer(record.safe)

    def _pause(self) -> None:
        self._pausing, self._known = True, self._record.outbox.acknowledged
        self._call_later(PAUSE, self._pause_over)

    def _pause_over(self) -> None:
        self._pausing = False
        if not self.is_on:
            return
        self.attend()
        acknowledged = self._record.outbox.acknowledged
        if self._transmitted <= acknowledged or self._asked:
            return
        if acknowledged == self._known:  # the router does not tell by itself
            self.elements += 1
            self._asked = self._transmit(xep_0198.ASK)
        if not self._pausing:
            self._pause()

    def _rested(self) -> None:
        self._resting = False
        if self._record.leftovers and not self._record.outbox and self.is_on:
            self._tidy()
