"""Who should have seen what, and who did: every room has one order of events, the same for all in it.

The witness of a room is in it from the beginning to the end. What another occupant sees from its
entering to its leaving must be what the witness saw in between, in the same order: messages, and
others who come and go. What the witness saw must be what all have done.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(slots=True)
class Verdict:
    """Deliveries: to each occupant, of each message. All but the first two should be 0."""

    sent: int = 0
    expected: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    refused: int = 0  # came back as errors
    false_presences: int = 0  # joins, leaves and changes that nobody made, or that nobody saw
    examples: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing was noticed."""
        return not (self.lost or self.doubled or self.disordered or self.refused or self.false_presences)

    def compare(self, who: str, expected: Sequence[str], seen: Sequence[str]) -> None:
        """Events are names; those of presences begin with +, - or *."""
        wanted, got = Counter(expected), Counter(seen)
        self.expected += sum(1 for name in expected if _is_message(name))
        for name, number in (wanted - got).items():
            self._count(who, "lost", name, number)
        for name, number in (got - wanted).items():
            self._count(who, "doubled", name, number)
        first = {name: at for at, name in enumerate(expected)}
        places = [first[name] for name in dict.fromkeys(seen) if name in first]
        for before, after in pairwise(places):
            if after < before:
                self.disordered += 1
                self._example(f"{who}: {expected[after]} after {expected[before]}")

    def count_archived(self, room: str, said: int, archived: int) -> None:
        """Everything that was said is in the archive, once."""
        if said != archived:
            self.lost += max(0, said - archived)
            self.doubled += max(0, archived - said)
            self._example(f"{room}: {said} messages were said, {archived} are archived")

    def _count(self, who: str, what: str, name: str, number: int) -> None:
        if not _is_message(name):
            self.false_presences += number
        elif what == "lost":
            self.lost += number
        else:
            self.doubled += number
        self._example(f"{who}: {name} {what}")

    def _example(self, text: str) -> None:
        if len(self.examples) < 20:
            self.examples.append(text)


class RoomLedger:
    """What was done and seen in one room."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.done: dict[str, list[str]] = {}  # by person: own messages and presences, as they were sent
        self.witness: list[str] = []
        self.archived: int | None = None  # messages, by the room's own account
        self.stays: list[tuple[str, list[str]]] = []  # person, what was seen from entering to leaving

    def does(self, person: str, event: str) -> None:
        """Somebody sends a message, or a presence that others see."""
        self.done.setdefault(person, []).append(event)

    def complete(self) -> bool:
        """Whether the witness has seen as much as was done."""
        return len(self.witness) >= sum(map(len, self.done.values()))

    def judge(self, verdict: Verdict) -> None:
        """Add this room to the verdict."""
        by_person: dict[str, list[str]] = {person: [] for person in self.done}
        for event in self.witness:
            by_person.setdefault(owner(event), []).append(event)
        for person, events in self.done.items():
            verdict.sent += sum(map(_is_message, events))
            verdict.compare(f"{self.room}, of {person}", events, by_person[person])
        if self.archived is not None:
            verdict.count_archived(self.room, sum(map(_is_message, self.witness)), self.archived)
        for person, seen in self.stays:
            verdict.compare(f"{self.room}, {person}", self._between(seen), seen)

    def _between(self, seen: Sequence[str]) -> Sequence[str]:
        """What the witness saw during a stay; its first event is the entering."""
        places = {event: at for at, event in enumerate(self.witness)}
        begin = places.get(seen[0])
        if begin is None:
            return ()
        own = owner(seen[0])
        end = len(self.witness)
        if seen[-1].startswith("-") and owner(seen[-1]) == own:
            end = places.get(seen[-1], end - 1) + 1
        return self.witness[begin:end]


class ChatLedger:
    """Messages from one person to another: each arrives once, in the order of sending."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], list[str]] = {}
        self.received: dict[tuple[str, str], list[str]] = {}

    def sends(self, sender: str, recipient: str, name: str) -> None:
        """A message is sent."""
        self.sent.setdefault((sender, recipient), []).append(name)

    def receives(self, sender: str, recipient: str, name: str) -> None:
        """A message arrives."""
        self.received.setdefault((sender, recipient), []).append(name)

    def complete(self) -> bool:
        """Whether as many have arrived as were sent."""
        return _total(self.received.values()) >= _total(self.sent.values())

    def judge(self, verdict: Verdict) -> None:
        """Add the messages to the verdict."""
        for pair, sent in self.sent.items():
            verdict.sent += len(sent)
            verdict.compare(" to ".join(pair), sent, self.received.get(pair, []))


def owner(event: str) -> str:
    """The person an event is of: `m:u7:12`, `+u7.3`, `-u7.3` and `*u7.3:moderator/none` are of u7."""
    if event.startswith("m:"):
        return event.split(":")[1]
    return event[1:].rpartition(".")[0]


def _is_message(event: str) -> bool:
    return event[0] not in "+-*"


def _total(lists: Iterable[Sequence[str]]) -> int:
    return sum(map(len, lists))
