"""XEP-0198 §4: what was sent to a peer and has not been acknowledged by it."""

from collections import deque
from collections.abc import Awaitable, Iterator
from itertools import islice

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.routing.held import Held, Store

_COUNTERS = 2**32  # they wrap around (§4)
# Bytes that are sent at one go of what has waited: the peer is to have taken them before more follows.
# All at once might be more than a connection keeps for a peer that reads slowly.
_PORTION = 262_144


class CountTooHigh(Exception):
    """The peer acknowledges more than it was sent."""

    def __init__(self, acknowledged: int, sent: int) -> None:
        super().__init__(f"you acknowledged {acknowledged} stanzas, but were sent {sent}")
        self.acknowledged = acknowledged
        self.sent = sent


class _Sent:
    """One stanza and who answers for it: its custody, then the database."""

    __slots__ = ("before", "envelope", "held", "number", "released")

    def __init__(self, envelope: Envelope, held: Held | None = None, before: str = "") -> None:
        self.envelope = envelope
        self.held = held
        self.before = before  # its holder before the router died
        self.number = 0  # in the peer's count
        self.released = envelope.custody is None

    def release(self) -> None:
        if not self.released:
            self.released = True
            if self.envelope.custody is not None:
                self.envelope.custody.release()

    def forget(self) -> None:
        self.release()
        if self.held is not None:
            self.held.drop()


class Unacknowledged:
    """The stanzas, oldest first; `sent` counts all that were ever added, `bytes` is what they take up.

    Each message is answered for until it is acknowledged: as custody in memory, or, once `secure` was
    called, as a held message in the database. 0.7 µs a stanza.
    """

    __slots__ = ("_holder", "_link", "_stanzas", "_store", "bytes", "sent")

    def __init__(self, store: Store, holder: str, sent: int = 0) -> None:
        self.sent = sent
        self.bytes = 0
        self._link = ""  # what the peer will know the link by after the router's death, if it does
        self._store = store
        self._holder = holder
        self._stanzas: deque[_Sent] = deque()

    def __len__(self) -> int:
        return len(self._stanzas)

    def __iter__(self) -> Iterator[Envelope]:
        return (sent.envelope for sent in self._stanzas)

    @property
    def first(self) -> Envelope | None:
        """The oldest one."""
        return self._stanzas[0].envelope if self._stanzas else None

    def portion(self, first: int) -> list[Envelope]:
        """Some of the stanzas, from the one with that index on: as many as may be sent at one go."""
        size, portion = 0, []
        for sent in islice(self._stanzas, first, None):
            portion.append(sent.envelope)
            size += len(sent.envelope.content)
            if size >= _PORTION:
                break
        return portion

    @property
    def acknowledged(self) -> int:
        """How many the peer has acknowledged so far."""
        return (self.sent - len(self._stanzas)) % _COUNTERS

    def add(self, envelope: Envelope, *, secure: bool = False) -> None:
        """A stanza is being sent. `secure`: commit it at once, the peer being away."""
        sent = _Sent(envelope)
        if envelope.custody is not None:
            envelope.custody.hold(lambda: self._secure(sent))
        self._append(sent)
        if secure:
            self._secure(sent)

    def restore(self, envelope: Envelope, number: int | None, holder: str = "") -> None:
        """A stanza that was sent before a restart; `number` is that of the held message, if it is one.

        `holder` is what it was held for, if that died with the router.
        """
        self._append(_Sent(envelope, Held(self._store, number) if number is not None else None, holder))

    def _append(self, sent: _Sent) -> None:
        self._stanzas.append(sent)
        self.bytes += len(sent.envelope.content)
        self.sent = sent.number = (self.sent + 1) % _COUNTERS

    def acknowledge(self, count: int) -> None:
        """The peer has handled that many in all. Raises CountTooHigh, and then nothing has changed."""
        newly = (count - self.acknowledged) % _COUNTERS
        if newly > len(self._stanzas):
            raise CountTooHigh(count, self.sent)
        for _ in range(newly):
            sent = self._stanzas.popleft()
            self.bytes -= len(sent.envelope.content)
            sent.forget()

    def handled(self, link: str, count: int) -> None:
        """The peer had handled that many on a link that died with the router: forget what is left of them.

        Without that they would come twice, when the router has died before it had dropped them.
        """
        begin = f"{self._holder}/{link}/"
        left: deque[_Sent] = deque()
        for sent in self._stanzas:
            of_link = sent.before.startswith(begin)
            if of_link and (count - int(sent.before[len(begin) :])) % _COUNTERS < _COUNTERS // 2:
                self.bytes -= len(sent.envelope.content)
                sent.forget()
            else:
                left.append(sent)
        self._stanzas = left

    def go_on(self, sent: int, link: str) -> None:
        """The peer was sent that many on the link, of which these are the last."""
        self.sent, self._link = sent, link
        for number, stanza in enumerate(self._stanzas, sent - len(self._stanzas) + 1):
            stanza.number = number % _COUNTERS

    def renumber(self, link: str = "") -> Awaitable[None] | None:
        """The peer begins a new link: it has been sent nothing on it but what is still here.

        If it will know the link by that id after the router's death, what is held is noted as the
        link's: that takes some time.
        """
        self.go_on(len(self._stanzas), link)
        return self._note_places()

    def refuse_first(self) -> "tuple[GivenUp, Awaitable[None] | None]":
        """The oldest one, which the peer was never sent as far as its count goes; see `renumber`."""
        refused = self.pop()
        self.go_on((self.sent - 1) % _COUNTERS, self._link)
        return refused, self._note_places()

    def _note_places(self) -> Awaitable[None] | None:
        places = {sent.held.number: self._place(sent) for sent in self._stanzas if sent.held is not None}
        known = {number: place for number, place in places.items() if number is not None}
        return self._store.reassign(known) if self._link and known else None

    def _place(self, sent: _Sent) -> str:
        return f"{self._holder}/{self._link}/{sent.number}" if self._link else self._holder

    def secure(self) -> None:
        """Commit every message whose sender waits for it: the peer is away."""
        for sent in self._stanzas:
            if not sent.released:
                self._secure(sent)

    def _secure(self, sent: _Sent) -> None:
        if sent.held is None and not sent.released:
            sent.held = Held(self._store)
            Deferred.fromCoroutine(self._put(sent, sent.held))

    async def _put(self, sent: _Sent, held: Held) -> None:
        place = self._place(sent)
        if await held.put(place, sent.envelope):
            sent.release()
            if self._place(sent) != place and held.number is not None:  # a new link began meanwhile
                await self._store.reassign({held.number: self._place(sent)})

    def pop(self) -> "GivenUp":
        """The oldest one, to be dealt with in another way."""
        sent = self._stanzas.popleft()
        self.bytes -= len(sent.envelope.content)
        return GivenUp(sent)

    def give_up(self) -> list["GivenUp"]:
        """All that is left, to be dealt with in another way."""
        left = [GivenUp(sent) for sent in self._stanzas]
        self._stanzas.clear()
        self.bytes = 0
        return left

    def saved(self) -> list[tuple[bytes, int | None]]:
        """All that is left, for a restart: as XML, with the number where it is held already."""
        return [
            (sent.envelope.wire(), sent.held.number if sent.held is not None else None)
            for sent in self._stanzas
        ]


class GivenUp:
    """A stanza its recipient has not acknowledged. Call `done` once it is dealt with."""

    __slots__ = ("_sent", "envelope")

    def __init__(self, sent: _Sent) -> None:
        self._sent = sent
        self.envelope = sent.envelope

    def done(self) -> None:
        """It is with somebody else now."""
        self._sent.forget()
