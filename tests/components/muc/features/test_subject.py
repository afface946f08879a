"""XEP-0045 §8.1 and §7.2.15: the subject."""

from tests.components.muc.conference import ROOM, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
CHANGE = f"<message type='groupchat' id='s1' to='{ROOM}'><subject>Biscuits</subject></message>"


def test_a_moderator_changes_it(alice: Person, bob: Person) -> None:
    """§8.1: reflected to everybody from the occupant JID."""
    alice.sends(CHANGE)
    for person in (alice, bob):
        person.receives(
            f"<message from='{ROOM}/alice' id='s1' type='groupchat'><subject>Biscuits</subject></message>",
            without=("delay",),
        )


def test_a_participant_may_not(alice: Person, bob: Person) -> None:
    """§8.1: forbidden by default."""
    bob.sends(CHANGE).receives(
        f"<message type='error'><error><forbidden xmlns='{STANZAS}'/></error></message>"
    )
    alice.receives_nothing()


def test_a_participant_may_where_configured(alice: Person, bob: Person) -> None:
    """§8.1: as muc#roomconfig_changesubject says."""
    alice.configures(changesubject="1").ignores()
    bob.sends(CHANGE)
    alice.receives(f"<message from='{ROOM}/bob'><subject>Biscuits</subject></message>")


def test_with_a_body_it_is_a_message(alice: Person, bob: Person, carol: Person) -> None:
    """§8.1: a subject with a body, or with a thread, changes nothing."""
    bob.sends(f"<message type='groupchat' to='{ROOM}'><subject>No</subject><body>x</body></message>")
    bob.sends(f"<message type='groupchat' to='{ROOM}'><subject>No</subject><thread>x</thread></message>")
    alice.receives(
        "<message><subject>No</subject><body>x</body></message>",
        "<message><subject>No</subject><thread>x</thread></message>",
    )
    carol.enters("carol")
    assert carol.inbox[-1].findtext("{jabber:client}subject") == ""


def test_cleared(conference: Conference, alice: Person, carol: Person) -> None:
    """§7.2.15, §8.1: one that was cleared is empty, with the time at which that was done."""
    alice.sends(CHANGE, f"<message type='groupchat' to='{ROOM}'><subject/></message>")
    conference.later(hours=1)
    carol.enters("carol")
    subject = carol.inbox[-1]
    assert subject.findtext("{jabber:client}subject") == ""
    assert subject.find("{urn:xmpp:delay}delay").get("stamp") == "2026-05-04T12:00:00Z"  # type: ignore[union-attr]


def test_the_language(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§13: a subject is told in the language it was set in, after a restart, too."""
    alice.sends(f"<message xml:lang='fr' type='groupchat' to='{ROOM}'><subject>Biscuits</subject></message>")
    bob.receives("<message xml:lang='fr'><subject>Biscuits</subject></message>")
    conference.restart()
    assert carol.enters("carol").inbox[-1].get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
