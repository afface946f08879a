"""XEP-0045 §5.1: roles last across visits in moderated rooms."""

from pathlib import Path

import pytest

from components.muc.occupant import Role
from tests.components.muc.conference import ROOM, USER, Conference, Person
from tests.components.muc.test_portable import exported, imports, refuses


@pytest.fixture
def visitor(alice: Person, carol: Person) -> Person:
    """Carol, in a moderated room and without voice."""
    alice.configures(moderatedroom="1")
    carol.enters("carol").ignores()
    alice.ignores()
    return carol


def comes_back(person: Person, nick: str = "carol") -> str:
    """Leave and enter again; the role."""
    person.sends(f"<presence type='unavailable' to='{ROOM}/{nick}'/>").ignores().enters(nick)
    [item] = person.inbox[-2].iter(f"{{{USER}}}item")
    return str(item.get("role"))


def gives(moderator: Person, role: str, nick: str = "carol") -> None:
    """Change the role."""
    moderator.ignores().administers(f"<item nick='{nick}' role='{role}'/>").receives("<iq type='result'/>")
    moderator.ignores()


def test_voice_given(conference: Conference, alice: Person, visitor: Person) -> None:
    """§5.1: a visitor with voice is a participant at the next visit, after a restart, too."""
    assert comes_back(visitor) == "visitor"
    gives(alice, "participant")
    conference.restart()
    assert comes_back(visitor) == "participant"
    gives(alice, "visitor")
    assert comes_back(visitor) == "visitor"
    assert not conference.service.rooms["tea"].voices


def test_voice_taken(alice: Person, visitor: Person) -> None:
    """§5.1: leaving and coming back does not give a member voice again; another affiliation does."""
    alice.administers("<item affiliation='member' jid='carol@example'/>").ignores()
    assert comes_back(visitor) == "participant"
    gives(alice, "visitor")
    assert comes_back(visitor) == "visitor"
    alice.administers("<item affiliation='none' jid='carol@example'/>")
    alice.administers("<item affiliation='member' jid='carol@example'/>").ignores()
    assert comes_back(visitor) == "participant"


def test_a_granted_request(alice: Person, visitor: Person) -> None:
    """§8.6: voice given by the form lasts like any other."""
    alice.sends(
        f"<message to='{ROOM}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
        "<value>http://jabber.org/protocol/muc#request</value></field>"
        "<field var='muc#roomnick'><value>carol</value></field>"
        "<field var='muc#request_allow'><value>1</value></field></x></message>"
    )
    assert comes_back(visitor) == "participant"


def test_moderators_return_with_voice(alice: Person, visitor: Person) -> None:
    """§5.1.3: the status of a moderator is for one visit."""
    gives(alice, "moderator")
    assert comes_back(visitor) == "participant"


def test_only_in_moderated_rooms(conference: Conference, alice: Person, visitor: Person) -> None:
    """§5.1.2: in another room everybody has voice, and what was decided before is forgotten."""
    alice.administers("<item affiliation='member' jid='carol@example'/>").ignores()
    gives(alice, "visitor")
    alice.configures(moderatedroom="0").ignores()
    assert comes_back(visitor) == "participant"
    gives(alice, "visitor")
    assert comes_back(visitor) == "participant"
    assert not [key for table, key in conference.rows if table == "voice"]


def test_nothing_remains_of_a_room_that_ended(conference: Conference, alice: Person, visitor: Person) -> None:
    """§10.9: nor of the voices in it."""
    gives(alice, "participant")
    for person, nick in ((visitor, "carol"), (alice, "alice")):
        person.sends(f"<presence type='unavailable' to='{ROOM}/{nick}'/>")
    assert not conference.rooms_rows


def test_taken_elsewhere(conference: Conference, alice: Person, visitor: Person, tmp_path: Path) -> None:
    """XEP-0227: who has voice is part of a room as a file."""
    gives(alice, "participant")
    alice.configures(persistentroom="1")
    file = tmp_path / "rooms.xml"
    file.write_text(exported(conference))
    other = Conference()
    imports(other, file)
    other.restart()
    assert other.service.rooms["tea"].voices == {"carol@example": Role.PARTICIPANT}
    file.write_text(file.read_text().replace("role='participant'", "role='moderator'"))
    refuses(Conference(), file, "expected visitor or participant")
