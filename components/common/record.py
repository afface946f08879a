"""How far both sides of the link to the router have come, in memory and in the rows that say so.

Stanzas from the router are counted for each link anew, those to the router over all links; a link knows
the number it began with. What is noted here is committed together with what it counts (`link_store`).
"""

from components.common import stream_management as xep_0198
from components.common.link_store import LINK_KEY, LinkState, link_row, outbox_key, outbox_row
from components.common.outbox import Kept, Outbox
from components.common.transaction import RowChange, RowKey


class Record:
    """The counters of the link, and what is kept until the router has acknowledged it."""

    def __init__(self, state: LinkState) -> None:
        self.outbox = Outbox(state.sent, state.outbox, state.sent_before)
        self.resumption_id = state.resumption_id
        self.handled = self.noted = self.safe = state.handled  # in memory, in a row, in a committed one
        self.keeping = True  # in the store, what is not acknowledged; not where nobody acknowledges
        self._sent_before = state.sent_before
        self._forgotten: dict[RowKey, RowChange] = {}  # rows that go with the next commit

    @property
    def is_tidy(self) -> bool:
        """Whether the store holds nothing that is acknowledged."""
        return not self._forgotten

    def keep(self, rows: dict[RowKey, RowChange], kept: Kept) -> None:
        """What is to be sent goes into the same commit as what it follows from."""
        rows[outbox_key(kept.number)] = outbox_row(kept.number, kept.outgoing)
        kept.stored = True

    def keep_all(self, rows: dict[RowKey, RowChange]) -> None:
        """So does what is left from a time without stream management."""
        for kept in self.outbox if self.keeping else ():
            if not kept.stored:
                self.keep(rows, kept)

    def note(self, rows: dict[RowKey, RowChange]) -> None:
        """The counters as they are now go into the same commit, and what is acknowledged goes with it."""
        rows[LINK_KEY] = self.row(self.handled, self.outbox.sent)
        self.noted = self.handled
        if self._forgotten:
            rows.update(self._forgotten)
            self._forgotten.clear()

    def row(self, handled: int, sent: int) -> RowChange:
        """The row of this link with those counts."""
        return link_row(self.resumption_id, handled, sent, self._sent_before)

    def begin(self, resumption_id: str) -> None:
        """A new link: counting begins anew."""
        self.resumption_id = resumption_id
        self._sent_before = self.outbox.acknowledged
        self.handled = 0

    def acknowledge(self, h: int) -> None:
        """The router has so many stanzas of this link. Raises `CountTooHigh`."""
        known = self.outbox.acknowledged
        self.forget(known + xep_0198.later(h, known - self._sent_before))

    def forget(self, number: int) -> None:
        """All stanzas below that number are done with."""
        self._have_forgotten(self.outbox.acknowledge(number))

    def sessions_died(self, domain: str) -> None:
        """All sessions of the domain are gone, and what was for them."""
        self._have_forgotten(self.outbox.sessions_died(domain))

    def reform(self) -> bool:
        """Give what is left a form that the router takes; False if some of it is being committed."""
        acknowledged = self.outbox.acknowledged
        replaced = self.outbox.reform()
        self._sent_before += self.outbox.acknowledged - acknowledged
        self._have_forgotten(replaced)
        return bool(replaced)

    def _have_forgotten(self, done: list[Kept]) -> None:
        for kept in done:
            if kept.stored:
                self._forgotten[outbox_key(kept.number)] = outbox_row(kept.number, None)
