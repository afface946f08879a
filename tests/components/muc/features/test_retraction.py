"""XEP-0424: an author takes back what they have said."""

import pytest
from sqlalchemy import select

from components.muc.storage import archive
from tests.components.muc.conference import ROOM, Conference, Element, Person
from tests.components.muc.features.test_archive import MAM, asks
from tests.components.muc.features.test_ids import occupant_id, stanza_id
from tests.components.muc.features.test_moderated_retraction import moderates

RETRACT = "urn:xmpp:message-retract:1"


def retracts(person: Person, id: str) -> Person:
    """Ask everybody to forget a message."""
    return person.sends(
        f"<message type='groupchat' id='r1' to='{ROOM}'><retract xmlns='{RETRACT}' id='{id}'/>"
        f"<fallback xmlns='urn:xmpp:fallback:0' for='{RETRACT}'/><body>retracted</body></message>"
    )


def said(person: Person, body: str) -> Element:
    """Speak; the message as the room sends it."""
    return person.ignores().says(body).receives("<message/>")


def texts(person: Person) -> str:
    """Everything that has arrived."""
    return "".join(text for stanza in person.inbox for text in stanza.itertext())


def test_retracted(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§3, §4: everybody gets the retraction; archive and history keep it, and a tombstone of the message."""
    message = said(bob, "magic potions")
    id = stanza_id(message)
    retracts(bob, id)
    alice.receives(
        "<message/>", f"<message from='{ROOM}/bob' id='r1'><retract id='{id}' xmlns='{RETRACT}'/></message>"
    )
    conference.restart()
    carol.enters("carol")
    assert "potions" not in texts(carol)
    asks(alice).receives(
        f"<message><result xmlns='{MAM}' id='{id}'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"<message xmlns='jabber:client' from='{ROOM}/bob'>"
        f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{occupant_id(message)}'/>"
        f"<retracted xmlns='{RETRACT}' id='r1' stamp='2026-05-04T12:00:00Z'/></message></forwarded></result>"
        "</message>",
        f"<message><result xmlns='{MAM}'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"<message xmlns='jabber:client'><retract xmlns='{RETRACT}' id='{id}'/></message></forwarded>"
        "</result></message>",
    )
    with conference.store.connect() as connection:
        contents = connection.execute(select(archive.c.content)).scalars().all()
    assert not any("potions" in content for content in contents)


def test_from_another_device_and_under_another_nickname(
    conference: Conference, alice: Person, bob: Person, carol: Person
) -> None:
    """§5: the author is the user, not the nickname; also for what the history does not know any more."""
    id = stanza_id(said(bob, "magic potions"))
    alice.configures(maxhistoryfetch="0")
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'/>")
    retracts(conference.person("bob@example/phone").enters("robert"), id)
    assert "potions" not in texts(asks(alice))


def test_of_somebody_else(alice: Person, bob: Person, carol: Person) -> None:
    """§5: a retraction by another user changes nothing, be they the owner."""
    id = stanza_id(said(bob, "magic potions"))
    retracts(alice, id)
    carol.enters("carol")
    assert "potions" in texts(carol)
    assert "potions" in texts(asks(bob))


def test_of_nothing(alice: Person) -> None:
    """Ids of no message are other people's matter; the retraction is passed on."""
    for id in ("", "nonsense", "0" * 32):
        retracts(alice.ignores(), id).receives(f"<message><retract xmlns='{RETRACT}'/></message>")
    assert "retracted" in texts(asks(alice))


def test_a_moderators_tombstone_stays(alice: Person, bob: Person) -> None:
    """XEP-0425 §4: who took a message back, and why, is not covered by its author later."""
    id = stanza_id(said(bob, "magic potions"))
    moderates(alice, id)
    retracts(bob, id)
    assert "spam" in texts(asks(alice))


def test_what_ends_like_another_message(alice: Person, bob: Person) -> None:
    """§6: an occupant id inside a message does not make it somebody else's."""
    id = occupant_id(said(bob, "x"))
    message = (
        alice.ignores()
        .sends(
            f"<message type='groupchat' to='{ROOM}'><body>mine</body>"
            f"<a xmlns='a'><occupant-id xmlns='urn:xmpp:occupant-id:0' id='{id}'/></a></message>"
        )
        .receives("<message/>")
    )
    retracts(bob, stanza_id(message))
    assert "mine" in texts(asks(alice))


def test_announced(alice: Person) -> None:
    """§2, §4: the room knows retractions, and makes tombstones."""
    info = "http://jabber.org/protocol/disco#info"
    alice.sends(f"<iq type='get' id='d' to='{ROOM}'><query xmlns='{info}'/></iq>").receives(
        f"<iq><query xmlns='{info}'><feature var='{RETRACT}'/>"
        f"<feature var='{RETRACT}#tombstone'/></query></iq>"
    )


@pytest.mark.parametrize("mark", ["id='mine'", ""])
def test_by_the_authors_own_id(alice: Person, bob: Person, carol: Person, mark: str) -> None:
    """§5.1: clients that use their own id of the message mean that of the same author."""
    origin = "<origin-id xmlns='urn:xmpp:sid:0' id='mine'/>"
    for person, words in ((bob, "magic potions"), (alice, "tea")):
        person.sends(f"<message type='groupchat' {mark} to='{ROOM}'><body>{words}</body>{origin}</message>")
    retracts(bob, "mine")
    carol.enters("carol")
    for person in (carol, asks(alice)):
        assert "potions" not in texts(person)
        assert "tea" in texts(person)
