"""XEP-0045 §10.1.3: admins and owners by the configuration form."""

from components.muc.occupant import Affiliation
from tests.components.muc.conference import OWNER, ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def submits(person: Person, **lists: tuple[str, ...]) -> Person:
    """The form with these lists."""
    fields = "".join(
        f"<field var='muc#roomconfig_{name}'>{''.join(f'<value>{jid}</value>' for jid in jids)}</field>"
        for name, jids in lists.items()
    )
    return person.ignores().sends(
        f"<iq type='set' id='f' to='{ROOM}'><query xmlns='{OWNER}'>"
        f"<x xmlns='jabber:x:data' type='submit'>{fields}</x></query></iq>"
    )


def test_named(conference: Conference, alice: Person, bob: Person) -> None:
    """§10.1.3, §10.2: they get their affiliation, and everybody present is told."""
    submits(alice, roomadmins=("bob@example", "carol@example"), roomowners=("alice@example", "dora@example"))
    alice.receives(
        "<iq type='result'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='admin' role='moderator'/>"
        "</x></presence>",
        f"<message from='{ROOM}'><x xmlns='{USER}'><item affiliation='admin' jid='carol@example'/></x>"
        "</message>",
        f"<message from='{ROOM}'><x xmlns='{USER}'><item affiliation='owner' jid='dora@example'/></x>"
        "</message>",
    )
    room = conference.service.rooms["tea"]
    assert room.affiliation("carol@example") is Affiliation.ADMIN
    assert room.affiliation("dora@example") is Affiliation.OWNER
    form = alice.sends(f"<iq type='get' id='g' to='{ROOM}'><query xmlns='{OWNER}'/></iq>").receives(
        f"<iq type='result'><query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='form'>"
        "<field var='muc#roomconfig_roomadmins' type='jid-multi'><value>bob@example</value>"
        "<value>carol@example</value></field></x></query></iq>"
    )
    assert form is not None


def test_no_longer_named(conference: Conference, alice: Person, bob: Person) -> None:
    """§10.2: who stands in no list any more stays as a member."""
    alice.administers("<item affiliation='admin' jid='bob@example'/>")
    submits(alice, roomadmins=())
    assert conference.service.rooms["tea"].affiliation("bob@example") is Affiliation.MEMBER


def test_no_longer_an_owner(alice: Person, bob: Person) -> None:
    """§10.2: who is taken off the owners is an admin, and everybody is told; off both lists, a member."""
    alice.administers("<item affiliation='owner' jid='bob@example'/>").ignores()
    submits(alice, roomowners=("alice@example",)).receives(
        "<iq type='result'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='admin' role='moderator'/>"
        "</x></presence>",
    )
    submits(alice, roomowners=("alice@example",), roomadmins=()).receives(
        "<iq type='result'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='member' role='participant'/>"
        "</x></presence>",
    )


def test_an_owner_by_the_form(alice: Person, bob: Person) -> None:
    """§10.2: who becomes an owner is shown as one, and as a moderator."""
    submits(alice, roomowners=("alice@example", "bob@example")).receives(
        "<iq type='result'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='owner' role='moderator'/>"
        "</x></presence>",
    )


def test_an_owner_must_be_left(conference: Conference, alice: Person) -> None:
    """§10.2, §10.4: conflict, and nothing of the form takes effect."""
    before = dict(conference.rows)
    submits(alice, roomowners=(), roomadmins=("bob@example",)).receives(
        f"<iq type='error'><error><conflict xmlns='{STANZAS}'/></error></iq>"
    )
    assert conference.rows == before
    assert conference.service.rooms["tea"].affiliation("bob@example") is Affiliation.NONE


def test_no_address(alice: Person) -> None:
    """§10.1.3: not-acceptable for what is no address."""
    submits(alice, roomadmins=("@",)).receives(
        f"<iq type='error'><error><not-acceptable xmlns='{STANZAS}'/></error></iq>"
    )
