"""Rooms of the configuration file."""

from components.muc.config import MucSettings
from tests.components.muc.conference import OWNER, ROOM, USER, Conference, Person, fixed

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
INFO = "http://jabber.org/protocol/disco#info"
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


def test_a_reload_changes_the_name_of_the_service() -> None:
    conference = Conference()
    conference.reconfigure(MucSettings(name="Salons"))
    asked = f"<iq type='get' id='1' to='chat.example'><query xmlns='{INFO}'/></iq>"
    identity = "<identity category='conference' type='text' name='Salons'/>"
    carol_of(conference).sends(asked).receives(f"<iq><query xmlns='{INFO}'>{identity}</query></iq>")


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


def test_a_reload_is_told_to_the_occupants() -> None:
    """§10.2, §10.2.1: what concerns privacy by its code; who is no member any more has to go."""
    conference = Conference(rooms={"tea": fixed(name="Tea")})
    carol = carol_of(conference).enters("carol").ignores()
    dora = conference.person("dora@example/x").enters("dora").ignores()
    carol.ignores()
    conference.reconfigure(MucSettings(rooms={"tea": fixed(non_anonymous=True)}))
    for person in (carol, dora):
        person.receives(f"<message from='{ROOM}'><x xmlns='{USER}'><status code='172'/></x></message>")
    wanted = fixed(non_anonymous=True, members_only=True, members=["carol@example"])
    conference.reconfigure(MucSettings(rooms={"tea": wanted}))
    item = "<item affiliation='member' role='participant'/>"
    member = f"<presence from='{ROOM}/carol'><x xmlns='{USER}'>{item}</x></presence>"
    gone = f"<presence type='unavailable'><x xmlns='{USER}'><status code='322'/></x></presence>"
    carol.receives(member, gone, f"<message><x xmlns='{USER}'><status code='104'/></x></message>")
    dora.receives(member, gone)
    dora.receives_nothing()


def test_the_start_is_told_to_nobody() -> None:
    """Administrators own every fixed room; that is no news."""
    conference = Conference(rooms={"tea": fixed(name="Tea", members=["carol@example"])})
    conference.restart()
    assert not conference.people
