"""How far both sides of the link to the router have come, in memory and in the rows that say so.

Stanzas from the router are counted for each link anew, those to the router over all links; a link knows
the number it began with. What is noted here is committed together with what it counts (`link_store`).
"""

from collections.abc import Sequence

from components.common import stream_management as xep_0198
from components.common.link_store import (
    LINK_KEY,
    LinkState,
    Position,
    link_row,
    outbox_key,
    outbox_row,
    without,
)
from components.common.outbox import Kept, Outbox
from components.common.transaction import Outgoing, RowChange, RowKey

# Rows of what the router has acknowledged, at which they go with the next commit: they do no harm, since
# later rows say that they are; to delete them together costs little more than to delete one.
LEFTOVERS = 64
TEXTS = 200  # in one row of the outbox at most; each may go to many


class Record:
    """The counters of the link, and what is kept until the router has acknowledged it."""

    def __init__(self, state: LinkState) -> None:
        self.outbox = Outbox(state.sent, state.outbox, state.position.sent_before)
        self.keeping = True  # in the store, what is not acknowledged; not where nobody acknowledges
        self._resumption_id, self._sent_before, self.handled = state.position
        # Of the stanzas handled, those of which something is on its way into the store, and those of
        # which everything is there. In between `_noted`: the row says so many.
        self.put = self._noted = self.safe = self.handled
        self.leftovers = len(self.outbox.acknowledge(state.acknowledged))  # rows of what is acknowledged

    @property
    def resumption_id(self) -> str:
        """Of the link that may be resumed; empty when there is none."""
        return self._resumption_id

    @property
    def position(self) -> Position:
        """Where the link is now."""
        return Position(self._resumption_id, self._sent_before, self.handled)

    # -- what is committed --------------------------------------------------------------------------

    def enter(
        self, rows: dict[RowKey, RowChange], outgoing: Sequence[Outgoing], position: Position, link: bool
    ) -> list[Kept]:
        """Number what is to be sent, and add to the rows of a commit what it does to the link.

        `position` is where the link was when the last of this was handled. `link`: that is to be noted
        in any case, it is another link.
        """
        kept = [self.outbox.put(outgoing[at : at + TEXTS]) for at in range(0, len(outgoing), TEXTS)]
        if self.keeping:
            keep_now = [kept for kept in self.outbox if not kept.stored] if link else kept
            for stanzas in keep_now:
                rows[outbox_key(stanzas.number)] = outbox_row(
                    stanzas.number, stanzas.outgoing, position.handled, self.outbox.acknowledged
                )
                stanzas.stored = True
        tidy = self.leftovers >= LEFTOVERS or (link and self.leftovers)
        if tidy:
            rows.update(without(self.outbox.oldest))
            self.leftovers = 0
        if link or tidy or (self.keeping and not kept and position.handled != self._noted):
            rows[LINK_KEY] = link_row(position, self.outbox.sent)
        self._noted = position.handled
        return kept

    # -- what is acknowledged -----------------------------------------------------------------------

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
        before = self.outbox.acknowledged
        replaced = self.outbox.reform()
        self._sent_before += self.outbox.acknowledged - before
        self._have_forgotten(replaced)
        return bool(replaced)

    def _have_forgotten(self, done: Sequence[Kept]) -> None:
        self.leftovers += sum([kept.stored for kept in done])

    # -- links come and go --------------------------------------------------------------------------

    def begin(self, resumption_id: str) -> None:
        """A new link: counting begins anew."""
        self._resumption_id, self._sent_before, self.handled = (resumption_id, self.outbox.acknowledged, 0)

    def end(self) -> None:
        """The link cannot be resumed any more; what was acknowledged on it does not wait for the next."""
        self._resumption_id, self._sent_before = "", self.outbox.acknowledged
