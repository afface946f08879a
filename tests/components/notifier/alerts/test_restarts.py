"""Whatever happens, and however often the process starts anew in between: people see the same."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import pytest

from components.common.dispatch import dispatch
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from tests.components.notifier.alerts.conftest import furnished
from tests.components.notifier.alerts.machines import Machines
from tests.components.notifier.office import Office

BODY = "{jabber:client}body"
SETTINGS = {
    "tell": ["policy:servers"],
    "rules": [
        {
            "name": "group",
            "match": ["rack=7"],
            "tell": ["ann", "bob"],
            "group_by": ["rack"],
            "group_wait": 20.0,
        },
        {"name": "often", "match": ["rack=8"], "tell": ["carol"], "repeat_interval": 120.0},
    ],
    "inhibitions": [{"source": ["key=k1"], "target": ["key=k2"]}],
    "messages": 4,
    "history": 5,
}
Step = Callable[[Office], object]


def steps(chance: random.Random) -> list[Step]:
    """What happens to both offices."""
    return [step(chance) for _ in range(120)]


def step(chance: random.Random) -> Step:
    """One thing, done with six seconds at least to the next: corrections that come faster are put off."""
    key, rack, number = f"k{chance.randrange(6)}", str(chance.choice((7, 8, 9))), chance.randrange(1, 15)
    who = chance.choice(("ann", "bob", "carol", "admin"))
    answers = [f"{verb} {number}" for verb in ("ack", "unack", "resolve", "show", "unsilence")]
    longer = [f"snooze {number} 2m", f"silence {number} 3m", f"silence rack={rack} 2m", "list", "history"]
    said = chance.choice((*answers, *longer))
    choices: list[Step] = [
        lambda office: Machines(office).fire(key, labels={"rack": rack}),
        lambda office: Machines(office).fire(key, labels={"rack": rack}),
        lambda office: Machines(office).resolve(key),
        lambda office: office.person(f"{who}@example").says(said),
        lambda office: office.later(seconds=40),
        lambda office: office.later(minutes=6),
    ]
    chosen = chance.choice(choices)

    def run(office: Office) -> object:
        result = chosen(office)
        office.later(seconds=6)
        return result

    return run


class Shaken(Office):
    """Whatever happens here is done and undone before it is done."""

    def performs(self, work: Any) -> Any:
        transaction = Transaction(self.now)
        with suppress(StanzaError):
            work(transaction)
        transaction.roll_back()
        return super().performs(work)

    def handle(self, stanza: ElementTree.Element) -> None:
        dispatch(self.service.handle, stanza, self.now).roll_back()
        super().handle(stanza)


def heard(office: Office) -> dict[str, list[tuple[str | None, str]]]:
    """All messages to each person, with their ids."""
    return {
        jid: [(stanza.get("id"), body) for stanza in person.inbox if (body := stanza.findtext(BODY))]
        for jid, person in office.people.items()
    }


@pytest.mark.parametrize("seed", range(8))
def test_starting_anew_changes_nothing(seed: int) -> None:
    """One office runs on, the other starts anew after each step."""
    plan = steps(random.Random(seed))
    steady, restless = furnished(**SETTINGS), furnished(**SETTINGS)
    for number, do in enumerate(plan):
        assert do(steady) == do(restless), number
        restless.restart()
        assert heard(steady) == heard(restless), number
    for table in ("alert", "alert_instance", "silence", "flood", "prompt", "post", "answer", "counter"):
        assert steady.rows(table) == restless.rows(table)
    for office in (steady, restless):
        office.later(days=1)
    assert heard(steady) == heard(restless)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_undone_never_was(seed: int) -> None:
    """A transaction that fails leaves nothing behind in memory, not even the order of things."""
    plan = steps(random.Random(seed))
    steady, shaken = furnished(**SETTINGS), furnished(Shaken, **SETTINGS)
    for number, do in enumerate(plan):
        assert do(steady) == do(shaken), number
        assert heard(steady) == heard(shaken), number
    for office in (steady, shaken):
        office.later(days=1)
    assert heard(steady) == heard(shaken)
    assert steady.rows("alert") == shaken.rows("alert")
