"""The ledger sees what is wrong: else the tests beside it would prove nothing."""

import pytest

from bench.restart.ledger import ChatLedger, RoomLedger, Verdict

SEEN = ["+w.1", "m:w:1", "+a.1", "m:a:1", "m:w:2", "-a.1", "+a.2", "m:a:2", "-a.2", "m:w:3"]
STAY = SEEN[2:9]


def judged(witness: list[str] = SEEN, stay: list[str] = STAY) -> Verdict:
    """The verdict on one room with a witness, and with somebody who enters, is renamed and leaves."""
    ledger = RoomLedger("tea@x")
    for event in SEEN:
        ledger.does("w" if "w" in event else "a", event)
    ledger.witness.extend(witness)
    ledger.stays.append(("a", stay))
    verdict = Verdict()
    ledger.judge(verdict)
    return verdict


def test_nothing_is_wrong() -> None:
    verdict = judged()
    assert verdict.good
    assert (verdict.sent, verdict.expected) == (5, 8)


def without(events: list[str], event: str) -> list[str]:
    """The events but for one."""
    return [other for other in events if other != event]


def swapped(events: list[str], at: int) -> list[str]:
    """The events, two of them in the wrong order."""
    return [*events[:at], events[at + 1], events[at], *events[at + 2 :]]


@pytest.mark.parametrize(
    ("witness", "stay", "counts"),
    [
        (SEEN, without(STAY, "m:w:2"), (1, 0, 0, 0)),
        (without(SEEN, "m:w:3"), STAY, (1, 0, 0, 0)),
        (SEEN, [*STAY[:3], "m:w:2", *STAY[3:]], (0, 1, 0, 0)),
        ([*SEEN, "m:w:1"], STAY, (0, 1, 0, 0)),
        (SEEN, swapped(STAY, 1), (0, 0, 1, 0)),
        (swapped(SEEN, 1), STAY, (1, 0, 0, 0)),  # the message came after the entering, then
        ([*SEEN, "-w.1"], STAY, (0, 0, 0, 1)),
        (without(SEEN, "+a.2"), without(STAY, "+a.2"), (0, 0, 0, 1)),
        (SEEN, without(STAY, "+a.2"), (0, 0, 0, 1)),
    ],
)
def test_what_is_wrong_is_counted(
    witness: list[str], stay: list[str], counts: tuple[int, int, int, int]
) -> None:
    verdict = judged(witness, stay)
    assert (verdict.lost, verdict.doubled, verdict.disordered, verdict.false_presences) == counts
    assert verdict.good is not any(counts)


def test_a_stay_that_goes_on() -> None:
    ledger = RoomLedger("tea@x")
    ledger.witness.extend(["+w.1", "+a.1", "m:w:1", "m:w:2"])
    ledger.stays.append(("a", ["+a.1", "m:w:1"]))
    verdict = Verdict()
    ledger.judge(verdict)
    assert verdict.lost == 1


def test_the_archive() -> None:
    for archived, counts in ((3, (0, 0)), (2, (1, 0)), (5, (0, 2))):
        ledger = RoomLedger("tea@x")
        ledger.witness.extend(["+w.1", "m:w:1", "m:w:2", "*w.1:moderator/none", "m:w:3"])
        ledger.archived = archived
        verdict = Verdict()
        ledger.judge(verdict)
        assert (verdict.lost, verdict.doubled) == counts


def test_messages_between_two() -> None:
    chats = ChatLedger()
    for name in ("c:a:1", "c:a:2", "c:a:3"):
        chats.sends("a", "b", name)
    assert not chats.complete()
    for name in ("c:a:3", "c:a:1", "c:a:1"):
        chats.receives("a", "b", name)
    verdict = Verdict()
    chats.judge(verdict)
    assert chats.complete()
    assert (verdict.lost, verdict.doubled, verdict.disordered) == (1, 1, 1)
