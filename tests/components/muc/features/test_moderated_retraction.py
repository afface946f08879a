"""XEP-0425: a moderator takes back what somebody said."""

import pytest

from tests.components.muc.conference import ROOM, Conference, Person
from tests.components.muc.features.test_archive import MAM, asks
from tests.components.muc.features.test_ids import occupant_id, stanza_id

MODERATE, RETRACT = "urn:xmpp:message-moderate:1", "urn:xmpp:message-retract:1"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def moderates(person: Person, id: str, what: str = f"<retract xmlns='{RETRACT}'/>") -> Person:
    """Ask for the retraction of a message."""
    return person.sends(
        f"<iq type='set' id='r' to='{ROOM}'><moderate xmlns='{MODERATE}' id='{id}'>{what}"
        "<reason>spam</reason></moderate></iq>"
    )


def refused(person: Person, condition: str) -> None:
    """The answer is this error."""
    person.receives(f"<iq type='error' id='r'><error><{condition} xmlns='{STANZAS}'/></error></iq>")


@pytest.mark.parametrize("restart", [False, True])
def test_retracted(conference: Conference, alice: Person, bob: Person, carol: Person, restart: bool) -> None:
    """§4: everybody is told by whom and why; archive and history hold a tombstone only."""
    said = bob.says("magic potions").receives("<message/>")
    id, alice_id = stanza_id(said), occupant_id(alice.says("hm").receives("<message/>", "<message/>"))
    if restart:
        conference.restart()
    moderates(alice, id)
    bob.receives(
        "<message/>",
        f"<message type='groupchat' from='{ROOM}'><retract xmlns='{RETRACT}' id='{id}'>"
        f"<moderated xmlns='{MODERATE}' by='{ROOM}/alice'>"
        f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{alice_id}'/></moderated><reason>spam</reason>"
        "</retract></message>",
    )
    alice.receives("<message/>", "<iq type='result' id='r'/>")
    carol.enters("carol")
    for person in (carol, asks(bob)):
        assert not any("potions" in text for stanza in person.inbox for text in stanza.itertext())
    tombstone = (
        f"<message><result xmlns='{MAM}' id='{id}'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"<message xmlns='jabber:client' from='{ROOM}/bob'>"
        f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{occupant_id(said)}'/>"
        f"<retracted xmlns='{RETRACT}' stamp='*'><moderated xmlns='{MODERATE}' by='{ROOM}/alice'/>"
        "<reason>spam</reason></retracted></message></forwarded></result></message>"
    )
    bob.receives(tombstone, "<message/>", f"<message><result xmlns='{MAM}'/></message>")


def test_only_moderators(alice: Person, bob: Person, carol: Person) -> None:
    """§4.2: forbidden for others, inside and outside."""
    id = stanza_id(alice.says("x").receives("<message/>"))
    for person in (bob.ignores(), carol):
        moderates(person, id)
        refused(person, "forbidden")


@pytest.mark.parametrize("id", ["", "nonsense", "0" * 32])
def test_no_such_message(alice: Person, id: str) -> None:
    """§4.2: item-not-found."""
    moderates(alice, id)
    refused(alice, "item-not-found")


def test_a_message_that_was_never_said(conference: Conference, alice: Person) -> None:
    """§4.2: nor for an id that could be one, and is not."""
    room = conference.service.rooms["tea"]
    moderates(alice, room.ids.stanza_id(room.id, 4711))
    refused(alice, "item-not-found")


def test_without_archive(alice: Person, bob: Person, carol: Person) -> None:
    """Where nothing is archived, the history forgets it all the same."""
    alice.configures(enablelogging="0")
    id = stanza_id(bob.ignores().says("magic potions").receives("<message/>"))
    moderates(alice, id)
    carol.enters("carol")
    assert not any("potions" in text for stanza in carol.inbox for text in stanza.itertext())


def test_other_actions(alice: Person) -> None:
    """§1: retraction is the only one there is."""
    id = stanza_id(alice.says("x").receives("<message/>"))
    moderates(alice, id, what="")
    refused(alice, "feature-not-implemented")
