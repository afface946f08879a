"""XEP-0198 §4: when a component asks the router for acknowledgements, and when it gives its own.

It acknowledges what is committed, and nothing else: at once where little is to be done; under load all
stanzas of a tenth of a second share one answer. The router sends its own acknowledgements along with its
requests, so that it need be asked only when it has nothing to say.
"""

from collections.abc import Callable

from components.common import stream_management as xep_0198
from components.common.commits import Action
from components.common.record import Record

# Seconds from one answer to the next, at least. Clients wait that long, under load, until they hear that
# what they have sent is safe.
PAUSE = 0.1
# Seconds without an acknowledgement of what was sent, after which the router is asked for one: what it has
# not acknowledged may come twice after its death.
PATIENCE = 1.0
# Seconds without anything to acknowledge, after which the store is rid of what is done with.
QUIET = 5.0


class Acknowledging:
    """The exchange of acknowledgements while the link is managed."""

    def __init__(
        self,
        record: Record,
        transmit: Callable[[bytes], bool],
        call_later: Callable[[float, Action], object],
        now: Callable[[], float],
        note: Action,
        tidy: Action,
    ) -> None:
        """`now` is any clock in seconds; `note` has committed how many stanzas were handled; `tidy` rids the
        store of what is done with.
        """
        self._record, self._transmit, self._call_later, self._now = record, transmit, call_later, now
        self._note, self._tidy = note, tidy
        self.is_on = False  # the link is managed
        self.elements = 0  # sent and received, of acknowledgements
        self._requested = False  # the router waits for our answer
        self._owed: int | None = None  # so many must be safe before it gets it
        self._asked = False  # we wait for the router's answer
        self._transmitted = 0  # stanzas below that number went out on some connection
        self._known = 0  # stanzas below that number were acknowledged when last looked at
        self._earliest = 0.0  # the router gets no answer before that time
        self._pausing = self._watching = self._resting = False  # a timer runs

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
        if self._record.leftovers and not self._record.outbox and not self._resting:
            self._resting = True
            self._call_later(QUIET, self._rested)

    def sent(self, end: int) -> None:
        """Stanzas below that number were transmitted."""
        self._transmitted = end
        if not self._watching:
            self._watch()

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
        if not self._requested or not self.is_on or self._pausing:
            return
        pause = self._earliest - self._now()
        if pause > 0:
            self._pausing = True
            self._call_later(pause, self._pause_over)
        else:
            self._settle()

    def _pause_over(self) -> None:
        self._pausing = False
        if self._requested and self.is_on:
            self._settle()

    def _settle(self) -> None:
        record = self._record
        self._earliest = self._now() + PAUSE
        self._requested, self._owed = False, record.handled
        if record.put != record.handled:
            self._note()  # there are some that have no effect but to have been handled
        if answer := self.answer():
            self._transmit(answer)

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

    def _watch(self) -> None:
        self._watching, self._known = True, self._record.outbox.acknowledged
        self._call_later(PATIENCE, self._look)

    def _look(self) -> None:
        """Ask, unless the router tells by itself."""
        self._watching = False
        acknowledged = self._record.outbox.acknowledged
        if not self.is_on or self._transmitted <= acknowledged:
            return
        if acknowledged == self._known and not self._asked:
            self.elements += 1
            self._asked = self._transmit(xep_0198.ASK)
        self._watch()

    def _rested(self) -> None:
        self._resting = False
        if self._record.leftovers and not self._record.outbox and self.is_on:
            self._tidy()
