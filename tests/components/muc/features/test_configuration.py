"""XEP-0045 §10.1, §10.2 and §10.9: creation, configuration, destruction."""

import pytest

from components.muc.config import MucSettings
from tests.components.muc.conference import ENTER, OPEN, OWNER, ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
DATA = "jabber:x:data"
FORM = f"<iq type='get' id='form' to='{ROOM}'><query xmlns='{OWNER}'/></iq>"
CANCEL = (
    f"<iq type='set' id='c' to='{ROOM}'><query xmlns='{OWNER}'><x xmlns='{DATA}' type='cancel'/></query></iq>"
)

REGISTERED = (
    *("allowinvites", "allowpm", "changesubject", "enablelogging", "getmemberlist", "lang", "maxusers"),
    *("membersonly", "moderatedroom", "passwordprotectedroom", "persistentroom", "presencebroadcast"),
    *("publicroom", "pubsub", "roomadmins", "roomdesc", "roomname", "roomowners", "roomsecret", "whois"),
)


def notified(person: Person, *codes: int) -> None:
    """The next stanza is the notification of a changed configuration with exactly these codes."""
    found = person.receives(f"<message type='groupchat' from='{ROOM}'><x xmlns='{USER}'/></message>")
    assert [status.get("code") for status in found[0]] == [str(code) for code in codes]


def test_creation(conference: Conference) -> None:
    """§7.2.11, §10.1.1: whoever enters a room that does not exist becomes its owner; status 201."""
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(
        f"<presence from='{ROOM}/carol'><x xmlns='{USER}'><item affiliation='owner' role='moderator'/>"
        "<status code='110'/><status code='201'/></x></presence>",
        "<message><subject/></message>",
    )


def test_instant_room(conference: Conference) -> None:
    """§10.1.1, §10.1.2: an empty form accepts the defaults and opens the room."""
    conference.person("alice@example/desk").enters("alice").ignores().sends(OPEN).receives(
        "<iq type='result'/>"
    )
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(f"<presence from='{ROOM}/alice'/>")


def test_reserved_room(conference: Conference) -> None:
    """§10.1.1, §10.1.3: form, filled form, open room with that configuration."""
    alice = conference.person("alice@example/desk").enters("alice").ignores().sends(FORM)
    form = alice.receives(
        f"<iq type='result' id='form'><query xmlns='{OWNER}'><x xmlns='{DATA}' type='form'>"
        "<field var='FORM_TYPE' type='hidden'><value>"
        "http://jabber.org/protocol/muc#roomconfig</value></field>"
        "<field var='muc#roomconfig_membersonly' type='boolean'><value>0</value></field>"
        "<field var='muc#roomconfig_roomsecret' type='text-private'/>"
        "<field var='muc#roomconfig_whois' type='list-single'><value>moderators</value>"
        "<option><value>anyone</value></option></field></x></query></iq>"
    )
    variables = [field.get("var") for field in form.iter(f"{{{DATA}}}field")]
    assert len(variables) == len(set(variables))
    alice.configures(membersonly="1")
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(
        f"<presence type='error'><error><registration-required xmlns='{STANZAS}'/></error></presence>"
    )


def test_cancelled_creation(conference: Conference) -> None:
    """§10.1.1, §10.1.3: the room is destroyed, its owner sent away."""
    alice = conference.person("alice@example/desk").enters("alice").ignores().sends(CANCEL)
    alice.receives(
        f"<presence type='unavailable'><x xmlns='{USER}'><destroy/></x></presence>", "<iq type='result'/>"
    )
    assert not conference.rooms_rows


def test_cancelled_configuration(conference: Conference, alice: Person) -> None:
    """§10.2: cancelling later leaves everything as it was."""
    before = dict(conference.rows)
    alice.sends(CANCEL).receives("<iq type='result'/>").get("id")
    assert conference.rows == before


def test_the_form_shows_what_is(alice: Person) -> None:
    """§10.2: the present configuration, in every field."""
    alice.configures(roomname="Tea", membersonly="1", maxusers="7", presencebroadcast="moderator").sends(FORM)
    values = "".join(
        f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
        for name, value in (
            ("roomname", "Tea"),
            ("membersonly", "1"),
            ("maxusers", "7"),
            ("presencebroadcast", "moderator"),
            ("roomowners", "alice@example"),
        )
    )
    alice.ignores().sends(FORM).receives(
        f"<iq><query xmlns='{OWNER}'><x xmlns='{DATA}' type='form'>{values}</x></query></iq>"
    )


def test_every_registered_field(alice: Person) -> None:
    """§16.5: the form has all of the registry, and each can be sent back as it came."""
    form = alice.sends(FORM).receives("<iq type='result'/>")
    fields = {field.get("var"): field for field in form.iter(f"{{{DATA}}}field")}
    assert {f"muc#roomconfig_{name}" for name in REGISTERED} <= fields.keys()
    filled = "".join(
        f"<field var='{var}'>"
        + "".join(f"<value>{value.text}</value>" for value in field.findall(f"{{{DATA}}}value"))
        + "</field>"
        for var, field in fields.items()
    )
    alice.sends(
        f"<iq type='set' id='s' to='{ROOM}'><query xmlns='{OWNER}'>"
        f"<x xmlns='{DATA}' type='submit'>{filled}</x></query></iq>"
    ).receives("<iq type='result' id='s'/>")
    alice.receives_nothing()


def test_only_owners_configure(alice: Person, bob: Person) -> None:
    """§10.2: forbidden for others."""
    for request in (FORM, OPEN, CANCEL):
        bob.sends(request).receives(f"<iq type='error'><error><forbidden xmlns='{STANZAS}'/></error></iq>")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("muc#roomconfig_passwordprotectedroom", "1"),  # and no password
        ("muc#roomconfig_membersonly", "perhaps"),
        ("muc#roomconfig_whois", "nobody"),
        ("muc#roomconfig_maxusers", "-1"),
        ("muc#roomconfig_presencebroadcast", "king"),
    ],
)
def test_impossible_configuration(conference: Conference, alice: Person, field: str, value: str) -> None:
    """§10.1.3: not-acceptable, and nothing is changed."""
    before = dict(conference.rows)
    alice.sends(
        f"<iq type='set' to='{ROOM}'><query xmlns='{OWNER}'><x xmlns='{DATA}' type='submit'>"
        f"<field var='muc#roomconfig_roomname'><value>New</value></field>"
        f"<field var='{field}'><value>{value}</value></field></x></query></iq>"
    )
    alice.receives(f"<iq type='error'><error><not-acceptable xmlns='{STANZAS}'/></error></iq>")
    assert conference.rows == before


def test_a_form_of_another_type(alice: Person) -> None:
    """XEP-0068 §3.1: a form that is for something else is a bad request."""
    alice.sends(
        f"<iq type='set' to='{ROOM}'><query xmlns='{OWNER}'><x xmlns='{DATA}' type='submit'>"
        "<field var='FORM_TYPE'><value>urn:other</value></field></x></query></iq>"
    ).receives(f"<iq type='error'><error><bad-request xmlns='{STANZAS}'/></error></iq>")


def test_members_only_from_now_on(alice: Person, bob: Person) -> None:
    """§10.2: those who are no members are removed with 322, as the others are told."""
    alice.configures(membersonly="1")
    x = f"<x xmlns='{USER}'><status code='322'/></x>"
    gone = f"<presence type='unavailable' from='{ROOM}/bob'>{x}</presence>"
    bob.receives(gone)
    alice.receives("<iq type='result'/>", gone)
    notified(alice, 104)


def test_roles_that_are_shown_from_now_on(alice: Person, bob: Person, carol: Person) -> None:
    """§5.1, §7.2.2, presencebroadcast: what changes is seen at once, by those whom it concerns."""
    carol.enters("carol").ignores()
    alice.ignores(), bob.ignores()
    alice.configures(presencebroadcast="moderator")
    gone = (
        f"<presence type='unavailable' from='{ROOM}/%s'><x xmlns='{USER}'><item role='none'/></x></presence>"
    )
    alice.receives("<iq type='result'/>", gone % "bob", gone % "carol")
    bob.receives(gone % "carol")
    notified(bob, 104)
    bob.receives_nothing()
    alice.ignores().configures(presencebroadcast="participant")
    bob.receives(gone % "alice", f"<presence from='{ROOM}/carol'/>")


@pytest.mark.parametrize(("fields", "code"), [({"whois": "anyone"}, 172), ({"roomname": "Tea"}, 104)])
def test_notification(alice: Person, bob: Person, fields: dict[str, str], code: int) -> None:
    """§10.2.1: a code for what concerns privacy, 104 for the rest."""
    alice.configures(**fields)
    notified(bob, code)


def test_semi_anonymous_again(alice: Person, bob: Person) -> None:
    """§10.2.1: 173."""
    alice.configures(whois="anyone").configures(whois="moderators")
    notified(bob, 172)
    notified(bob, 173)


def test_no_notification_of_nothing(alice: Person, bob: Person) -> None:
    """A form that changes nothing is no news."""
    alice.configures(membersonly="0")
    bob.receives_nothing()


def test_destruction(conference: Conference, alice: Person, bob: Person) -> None:
    """§10.9: one unavailable presence for each, with venue, its password and reason; then the result;
    nothing is left.
    """
    alice.sends(
        f"<iq type='set' id='d' to='{ROOM}'><query xmlns='{OWNER}'><destroy jid='pub@chat.example'>"
        "<password>scone</password><reason>Macbeth doth come.</reason></destroy></query></iq>"
    )
    end = (
        f"<presence type='unavailable' from='{ROOM}/%s'><x xmlns='{USER}'>"
        "<item affiliation='none' role='none'/>"
        "<destroy jid='pub@chat.example'><password>scone</password><reason>Macbeth doth come.</reason>"
        "</destroy></x></presence>"
    )
    bob.receives(end % "bob").get("to")
    bob.receives_nothing()
    alice.receives(end % "alice", "<iq type='result' id='d'/>")
    assert not conference.rooms_rows


def test_destruction_by_others(alice: Person, bob: Person) -> None:
    """§10.9: forbidden."""
    bob.sends(f"<iq type='set' to='{ROOM}'><query xmlns='{OWNER}'><destroy/></query></iq>")
    bob.receives(f"<iq type='error'><error><forbidden xmlns='{STANZAS}'/></error></iq>")
    alice.receives_nothing()


@pytest.mark.parametrize(
    ("creation", "allowed"),
    [
        ("anyone", {"carol@example/a", "eve@elsewhere/b", "admin@example/c"}),
        ("local", {"carol@example/a", "admin@example/c"}),
        ("administrators", {"admin@example/c"}),
    ],
)
def test_who_may_create_rooms(creation: str, allowed: set[str]) -> None:
    """§10.1.1: not-allowed where it is restricted."""
    conference = Conference(room_creation=creation)
    for jid in ("carol@example/a", "eve@elsewhere/b", "admin@example/c"):
        person = conference.person(jid)
        person.enters("x", room=f"{jid.partition('@')[0]}@chat.example")
        if jid in allowed:
            person.receives(f"<presence><x xmlns='{USER}'><status code='201'/></x></presence>")
        else:
            person.receives(
                f"<presence type='error'><error><not-allowed xmlns='{STANZAS}'/></error></presence>"
            )


def test_settings_are_those_of_the_service() -> None:
    """Who may create rooms can be changed by a reload."""
    conference = Conference(room_creation="administrators")
    conference.reconfigure(MucSettings(room_creation="anyone"))
    conference.person("carol@example/a").sends(f"<presence to='{ROOM}/x'>{ENTER}</presence>").receives(
        "<presence/>"
    )
