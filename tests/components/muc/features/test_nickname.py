"""XEP-0045 §7.6: changing nickname."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
OLD = (
    f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'>"
    "<item nick='rob' role='participant'/><status code='303'/></x></presence>"
)
NEW = f"<presence from='{ROOM}/rob'><x xmlns='{USER}'><item role='participant'/></x></presence>"


def test_two_presences(alice: Person, bob: Person) -> None:
    """§7.6: unavailable with 303 and the new nickname, then the new one; both 110 to oneself."""
    bob.sends(f"<presence to='{ROOM}/rob'/>")
    alice.receives(OLD, NEW, without=('code="110"',))
    bob.receives(
        OLD.replace("</x>", "<status code='110'/></x>"), NEW.replace("</x>", "<status code='110'/></x>")
    )
    bob.says("it is me")
    alice.receives(f"<message from='{ROOM}/rob'/>")


def test_conflict(alice: Person, bob: Person) -> None:
    """§7.6: a nickname in use is denied, and nothing changes."""
    bob.sends(f"<presence id='n1' to='{ROOM}/alice'/>")
    bob.receives(
        f"<presence type='error' id='n1' from='{ROOM}/alice'><error by='{ROOM}' type='cancel'>"
        f"<conflict xmlns='{STANZAS}'/></error></presence>"
    )
    alice.receives_nothing()
    bob.says("still bob")
    alice.receives(f"<message from='{ROOM}/bob'/>")


def test_reserved(alice: Person, bob: Person) -> None:
    """§7.6: so is one that is reserved for a member."""
    alice.administers("<item affiliation='member' jid='dora@example' nick='dora'/>")
    bob.ignores().sends(f"<presence to='{ROOM}/dora'/>")
    bob.receives(f"<presence type='error'><error><conflict xmlns='{STANZAS}'/></error></presence>")


def test_one_of_several_sessions(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.6, §7.2.8: a nickname that several devices share is changed on all of them."""
    phone = conference.person("bob@example/phone").enters("bob").ignores()
    alice.ignores(), bob.ignores()
    phone.sends(f"<presence to='{ROOM}/rob'/>")
    for person in (phone, bob, alice):
        person.receives(
            f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'><item nick='rob'/>"
            "<status code='303'/></x></presence>",
            f"<presence from='{ROOM}/rob'/>",
        )
    bob.says("on both")
    alice.receives(f"<message from='{ROOM}/rob'/>")


def test_two_occupants_of_one_user_become_one(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.6, §7.2.8: to a nickname the user has on another device."""
    phone = conference.person("bob@example/phone").enters("mobile").ignores()
    alice.ignores(), bob.ignores()
    phone.sends(f"<presence to='{ROOM}/bob'/>").says("one")
    alice.receives(
        f"<presence type='unavailable' from='{ROOM}/mobile'/>",
        f"<presence from='{ROOM}/bob'/>",
        f"<message from='{ROOM}/bob'/>",
    )
    conference.restart()
    assert [*conference.service.rooms["tea"].occupants["bob"].sessions] == [bob.jid, phone.jid]


@pytest.mark.parametrize("nick", ["Alice", "AIice", "\u0430lice", "alicé", "al\u200bice", "a l ice"])
def test_impersonation(alice: Person, carol: Person, nick: str) -> None:
    """§14.6: a nickname that looks like somebody else's is refused like that one."""
    carol.enters(nick)
    carol.receives(f"<presence type='error'><error><conflict xmlns='{STANZAS}'/></error></presence>")


def test_similar_is_not_alike(alice: Person, carol: Person) -> None:
    """Nicknames that nobody takes for one another are free."""
    carol.enters("alina").receives(f"<presence from='{ROOM}/alice'/>")
