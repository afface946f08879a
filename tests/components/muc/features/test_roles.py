"""XEP-0045 §8.2 to §8.5, §9.6 to §9.8: roles by request."""

import pytest

from tests.components.muc.conference import ADMIN, ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def refused(person: Person, condition: str) -> None:
    """The answer to a request is this error, and there is nothing else."""
    person.receives(f"<iq type='error' id='admin'><error><{condition} xmlns='{STANZAS}'/></error></iq>")
    person.receives_nothing()


def role(person: Person, nick: str, expected: str) -> None:
    """The next presence says so."""
    person.receives(
        f"<presence from='{ROOM}/{nick}'><x xmlns='{USER}'><item role='{expected}'/></x></presence>"
    )


@pytest.fixture
def dora(conference: Conference, alice: Person, bob: Person) -> Person:
    """A moderator without affiliation."""
    person = conference.person("dora@example/pad").enters("dora")
    alice.administers("<item nick='dora' role='moderator'/>").ignores()
    bob.ignores()
    return person.ignores()


def test_kick(alice: Person, bob: Person, conference: Conference) -> None:
    """§8.2: the kicked one with 307, reason and actor; then the result; then the others."""
    alice.administers("<item nick='bob' role='none'><reason>Avaunt, you!</reason></item>")
    kicked = (
        f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'>"
        "<item affiliation='none' role='none'>"
        "<actor nick='alice'/><reason>Avaunt, you!</reason></item><status code='307'/></x></presence>"
    )
    bob.receives(kicked.replace("</x>", "<status code='110'/></x>"))
    alice.receives(f"<iq type='result' id='admin' from='{ROOM}'/>", kicked)
    assert [text.partition(" ")[0] for text in conference.sent] == ["<presence", "<iq", "<presence"]
    bob.enters("bob")
    alice.receives(f"<presence from='{ROOM}/bob'/>")


def test_kick_of_one_who_is_not_shown(alice: Person, bob: Person, carol: Person) -> None:
    """§8.2, §7.2.2: whom the others never saw, they do not see leaving."""
    alice.configures(presencebroadcast="moderator")
    carol.enters("carol").ignores()
    bob.ignores(), alice.ignores()
    alice.administers("<item nick='carol' role='none'/>").receives("<iq type='result'/>").get("id")
    carol.receives(f"<presence type='unavailable'><x xmlns='{USER}'><status code='307'/></x></presence>")
    bob.receives_nothing()


def test_kick_of_several_sessions(conference: Conference, alice: Person, bob: Person) -> None:
    """§8.2, §7.2.8: the occupant goes with all sessions, each of which is told."""
    phone = conference.person("bob@example/phone").enters("bob").ignores()
    bob.ignores()
    alice.administers("<item nick='bob' role='none'/>")
    for session in (bob, phone):
        session.receives(
            f"<presence type='unavailable'><x xmlns='{USER}'><status code='307'/></x></presence>"
        )
    assert [*conference.service.rooms["tea"].occupants] == ["alice"]


def test_kick_of_a_higher_affiliation(alice: Person, dora: Person) -> None:
    """§8.2: not-allowed."""
    dora.administers("<item nick='alice' role='none'/>")
    refused(dora, "not-allowed")
    alice.receives_nothing()


def test_kick_by_a_participant(alice: Person, bob: Person) -> None:
    """§8: forbidden for those who are no moderators."""
    bob.administers("<item nick='alice' role='none'/>")
    refused(bob, "forbidden")


def test_kick_of_nobody(alice: Person) -> None:
    """There is nobody of that nickname."""
    alice.administers("<item nick='zoe' role='none'/>")
    refused(alice, "item-not-found")


def test_voice(alice: Person, bob: Person) -> None:
    """§5.1.3, §8.3, §8.4: revoked and granted; everybody learns of both, after the result."""
    for wanted in ("visitor", "participant"):
        alice.administers(f"<item nick='bob' role='{wanted}'><reason>so</reason></item>")
        alice.receives("<iq type='result'/>")
        role(alice, "bob", wanted)
        bob.receives(
            f"<presence><x xmlns='{USER}'><item role='{wanted}'><reason>so</reason></item>"
            "<status code='110'/></x></presence>"
        )


@pytest.mark.parametrize("affiliation", ["admin", "owner"])
def test_voice_of_admins(alice: Person, bob: Person, affiliation: str) -> None:
    """§8.4, §9.7: nobody takes voice or moderator status from an admin or owner."""
    alice.administers(f"<item affiliation='{affiliation}' jid='bob@example'/>").ignores()
    for wanted in ("visitor", "participant"):
        alice.administers(f"<item nick='bob' role='{wanted}'/>")
        refused(alice, "not-allowed")


def test_voice_of_an_equal_affiliation(
    conference: Conference, alice: Person, dora: Person, bob: Person
) -> None:
    """§8.4: nor from somebody whose affiliation is the moderator's own."""
    for name in ("dora", "bob"):
        alice.administers(f"<item affiliation='member' jid='{name}@example'/>")
    dora.ignores().administers("<item nick='bob' role='visitor'/>")
    refused(dora, "not-allowed")


def test_voice_by_an_unaffiliated_moderator(dora: Person, bob: Person) -> None:
    """§5.1.1: a moderator may revoke voice, though neither of both has an affiliation."""
    dora.administers("<item nick='bob' role='visitor'/>").receives("<iq type='result'/>")
    role(bob, "bob", "visitor")


def test_moderator_status(alice: Person, bob: Person) -> None:
    """§9.6, §9.7: granted and revoked by an admin."""
    for wanted in ("moderator", "participant"):
        alice.administers(f"<item nick='bob' role='{wanted}'/>").receives("<iq type='result'/>")
        role(alice, "bob", wanted)


def test_moderator_status_by_a_moderator(dora: Person) -> None:
    """§9.6: forbidden for a moderator who is no admin."""
    dora.administers("<item nick='bob' role='moderator'/>")
    refused(dora, "forbidden")


def test_lists(alice: Person, bob: Person) -> None:
    """§8.5, §9.8, §17.4: nick and role of each, with affiliation and full JID."""
    alice.sends(
        f"<iq type='get' id='admin' to='{ROOM}'><query xmlns='{ADMIN}'><item role='participant'/>"
        "</query></iq>"
    )
    found = alice.receives(
        f"<iq type='result'><query xmlns='{ADMIN}'>"
        "<item nick='bob' role='participant' affiliation='none' jid='bob@example/laptop'/></query></iq>"
    )
    assert len(found[0]) == 1
    bob.sends(
        f"<iq type='get' id='admin' to='{ROOM}'><query xmlns='{ADMIN}'><item role='moderator'/></query></iq>"
    )
    refused(bob, "forbidden")


def test_all_or_none(alice: Person, bob: Person, dora: Person) -> None:
    """§9.2: when one change is refused, none of the request takes place."""
    alice.administers("<item nick='bob' role='visitor'/><item nick='zoe' role='visitor'/>")
    refused(alice, "item-not-found")
    bob.receives_nothing()
    bob.says("I have voice")
    alice.receives("<message><body>I have voice</body></message>")


def test_role_and_affiliation_in_one_item(alice: Person) -> None:
    """§17.4: bad-request."""
    alice.administers("<item nick='bob' role='visitor' affiliation='member'/>")
    refused(alice, "bad-request")


def test_several_at_once(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§8.5, §9.8: all changes of a list are told after the result, one by one."""
    carol.enters("carol").ignores()
    alice.ignores().administers(
        "<item nick='bob' role='visitor'/><item nick='carol' role='moderator'/>"
    ).receives("<iq type='result'/>")
    role(alice, "bob", "visitor")
    role(alice, "carol", "moderator")


def test_unknown_role(alice: Person, bob: Person) -> None:
    """There is no such role."""
    alice.administers("<item nick='bob' role='king'/>")
    refused(alice, "bad-request")


def test_a_role_that_is_not_shown(alice: Person, bob: Person) -> None:
    """§7.2.2, presencebroadcast: with a role that is not broadcast one has left, as far as others see."""
    alice.configures(presencebroadcast="moderator").ignores()
    bob.ignores()
    alice.administers("<item nick='bob' role='moderator'/>").receives("<iq type='result'/>")
    role(alice, "bob", "moderator")
    role(bob, "bob", "moderator")
    alice.administers("<item nick='bob' role='participant'/>").receives("<iq type='result'/>")
    alice.receives(f"<presence type='unavailable' from='{ROOM}/bob'/>")
    role(bob, "bob", "participant")
    bob.says("still here")
    alice.receives("<message/>")
