"""XEP-0410: an occupant asks whether it is still in the room."""

from tests.components.muc.conference import ROOM, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
PING = "<iq type='get' id='p' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>"


def test_still_there(bob: Person) -> None:
    """XEP-0410 §3.2: a result from the occupant JID."""
    bob.sends(PING % f"{ROOM}/bob").receives(f"<iq type='result' id='p' from='{ROOM}/bob'/>")


def test_not_there(alice: Person, carol: Person) -> None:
    """XEP-0410 §3.2: not-acceptable."""
    carol.sends(PING % f"{ROOM}/carol")
    carol.receives(f"<iq type='error' id='p'><error><not-acceptable xmlns='{STANZAS}'/></error></iq>")


def test_nobody(bob: Person) -> None:
    """XEP-0410 §3.2: item-not-found for a nickname that nobody has."""
    bob.sends(PING % f"{ROOM}/zoe")
    bob.receives(f"<iq type='error'><error><item-not-found xmlns='{STANZAS}'/></error></iq>")
