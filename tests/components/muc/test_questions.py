"""Requests that are answered out of the store are answered once, whatever happens in between."""

import pytest

from tests.components.muc.conference import ROOM, Conference, Person
from tests.components.muc.features.test_archive import MAM
from tests.components.muc.features.test_ids import stanza_id
from tests.components.muc.features.test_moderated_retraction import moderates

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
SEARCH = f"<iq type='set' id='q' to='{ROOM}'><query xmlns='{MAM}'/></iq>"


def killed(conference: Conference) -> None:
    """The process ends without having answered; the next one reads again."""
    conference.reads = True
    conference.restart()


def open_questions(conference: Conference) -> int:
    """How many are kept."""
    return sum(table == "question" for table, _ in conference.rows)


def test_answered_after_all(conference: Conference, alice: Person, bob: Person) -> None:
    """A search and a retraction that were accepted, and not carried out, are by the next process."""
    id = stanza_id(bob.says("magic potions").receives("<message/>"))
    alice.ignores()
    conference.reads = False
    bob.sends(SEARCH).receives_nothing()
    moderates(alice, id).receives_nothing()
    assert open_questions(conference) == 2
    killed(conference)
    bob.receives("<message/>", "<iq type='result' id='q'/>", f"<message from='{ROOM}'/>")
    alice.receives(f"<message from='{ROOM}'/>", "<iq type='result' id='r'/>")
    assert open_questions(conference) == 0
    conference.restart()
    for person in (alice, bob):
        person.receives_nothing()


def test_answered_already(conference: Conference, alice: Person) -> None:
    """Nothing is left of a question with its answer, be it a result or an error."""
    alice.sends(SEARCH).receives("<iq type='result'/>")
    moderates(alice, "0" * 32).receives("<iq type='error'/>")
    room = conference.service.rooms["tea"]
    moderates(alice, room.ids.stanza_id(room.id, 4711)).receives("<iq type='error' id='r'/>")
    assert open_questions(conference) == 0


def test_what_cannot_be_any_more(conference: Conference, alice: Person, bob: Person) -> None:
    """A request that would be refused now is, if somebody left meanwhile, say."""
    conference.reads = False
    bob.sends(SEARCH, f"<presence type='unavailable' to='{ROOM}/bob'/>").ignores()
    killed(conference)
    bob.receives(f"<iq type='error' id='q'><error><forbidden xmlns='{STANZAS}'/></error></iq>")
    assert open_questions(conference) == 0


@pytest.mark.parametrize("times", [1, 3])
def test_killed_again(conference: Conference, alice: Person, times: int) -> None:
    """However often: the question is kept until it is answered."""
    conference.reads = False
    alice.sends(SEARCH)
    for _ in range(times):
        conference.restart()
        alice.receives_nothing()
        assert open_questions(conference) == 1
    killed(conference)
    alice.receives("<iq type='result' id='q'/>")
    alice.receives_nothing()


def test_a_reload_asks_nothing_again(conference: Conference, alice: Person) -> None:
    """Questions of the present process will be answered by it."""
    conference.reads = False
    alice.sends(SEARCH)
    conference.reconfigure(conference.settings)
    assert open_questions(conference) == 1
