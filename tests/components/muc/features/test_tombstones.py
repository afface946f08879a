"""XEP-0045 §10.9: what remains of a persistent room that is destroyed."""

import pytest

from components.muc.config import MucSettings
from tests.components.muc.conference import OWNER, ROOM, Conference, Person, fixed

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
DESTROY = (
    f"<iq type='set' id='d' to='{ROOM}'><query xmlns='{OWNER}'>"
    "<destroy jid='den@chat.example'><reason>moved</reason></destroy></query></iq>"
)
GONE = (
    f"<error type='cancel'><gone xmlns='{STANZAS}'>xmpp:den@chat.example?join</gone>"
    f"<text xmlns='{STANZAS}'>moved</text></error>"
)


@pytest.fixture
def destroyed(conference: Conference, alice: Person) -> Conference:
    """The room was persistent, and has been destroyed."""
    alice.configures(persistentroom="1").sends(DESTROY).ignores()
    return conference


@pytest.mark.parametrize("restart", [False, True])
def test_gone(destroyed: Conference, carol: Person, restart: bool) -> None:
    """RFC 6120 §8.3.3.5: whatever is sent to it, the answer says where to go, after a restart too."""
    if restart:
        destroyed.restart()
    carol.enters("carol").receives(f"<presence type='error'>{GONE}</presence>")
    carol.sends(
        f"<iq type='get' id='i' to='{ROOM}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    )
    carol.receives(f"<iq type='error'>{GONE}</iq>")
    carol.says("anybody?").receives(f"<message type='error'>{GONE}</message>")


def test_its_owner_may_open_it_again(destroyed: Conference, alice: Person, carol: Person) -> None:
    """§10.1: for the former owner the name is free."""
    alice.enters("alice").receives(f"<presence from='{ROOM}/alice'/>")
    alice.sends(f"<presence type='unavailable' to='{ROOM}/alice'/>")
    carol.enters("carol").receives(f"<presence from='{ROOM}/carol'/>")


def test_not_for_ever(destroyed: Conference, carol: Person) -> None:
    """After the configured time the name is free for everybody, and nothing is kept."""
    destroyed.later(days=29)
    destroyed.makes_rounds()
    carol.enters("carol").receives("<presence type='error'/>")
    destroyed.later(days=2)
    destroyed.makes_rounds()
    assert not destroyed.rooms_rows
    carol.enters("carol").receives(f"<presence from='{ROOM}/carol'/>")


def test_a_temporary_room_leaves_none(conference: Conference, alice: Person, carol: Person) -> None:
    """Its name may be used again at once."""
    alice.sends(DESTROY)
    carol.enters("carol").receives(f"<presence from='{ROOM}/carol'/>")


def test_a_fixed_room_takes_the_name(destroyed: Conference, carol: Person) -> None:
    """The configuration file wins over what is remembered."""
    destroyed.reconfigure(MucSettings(rooms={"tea": fixed()}))
    carol.enters("carol").receives(f"<presence from='{ROOM}/carol'/>")
