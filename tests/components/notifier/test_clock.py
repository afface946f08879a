"""The agenda, and who looks at it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from components.common.transaction import Transaction
from components.notifier import clock
from components.notifier.clock import Agenda, Clock

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Notes:
    """What was done."""

    def __init__(self) -> None:
        self.agenda = Agenda()
        self.done: list[str] = []

    def put(self, name: str, minutes: int, elapses: bool = True) -> Transaction:
        transaction = Transaction(NOON)
        due = NOON + timedelta(minutes=minutes)
        self.agenda.put(transaction, ("t", name), due, lambda later: self.done.append(name), elapses)
        return transaction

    def at(self, minutes: int) -> list[str]:
        """What is done by then."""
        while self.agenda.act(Transaction(NOON + timedelta(minutes=minutes))):
            pass
        done, self.done = self.done, []
        return done


def test_in_the_order_in_which_it_is_due() -> None:
    notes = Notes()
    for name, minutes in (("b", 2), ("a", 1), ("c", 3)):
        notes.put(name, minutes)
    assert notes.at(0) == []
    assert notes.at(2) == ["a", "b"]
    assert notes.at(3) == ["c"]
    assert len(notes.agenda) == 0


def test_what_is_put_again_is_due_once() -> None:
    """Earlier or later than before."""
    notes = Notes()
    notes.put("a", 1)
    notes.put("a", 5)
    notes.put("b", 9)
    notes.put("b", 2)
    assert notes.at(4) == ["b"]
    assert notes.at(9) == ["a"]


def test_what_is_undone_never_was() -> None:
    """Putting, replacing, removing and acting are taken back with their transaction."""
    notes = Notes()
    notes.put("a", 1).roll_back()
    assert notes.at(9) == []
    notes.put("a", 1)
    notes.put("a", 2).roll_back()
    assert notes.agenda.next() == NOON + timedelta(minutes=1)
    removing = Transaction(NOON)
    notes.agenda.remove(removing, ("t", "a"))
    assert notes.agenda.next() is None
    removing.roll_back()
    acting = Transaction(NOON + timedelta(minutes=1))
    assert notes.agenda.act(acting)
    acting.roll_back()
    notes.done.clear()
    assert notes.at(1) == ["a"]


def test_who_waits_hears_of_what_is_due_sooner() -> None:
    notes, heard = Notes(), []
    notes.agenda.earlier = lambda: heard.append(notes.agenda.next())
    notes.put("a", 5)
    notes.put("b", 9)
    notes.put("c", 1)
    assert len(heard) == 2


def test_waits_move_with_the_clock_of_the_machine() -> None:
    """Set back an hour: a wait of a minute is a minute, a moment of the calendar is what it says."""
    notes = Notes()
    notes.put("wait", 1)
    notes.put("moment", 1, elapses=False)
    notes.agenda.shift(timedelta(hours=-1))
    assert notes.at(-59) == ["wait"]
    assert notes.at(0) == []
    assert notes.at(1) == ["moment"]


@pytest.mark.usefixtures("runner")
async def test_what_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not hold up the rest."""
    agenda, done = Agenda(), asyncio.Event()
    failures: list[str] = []

    def fails(transaction: Transaction) -> None:
        failures.append("")
        if len(failures) == 1:
            raise RuntimeError("not yet")
        done.set()

    async def perform(work):  # type: ignore[no-untyped-def]
        transaction = Transaction(datetime.now(UTC))
        try:
            return work(transaction)
        except BaseException:
            transaction.roll_back()
            raise

    monkeypatch.setattr(clock, "AGAIN", timedelta(0))
    runs = Clock(agenda, perform)
    await runs.open()
    agenda.put(Transaction(NOON), ("t", "a"), NOON, fails)
    async with asyncio.timeout(20):
        await done.wait()
    await runs.close()
    assert len(failures) == 2


@pytest.mark.usefixtures("runner")
async def test_the_clock_of_the_machine_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen at the next look: what waits, waits as long as before."""
    agenda = Agenda()
    offset = timedelta(0)
    monkeypatch.setattr(clock, "_offset", lambda: offset)
    looked = asyncio.Event()

    async def perform(work):  # type: ignore[no-untyped-def]
        looked.set()
        return work(Transaction(NOON))

    due = datetime.now(UTC) + timedelta(hours=3)
    agenda.put(Transaction(NOON), ("t", "a"), due, lambda later: None)
    runs = Clock(agenda, perform)
    offset = timedelta(hours=-2)
    await runs.open()
    async with asyncio.timeout(20):
        await looked.wait()
    await runs.close()
    assert agenda.next() == due - timedelta(hours=2)
