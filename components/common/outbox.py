"""What is to be sent to the router, and what was sent and is not acknowledged (XEP-0198 §4).

Stanzas are numbered when they are handled: that is the order of sending, and what the router counts. Where
it offers multicast, what goes to many is one stanza; else each copy is one.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from components.common.multicast import Multicast
from components.common.transaction import Outgoing

_TO = re.compile(" to='([^']*)'")


class CountTooHigh(Exception):
    """The router has acknowledged more than it was sent."""


@dataclass(slots=True)
class Kept:
    """The stanzas of one commit."""

    number: int  # of the first, counted from 0
    stanzas: int
    outgoing: Sequence[Outgoing]
    committed: bool = False  # may be sent
    stored: bool = False  # has a row of its own

    @property
    def end(self) -> int:
        """The number of the first stanza after these."""
        return self.number + self.stanzas

    @property
    def copies(self) -> int:
        """How many stanzas these are for their recipients."""
        return sum([len(stanza.to) for stanza in self.outgoing])

    def remaining(self, acknowledged: int) -> Sequence[Outgoing]:
        """The stanzas with that number or a higher one."""
        skipped = acknowledged - self.number
        if skipped <= 0:
            return self.outgoing
        left: list[Outgoing] = []
        for stanza in self.outgoing:
            if skipped <= 0:
                left.append(stanza)
            elif skipped < stanza.stanzas:
                left.append(replace(stanza, to=stanza.to[skipped:]))
            skipped -= stanza.stanzas
        return left

    def render(self, acknowledged: int = 0) -> str:
        """The same as text."""
        return "".join([stanza.render() for stanza in self.remaining(acknowledged)])


class Outbox:
    """A queue of transactions' stanzas; `sent` counts all that were ever put, `acknowledged` what left it."""

    def __init__(
        self, sent: int = 0, stored: Iterable[tuple[int, Sequence[Outgoing]]] = (), acknowledged: int = 0
    ) -> None:
        """`stored` are transactions of an earlier process, of which at least so many are acknowledged."""
        self.sent = sent
        self.multicast: Multicast | None = None  # what the router offers, as far as is known
        self._queue: deque[Kept] = deque(
            Kept(number, count(outgoing), outgoing, committed=True, stored=True)
            for number, outgoing in stored
        )
        self.acknowledged = max(self._queue[0].number if self._queue else sent, acknowledged)

    def __len__(self) -> int:
        """How many stanzas are not acknowledged."""
        return self.sent - self.acknowledged

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._queue)

    def put(self, outgoing: Sequence[Outgoing]) -> Kept:
        """Number the stanzas of a transaction, which is still to be committed."""
        formed = _formed(outgoing, self.multicast)
        kept = Kept(self.sent, count(formed), formed)
        self.sent = kept.end
        self._queue.append(kept)
        return kept

    def take_back(self, kept: Kept) -> None:
        """What was put last is put anew, in other parts: its commit was refused."""
        self._queue = deque(other for other in self._queue if other is not kept)
        self.sent = kept.number

    @property
    def oldest(self) -> int:
        """The number of the oldest stanza whose row may still be needed."""
        return self._queue[0].number if self._queue else self.sent

    def sessions_died(self, domain: str) -> list[Kept]:
        """All sessions of the domain are gone: number anew what is left to be sent; what this replaces."""
        return self._put_again(lambda outgoing: without_sessions(outgoing, domain))

    @property
    def fits(self) -> bool:
        """Whether the router takes everything in the form it has."""
        return all(_fits(stanza, self.multicast) for kept in self._queue for stanza in kept.outgoing)

    def reform(self) -> list[Kept]:
        """Give everything a form that the router takes, and new numbers; what this replaces.

        Nothing, if some of it is being committed: that has its numbers.
        """
        return self._put_again(lambda outgoing: outgoing)

    def _put_again(self, left: Callable[[Sequence[Outgoing]], Sequence[Outgoing]]) -> list[Kept]:
        if not all(kept.committed for kept in self._queue):
            return []
        before, acknowledged = list(self._queue), self.acknowledged
        self._queue.clear()
        self.acknowledged = self.sent
        for kept in before:
            if outgoing := left(kept.remaining(acknowledged)):
                self.put(outgoing).committed = True
        return before

    def acknowledge(self, number: int) -> list[Kept]:
        """The router has all stanzas below that number; the transactions that are done with.

        Raises `CountTooHigh`, and then nothing has changed.
        """
        if number > self.sent:
            raise CountTooHigh(f"{number - self.sent} more than were sent")
        done: list[Kept] = []
        while self._queue and self._queue[0].end <= number:
            done.append(self._queue.popleft())
        self.acknowledged = max(self.acknowledged, number)
        return done


def without_sessions(outgoing: Sequence[Outgoing], domain: str) -> list[Outgoing]:
    """What is left to be sent when all sessions of a domain are gone.

    Presence, answers and what is said in a room are for the session they were sent to and nobody else;
    for other messages to it the router finds another way (RFC 6121 §8.5.3.2.1).
    """
    left = []
    for stanza in outgoing:
        head = stanza.before.partition(">")[0]
        if head.startswith("<message") and " type='groupchat'" not in head:
            left.append(stanza)
            continue
        written = _TO.search(head)  # where there is no more than one copy
        to = [
            address
            for address in stanza.to
            if not _is_session(written[1] if written and not address else address, domain)
        ]
        if to:
            left.append(replace(stanza, to=to))
    return left


def _is_session(address: str, domain: str) -> bool:
    bare, slash, _ = address.partition("/")
    return bool(slash) and bare.rpartition("@")[2] == domain


def count(outgoing: Iterable[Outgoing]) -> int:
    """How many stanzas the router gets and counts."""
    return sum([stanza.stanzas for stanza in outgoing])


def _formed(outgoing: Sequence[Outgoing], multicast: Multicast | None) -> list[Outgoing]:
    """The same stanzas, those for many by multicast where there is one."""
    formed: list[Outgoing] = []
    for stanza in outgoing:
        before, after, to = stanza.before, stanza.after, stanza.to
        if multicast is not None and len(to) > 1 and not before.startswith("<iq"):  # XEP-0033 §3
            lots = multicast.portions(to, len(before.encode()) + len(after.encode()))
            formed += [Outgoing(before, after, lot, multicast.jid if len(lot) > 1 else "") for lot in lots]
        else:
            formed.append(Outgoing(before, after, to) if stanza.via else stanza)
    return formed


def _fits(stanza: Outgoing, multicast: Multicast | None) -> bool:
    if not stanza.via:
        return True
    if multicast is None or stanza.via != multicast.jid or len(stanza.to) > multicast.most:
        return False
    return len(stanza.render().encode()) <= multicast.longest
