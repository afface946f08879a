"""What is to be sent to the router, and what was sent and is not acknowledged (XEP-0198 §4).

Stanzas are numbered when they are handled, each copy for one recipient by itself: that is the order of
sending, and what the router counts.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from components.common.transaction import Outgoing

_TO = re.compile(" to='([^']*)'")


class CountTooHigh(Exception):
    """The router has acknowledged more than it was sent."""


@dataclass(slots=True)
class Kept:
    """The stanzas of one transaction."""

    number: int  # of the first, counted from 0
    stanzas: int
    outgoing: Sequence[Outgoing]
    committed: bool = False  # may be sent
    stored: bool = False  # has a row of its own

    @property
    def end(self) -> int:
        """The number of the first stanza after these."""
        return self.number + self.stanzas

    def remaining(self, acknowledged: int) -> Sequence[Outgoing]:
        """The stanzas with that number or a higher one."""
        skipped = acknowledged - self.number
        if skipped <= 0:
            return self.outgoing
        left: list[Outgoing] = []
        for stanza in self.outgoing:
            if skipped < len(stanza.to):
                left.append(replace(stanza, to=stanza.to[max(skipped, 0) :]))
            skipped -= len(stanza.to)
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
        self._queue: deque[Kept] = deque(
            Kept(number, _count(outgoing), outgoing, committed=True, stored=True)
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
        kept = Kept(self.sent, _count(outgoing), outgoing)
        self.sent = kept.end
        self._queue.append(kept)
        return kept

    def sessions_died(self, domain: str) -> list[Kept]:
        """All sessions of the domain are gone: number anew what is left to be sent; what this replaces."""
        if not all(kept.committed for kept in self._queue):
            return []
        before, acknowledged = list(self._queue), self.acknowledged
        self._queue.clear()
        self.acknowledged = self.sent
        for kept in before:
            if left := without_sessions(kept.remaining(acknowledged), domain):
                self.put(left).committed = True
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


def _count(outgoing: Sequence[Outgoing]) -> int:
    return sum([len(stanza.to) for stanza in outgoing])
