"""XEP-0421 §3.1 and XEP-0359 §3.1: what ids must and must not tell."""

import pytest

from components.muc.ids import Ids

IDS = Ids(b"s" * 32)


def test_occupant_ids_are_stable_unique_and_of_one_room() -> None:
    """XEP-0421 §3.1: the same for a user in a room; another in another room, for another user or secret."""
    id = IDS.occupant_id("tea@chat", "alice@example")
    assert id == Ids(b"s" * 32).occupant_id("tea@chat", "alice@example")
    others = {
        IDS.occupant_id("den@chat", "alice@example"),
        IDS.occupant_id("tea@chat", "bob@example"),
        Ids(b"t" * 32).occupant_id("tea@chat", "alice@example"),
    }
    assert len(others - {id}) == 3
    assert len(id) <= 128


def test_stanza_ids_lead_back_to_the_message() -> None:
    """XEP-0359 §3.1: unique, not to be predicted; only the service knows what one stands for."""
    id, next_id = IDS.stanza_id(1, 1000), IDS.stanza_id(1, 1001)
    assert IDS.number(1, id) == 1000
    assert sum(a == b for a, b in zip(id, next_id, strict=True)) < 16
    assert IDS.number(2, id) is None, "an id of another room"


@pytest.mark.parametrize("forged", ["", "1000", "' or 1=1 --", "0" * 32, "z" * 32, "00 " * 16, "0" * 64])
def test_forged_stanza_ids(forged: str) -> None:
    """What the service has not made stands for nothing."""
    assert IDS.number(1, forged) is None
