"""XEP-0045 §7.2.2, §7.6, §7.10: locked nicknames."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person
from tests.components.muc.features.test_registration import registers

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
ASSIGNED = "<status code='210'/>"


@pytest.fixture
def rob(alice: Person, carol: Person) -> Person:
    """Carol, who has reserved the nickname rob, outside a room with locked nicknames."""
    alice.configures(lock_nicknames="1")
    alice.administers("<item affiliation='member' jid='carol@example' nick='rob'/>").ignores()
    return carol


def test_assigned_on_entering(alice: Person, bob: Person, rob: Person) -> None:
    """§7.2.2, §7.6, §7.10: in under the reserved nickname, with 210 to oneself, instead of an error."""
    bob.ignores()
    rob.enters("caroline").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/bob'/>",
        f"<presence from='{ROOM}/rob'><x xmlns='{USER}'><status code='110'/>{ASSIGNED}</x></presence>",
    )
    bob.receives(f"<presence from='{ROOM}/rob'/>", without=('code="210"',))


def test_discovered(rob: Person) -> None:
    """§7.12, §18.1: a locked nickname is found like any reserved one."""
    info = "http://jabber.org/protocol/disco#info"
    rob.sends(
        f"<iq type='get' id='d' to='{ROOM}'><query xmlns='{info}' node='x-roomuser-item'/></iq>"
    ).receives(
        f"<iq><query xmlns='{info}'><identity category='conference' type='text' name='rob'/></query></iq>"
    )


def test_as_asked_for(rob: Person) -> None:
    """§7.2.2: nothing was modified, so there is no 210."""
    rob.enters("rob").receives("<presence/>")
    rob.receives(f"<presence from='{ROOM}/rob'/>", without=('code="210"',))


def test_no_other_nickname(alice: Person, rob: Person) -> None:
    """§7.6: not-acceptable for a change; those without a reserved nickname are free."""
    rob.enters("rob").ignores().sends(f"<presence to='{ROOM}/caroline'/>").receives(
        f"<presence type='error'><error type='cancel'><not-acceptable xmlns='{STANZAS}'/></error></presence>"
    )
    rob.receives_nothing()


def test_others_are_free(bob: Person, rob: Person) -> None:
    """§7.6: who has reserved no nickname may have any."""
    bob.ignores().sends(f"<presence to='{ROOM}/bobby'/>").receives(
        f"<presence type='unavailable' from='{ROOM}/bob'/>", f"<presence from='{ROOM}/bobby'/>"
    )


def test_entering_again(conference: Conference, alice: Person, rob: Person) -> None:
    """§17.3, §7.2.2: who asks for everything again under the wrong nickname stays who they are."""
    rob.enters("caroline").ignores()
    alice.ignores()
    rob.enters("caroline").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/rob'><x xmlns='{USER}'>{ASSIGNED}</x></presence>",
    )
    alice.receives_nothing()


def test_registering_while_in_the_room(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.10: the nickname is modified at once, with 210 for all users."""
    alice.configures(lock_nicknames="1", registration="open").ignores()
    bob.ignores()
    registers(bob, "rob")
    for person in (alice, bob):
        person.inbox = [stanza for stanza in person.inbox if stanza.find(f".//{{{USER}}}status") is not None]
    alice.receives(
        f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'><item nick='rob'/>"
        "<status code='303'/></x></presence>",
        f"<presence from='{ROOM}/rob'><x xmlns='{USER}'><item affiliation='member'/>{ASSIGNED}</x>"
        "</presence>",
    )


def test_locked_later(alice: Person, bob: Person) -> None:
    """§10.2: when the lock is put on, those in the room get their nicknames."""
    alice.administers("<item affiliation='member' jid='bob@example' nick='rob'/>")
    bob.ignores()
    alice.configures(lock_nicknames="1")
    bob.receives(
        f"<presence type='unavailable' from='{ROOM}/bob'/>",
        f"<presence from='{ROOM}/rob'><x xmlns='{USER}'>{ASSIGNED}</x></presence>",
    )


def test_not_locked(alice: Person, carol: Person) -> None:
    """§7.12: elsewhere who has reserved a nickname may use another one, or both at once."""
    alice.administers("<item affiliation='member' jid='carol@example' nick='rob'/>")
    carol.enters("caroline").receives("<presence/>", f"<presence from='{ROOM}/caroline'/>")
