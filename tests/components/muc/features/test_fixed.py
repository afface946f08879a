"""Rooms of the configuration file."""

from components.muc.config import MucSettings
from tests.components.muc.conference import OWNER, ROOM, USER, Conference, Person, fixed

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
DESTROY = f"<iq type='set' id='d' to='{ROOM}'><query xmlns='{OWNER}'><destroy/></query></iq>"


def carol_of(conference: Conference) -> Person:
    """Somebody without affiliation."""
    return conference.person("carol@example/phone")


def test_exists_and_is_open() -> None:
    """It is there before anybody enters, unlocked, and nobody becomes its owner by entering."""
    conference = Conference(rooms={"tea": fixed(name="Tea")})
    carol_of(conference).enters("carol").receives(
        f"<presence><x xmlns='{USER}'><item affiliation='none' role='participant'/></x></presence>",
        without=('code="201"',),
    )


def test_stays_when_empty() -> None:
    """It is persistent."""
    conference = Conference(rooms={"tea": fixed()})
    carol = carol_of(conference).enters("carol").sends(f"<presence type='unavailable' to='{ROOM}/carol'/>")
    carol.ignores().enters("carol").receives("<presence/>", without=('code="201"',))


def test_administrators_own_it_but_cannot_destroy_it() -> None:
    """§10.9 leaves it to the service: not-allowed."""
    conference = Conference(rooms={"tea": fixed()})
    admin = conference.person("admin@example/x").sends(DESTROY)
    admin.receives(f"<iq type='error'><error><not-allowed xmlns='{STANZAS}'/></error></iq>")


def test_as_configured() -> None:
    """Password, members and owners are those of the file."""
    conference = Conference(
        rooms={"tea": fixed(members_only=True, members=["carol@example"], owners=["dora@example"])}
    )
    carol_of(conference).enters("carol").receives(
        f"<presence><x xmlns='{USER}'><item affiliation='member'/></x></presence>"
    )
    dora = conference.person("dora@example/x").enters("dora")
    assert dora.inbox[1].find(f"{{{USER}}}x/{{{USER}}}item").get("affiliation") == "owner"  # type: ignore[union-attr]


def test_a_reload_changes_it() -> None:
    """New rooms appear, changed ones change, for those who come from now on."""
    conference = Conference(rooms={"tea": fixed(name="Tea")})
    conference.reconfigure(MucSettings(rooms={"tea": fixed(password="crumpet"), "coffee": fixed()}))
    carol_of(conference).enters("carol")
    carol_of(conference).receives(
        f"<presence type='error'><error><not-authorized xmlns='{STANZAS}'/></error></presence>"
    )
    carol_of(conference).enters("carol", room="coffee@chat.example").receives(
        "<presence/>", without=('code="201"',)
    )


def test_no_longer_configured() -> None:
    """The room stays, and its owners may destroy it."""
    conference = Conference(rooms={"tea": fixed()})
    conference.reconfigure(MucSettings())
    conference.person("admin@example/x").sends(DESTROY).receives("<iq type='result'/>")
    assert not [key for table, key in conference.rows if table == "room"]


def test_unchanged_rooms_are_not_written_again() -> None:
    """A start on a store that is in step changes nothing."""
    conference = Conference(rooms={"tea": fixed(name="Tea", members=["carol@example"])})
    before = dict(conference.rows)
    conference.restart()
    assert conference.rows == before
