"""XEP-0050, XEP-0045 §7.9: a conference at once."""

import re
from typing import Any

import pytest

from components.common.command_sessions import NAMESPACE
from components.common.config import read_configuration
from components.muc.config import MucSettings
from components.muc.features.unvisited import UNVISITED
from tests.components.muc.conference import DOMAIN, USER, Conference, Person

DIRECT = "jabber:x:conference"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


@pytest.fixture
def conference() -> Conference:
    """The service of an installation with groups."""
    return Conference(groups={"Guards": ["gert@example", "grete@example"], "Nobody": []})


@pytest.fixture
def alice(conference: Conference) -> Person:
    """A user of the domain."""
    return conference.person("alice@example/desk")


def starts(person: Person, **fields: Any) -> None:
    """Execute the command and fill its form."""
    person.sends(f"<iq type='set' id='1' to='{DOMAIN}'><command xmlns='{NAMESPACE}' node='conference'/></iq>")
    session = person.inbox.pop()[0].get("sessionid")
    written = "".join(
        f"<field var='{var}'>"
        + "".join(f"<value>{value}</value>" for value in ([values] if isinstance(values, str) else values))
        + "</field>"
        for var, values in fields.items()
    )
    person.sends(
        f"<iq type='set' id='2' to='{DOMAIN}'><command xmlns='{NAMESPACE}' node='conference'"
        f" sessionid='{session}'><x xmlns='jabber:x:data' type='submit'>{written}</x></command></iq>"
    )


def room_of(person: Person) -> str:
    """The address in the result, which comes first."""
    result = person.receives(
        f"<iq type='result'><command xmlns='{NAMESPACE}' status='completed'><note/>"
        "<x xmlns='jabber:x:data' type='result'><field var='room'/><field var='uri'/></x></command></iq>"
    )
    values = [value.text or "" for value in result.iter("{jabber:x:data}value")]
    assert values[1] == f"xmpp:{values[0]}?join"
    return values[0]


def test_people_are_invited_to_a_room_of_their_own(conference: Conference, alice: Person) -> None:
    """Hidden, members-only, temporary, non-anonymous; the starter owns it, everybody named is a member."""
    starts(alice, **{"with": ["bob@example", "carol@else/phone"]}, name="Biscuits", reason="Who eats them?")
    room = room_of(alice)
    assert re.fullmatch(rf"[0-9a-f]{{16}}@{DOMAIN}", room)
    for invitee in ("bob@example", "carol@else"):
        conference.person(invitee).receives(
            f"<message from='{room}'><x xmlns='{USER}'><invite from='alice@example'>"
            f"<reason>Who eats them?</reason></invite></x><x xmlns='{DIRECT}' jid='{room}'/></message>",
            without=("continue", "password"),
        )
    made = conference.service.rooms[room.partition("@")[0]]
    announced = {name for feature in conference.service.features for name in feature.announces(made)}
    assert {
        "muc_hidden",
        "muc_temporary",
        "muc_membersonly",
        "muc_nonanonymous",
        "muc_unsecured",
    } <= announced
    assert not made.locked
    bob = conference.person("bob@example/pad").enters("bob", room=room)
    bob.receives(f"<presence from='{room}/bob'><x xmlns='{USER}'><item affiliation='member'/></x></presence>")
    conference.person("eve@example/x").enters("eve", room=room).receives(
        f"<presence type='error'><error><registration-required xmlns='{STANZAS}'/></error></presence>"
    )


def test_who_starts_it_is_asked_in(conference: Conference, alice: Person) -> None:
    """Their own session gets a direct invitation (XEP-0249), by which clients offer to enter."""
    starts(alice, **{"with": "bob@example"})
    room = room_of(alice)
    alice.receives(f"<message from='{DOMAIN}'><x xmlns='{DIRECT}' jid='{room}'/></message>", without=(USER,))


def test_members_invite_further_ones(conference: Conference, alice: Person) -> None:
    """Third parties come in by those who are there."""
    starts(alice, **{"with": "bob@example"})
    room = room_of(alice)
    bob = conference.person("bob@example/pad").enters("bob", room=room).ignores()
    bob.sends(f"<message to='{room}'><x xmlns='{USER}'><invite to='dora@else'/></x></message>")
    conference.person("dora@else/x").enters("dora", room=room).receives(
        "<presence/>", f"<presence from='{room}/dora'/>"
    )


def test_groups_are_invited(conference: Conference, alice: Person) -> None:
    """Groups of the configuration whose members are known are offered by name; each is invited once."""
    alice.sends(f"<iq type='set' id='1' to='{DOMAIN}'><command xmlns='{NAMESPACE}' node='conference'/></iq>")
    alice.receives(
        f"<iq type='result'><command xmlns='{NAMESPACE}'><x xmlns='jabber:x:data' type='form'>"
        "<field var='groups' type='list-multi'><option label='Guards (2)'><value>Guards</value></option>"
        "</field></x></command></iq>",
        without=("Nobody",),
    )
    starts(alice, groups="Guards", **{"with": "gert@example"})
    room = room_of(alice)
    for member in ("gert@example", "grete@example"):
        conference.person(member).receives(f"<message from='{room}'/>")
        conference.person(member).receives_nothing()


def test_a_password(conference: Conference, alice: Person) -> None:
    """It stands in the invitations."""
    starts(alice, **{"with": "bob@example"}, password="crumpet")
    room = room_of(alice)
    conference.person("bob@example").receives(
        f"<message><x xmlns='{USER}'><password>crumpet</password></x>"
        f"<x xmlns='{DIRECT}' password='crumpet'/></message>"
    )
    conference.person("bob@example/pad").enters("bob", room=room).receives("<presence type='error'/>")


def test_a_chat_that_goes_on(conference: Conference, alice: Person) -> None:
    """§7.9, XEP-0249 §2: the thread of the chat."""
    starts(alice, **{"with": "bob@example"}, thread="e0ffe42b")
    room_of(alice)
    conference.person("bob@example").receives(
        f"<message><x xmlns='{USER}'><invite><continue thread='e0ffe42b'/></invite></x>"
        f"<x xmlns='{DIRECT}' continue='true' thread='e0ffe42b'/></message>"
    )


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({}, "not-acceptable"),
        ({"with": "alice@example"}, "not-acceptable"),
        ({"with": "else.example"}, "not-acceptable"),
        ({"with": "not an@address"}, "bad-request"),
        ({"with": [f"user{n}@example" for n in range(201)]}, "not-acceptable"),
        ({"groups": "Strangers"}, "bad-request"),
        ({"with": "bob@example", "name": "x" * 501}, "not-acceptable"),
    ],
)
def test_nobody_to_invite(conference: Conference, alice: Person, fields: Any, condition: str) -> None:
    """There is no room then, and the form can be filled again."""
    starts(alice, **fields)
    alice.receives(f"<iq type='error'><error><{condition} xmlns='{STANZAS}'/></error></iq>")
    assert not conference.rooms_rows
    assert not conference.service.rooms


def test_who_may(conference: Conference) -> None:
    """Users of the domain; as far as they may create rooms."""
    eve = conference.person("eve@else/x")
    eve.sends(f"<iq type='set' id='1' to='{DOMAIN}'><command xmlns='{NAMESPACE}' node='conference'/></iq>")
    eve.receives(f"<iq type='error'><error><forbidden xmlns='{STANZAS}'/></error></iq>")
    conference.reconfigure(MucSettings(room_creation="administrators"))
    alice = conference.person("alice@example/desk")
    starts(alice, **{"with": "bob@example"})
    alice.receives(f"<iq type='error'><error><not-allowed xmlns='{STANZAS}'/></error></iq>")
    conference.reconfigure(MucSettings(rooms_per_user=1))
    starts(alice, **{"with": "bob@example"})
    room_of(alice)
    starts(alice.ignores(), **{"with": "bob@example"})
    alice.receives(f"<iq type='error'><error><resource-constraint xmlns='{STANZAS}'/></error></iq>")
    assert len(conference.service.rooms) == 1


def test_it_ends_with_its_last_occupant(conference: Conference, alice: Person) -> None:
    starts(alice, **{"with": "bob@example"})
    room = room_of(alice)
    bob = conference.person("bob@example/pad").enters("bob", room=room)
    bob.sends(f"<presence type='unavailable' to='{room}/bob'/>")
    assert not conference.rooms_rows


def test_it_ends_if_nobody_comes(conference: Conference, alice: Person) -> None:
    """The room is not there for ever; one that somebody is in stays."""
    starts(alice, **{"with": "bob@example"})
    starts(alice.ignores(), **{"with": "bob@example"})
    room = room_of(alice)
    conference.person("bob@example/pad").enters("bob", room=room)
    conference.makes_rounds()
    conference.later(seconds=UNVISITED.total_seconds() - 1)
    conference.makes_rounds()
    assert len(conference.service.rooms) == 2
    conference.later(seconds=1)
    conference.makes_rounds()
    assert [other.jid for other in conference.service.rooms.values()] == [room]


def test_groups_of_the_configuration(tmp_path: Any) -> None:
    """Those who are named one by one; what is wrong with the groups is for the router to say."""
    file = tmp_path / "stellwerk.toml"
    file.write_text(
        "[muc]\nsecret='x'\n[core_router.shared_groups.guards]\nname='Our guards'\n"
        "members=['a@localhost', '*@localhost']\n"
        "[core_router.shared_groups.staff]\nmembers=['*']\n[core_router.shared_groups.odd]\nmembers=7\n"
    )
    configuration = read_configuration(file, "muc", "conference", MucSettings)
    assert configuration.groups == {"Our guards": ["a@localhost"], "staff": []}
