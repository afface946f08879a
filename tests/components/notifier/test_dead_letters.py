"""What was given up: shown to administrators, sent again, forgotten; kept over a restart."""

import pytest

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from tests.components.notifier.office import Office

COMMAND = (
    "<iq type='set' id='1'><command xmlns='http://jabber.org/protocol/commands' node='dead-letters'/></iq>"
)


@pytest.fixture
def office() -> Office:
    """With one e-mail that nobody took."""
    office = Office(work={"attempts": 1})

    def fails(transaction: Transaction) -> None:
        job = office.service.work.mail("ann@mail.example", "hello", "text", "k", transaction)
        office.service.work.failed(job.number, "554 no", transaction)

    office.performs(fails)
    return office


def test_they_are_shown(office: Office) -> None:
    """With the last error, after a restart too."""
    office.restart()
    [letter] = office.operates("dead-letters")["dead_letters"]
    assert (letter["number"], letter["target"], letter["error"]) == (1, "ann@mail.example", "554 no")
    assert office.service.work.due(office.now) == []


def test_one_is_sent_again(office: Office) -> None:
    """From the beginning, with the same key."""
    said = office.operates("dead-letters-retry", number="1")["notes"]
    assert said == [{"type": "info", "text": "1 will be sent again"}]
    [job] = office.service.work.due(office.now)
    assert (job.key, job.attempts) == ("k", 0)
    assert office.operates("dead-letters")["dead_letters"] == []


def test_all_are_forgotten(office: Office) -> None:
    office.operates("dead-letters-drop", number="all")
    assert office.rows("work") == []


def test_one_that_is_none(office: Office) -> None:
    with pytest.raises(StanzaError, match="there is no dead letter with the number 7"):
        office.operates("dead-letters-retry", number="7")
    with pytest.raises(StanzaError, match="expected a number or all, found 'x'"):
        office.operates("dead-letters-drop", number="x")


def test_they_are_for_administrators(office: Office) -> None:
    """XEP-0050 §4.4"""
    office.person("ann@example").sends(COMMAND).receives("<iq type='error' id='1'/>")
    office.person("admin@example").sends(COMMAND).receives("<iq type='result' id='1'/>")
