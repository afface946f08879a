"""XEP-0045 §10.3, §10.6, §18.1: changed affiliations of those who are not in the room."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person

NOTICE = (
    f"<message from='{ROOM}'><x xmlns='{USER}'>"
    "<item affiliation='%s' jid='zoe@example' role='none'/></x></message>"
)


@pytest.fixture
def zoe(conference: Conference) -> Person:
    """Somebody who is not there; the bare JID gets what is sent to no session."""
    return conference.person("zoe@example")


@pytest.mark.parametrize("affiliation", ["owner", "admin", "member"])
def test_told(alice: Person, bob: Person, zoe: Person, affiliation: str) -> None:
    """§10.3, §10.6, §18.1: moderators learn who it is, the user has a message with 101."""
    alice.administers(f"<item affiliation='{affiliation}' jid='zoe@example'/>").receives(
        "<iq type='result'/>", NOTICE % affiliation
    )
    zoe.receives((NOTICE % affiliation).replace("</x>", "<status code='101'/></x>"))
    bob.receives_nothing()


def test_in_a_non_anonymous_room(alice: Person, bob: Person) -> None:
    """§7.2.3: everybody learns it where everybody sees addresses."""
    alice.configures(whois="anyone")
    bob.ignores()
    alice.administers("<item affiliation='member' jid='zoe@example'/>")
    bob.receives(NOTICE % "member")


def test_a_ban(alice: Person, zoe: Person) -> None:
    """§9.1: who is banned while away is told by nobody."""
    alice.administers("<item affiliation='outcast' jid='zoe@example'/>").receives(
        "<iq type='result'/>", NOTICE % "outcast"
    )
    zoe.receives_nothing()


def test_no_change(alice: Person, zoe: Person) -> None:
    """An affiliation that somebody has already is no news."""
    alice.administers("<item affiliation='member' jid='zoe@example'/>")
    zoe.ignores(), alice.ignores()
    alice.administers("<item affiliation='member' jid='zoe@example' nick='zo'/>").receives(
        "<iq type='result'/>"
    )
    zoe.receives_nothing()
    alice.receives_nothing()


def test_an_invitation_says_it_all(alice: Person, zoe: Person) -> None:
    """§9.5: a new member of a members-only room is invited, and gets no second message."""
    alice.configures(membersonly="1").administers("<item affiliation='member' jid='zoe@example'/>")
    zoe.receives(f"<message><x xmlns='{USER}'><invite/></x></message>").get("id")
    zoe.receives_nothing()
