"""XEP-0045 §7.13 and §8.6: requests for voice."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
FORM = (
    f"<message to='{ROOM}'><x xmlns='jabber:x:data' type='submit'>"
    "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>%s</x></message>"
)
ASK = FORM % "<field var='muc#role'><value>participant</value></field>"
ANSWER = FORM % (
    "<field var='muc#role'><value>participant</value></field><field var='muc#roomnick'>"
    "<value>carol</value></field>"
    "<field var='muc#request_allow'><value>%s</value></field>"
)


@pytest.fixture
def visitor(alice: Person, carol: Person) -> Person:
    """Carol, without voice."""
    alice.configures(moderatedroom="1")
    carol.enters("carol").ignores()
    alice.ignores()
    return carol


def test_granted(alice: Person, visitor: Person) -> None:
    """§7.13, §8.6: the form goes to the moderator, whose approval makes a participant."""
    visitor.sends(ASK)
    alice.receives(
        f"<message from='{ROOM}'><x xmlns='jabber:x:data' type='form'>"
        "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>"
        "<field var='muc#jid'><value>carol@example/phone</value></field>"
        "<field var='muc#roomnick'><value>carol</value></field>"
        "<field var='muc#request_allow' type='boolean'><value>false</value></field></x></message>"
    )
    alice.sends(ANSWER % "true")
    visitor.receives(f"<presence><x xmlns='{USER}'><item role='participant'/></x></presence>")


def test_denied(alice: Person, visitor: Person) -> None:
    """§8.6: without approval nothing changes."""
    alice.sends(ANSWER % "0").receives_nothing()
    visitor.receives_nothing()


def test_not_by_the_visitor(visitor: Person) -> None:
    """§8.6: only moderators approve."""
    visitor.sends(ANSWER % "1")
    visitor.receives(f"<message type='error'><error><forbidden xmlns='{STANZAS}'/></error></message>")


def test_by_somebody_who_has_voice(bob: Person) -> None:
    """There is nothing to ask for."""
    bob.sends(ASK).receives(
        f"<message type='error'><error><bad-request xmlns='{STANZAS}'/></error></message>"
    )


def test_from_outside(alice: Person, carol: Person, conference: Conference) -> None:
    """Only occupants ask."""
    carol.sends(ASK).receives(
        f"<message type='error'><error><not-acceptable xmlns='{STANZAS}'/></error></message>"
    )
