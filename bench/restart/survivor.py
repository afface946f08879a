"""People whose server dies under them: they log in again, go back to their rooms, and read what was said."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bench.restart.client import CLIENT, Client, Element
from bench.restart.crowd import DELAY, Person
from bench.restart.ledger import ChatLedger, RoomLedger, Verdict


class Survivor(Person):
    """An occupant who only talks. What the server has acknowledged must reach all others.

    What was not acknowledged when the session ended may have arrived or not; it counts in no column.
    """

    def __init__(self, client: Client, rooms: RoomLedger, chats: ChatLedger, witness: bool) -> None:
        super().__init__(client, rooms, chats, witness)
        self.safe: list[str] = []  # its own messages
        self.doubtful = 0
        self.heard: Counter[str] = Counter()
        self.read: set[str] = set()  # in the room's history
        client.acknowledged = self._acknowledged
        client.doubtful = self._in_doubt
        client.began = self._return

    def _act(self, chance: float) -> None:
        if chance < 0.8:
            self.say()
        else:
            self.chat()

    def _acknowledged(self, name: str) -> None:
        if name:
            self.safe.append(name)

    def _in_doubt(self, name: str) -> None:
        self.doubtful += bool(name)

    def _return(self) -> None:
        """In a new session, after the first."""
        if self.state != "out":
            self.state = "entering"
            self._ask_in("")

    def _take(self, element: Element) -> None:
        super()._take(element)
        if element.tag != f"{CLIENT}message" or element.get("type") == "error":
            return
        if element.find(f"{CLIENT}body") is None:
            return
        if element.find(DELAY) is not None and element.get("type") == "groupchat":
            self.read.add(element.get("id"))
        else:
            self.heard[element.get("id")] += 1

    def has(self, name: str) -> bool:
        """Whether the message has reached this person."""
        return name in self.heard or name in self.read


def _deliveries(people: Iterable[Survivor]) -> Iterator[tuple[Survivor, str]]:
    """Whom each message that was acknowledged must reach."""
    everybody = list(people)
    for sender in everybody:
        for name in sender.safe:
            if name.startswith("m:"):
                yield from ((other, name) for other in everybody if other.room == sender.room)
            else:
                [partner] = [other for other in everybody if other is sender.partner]
                yield partner, name


def all_arrived(people: Iterable[Survivor]) -> bool:
    """Whether all is acknowledged and has arrived."""
    everybody = list(people)
    return all(not person.client.waiting for person in everybody) and all(
        person.has(name) for person, name in _deliveries(everybody)
    )


def judge_survivors(people: Iterable[Survivor]) -> Verdict:
    """What was lost although it was acknowledged, and what came twice."""
    everybody = list(people)
    verdict = Verdict(sent=sum(len(person.safe) for person in everybody))
    for person, name in _deliveries(everybody):
        verdict.expected += 1
        if not person.has(name):
            verdict.lost += 1
            verdict.examples.append(f"{person.name}: {name} lost")
    for person in everybody:
        for name, times in person.heard.items():
            if times > 1:
                verdict.doubled += times - 1
                verdict.examples.append(f"{person.name}: {name} {times} times")
        verdict.refused += len(person.refused)
        verdict.examples += person.refused
    del verdict.examples[20:]
    return verdict
