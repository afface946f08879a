"""Rooms by the operator: the same commands on the control socket and, by XEP-0050, for administrators."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from components.common.command_sessions import NAMESPACE
from components.common.control import CommandError
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.muc.component import PROGRAM
from components.muc.config import MucSettings
from tests.components.muc.conference import DOMAIN, ROOM, USER, Conference, Person, fixed


def operates(conference: Conference, name: str, **arguments: Any) -> Mapping[str, Any]:
    """What the control socket answers; nothing has changed if it refuses."""
    assert PROGRAM.commands is not None
    transaction = Transaction(conference.now)
    try:
        result = PROGRAM.commands(conference.service)[name](arguments, transaction)
    except (CommandError, StanzaError):
        transaction.roll_back()
        raise
    conference.commit(transaction)
    return result


def refuses(conference: Conference, complaint: str, name: str, **arguments: Any) -> None:
    """The command fails with that text, and changes nothing."""
    before = dict(conference.rows)
    with pytest.raises((CommandError, StanzaError), match=re.escape(complaint)):
        operates(conference, name, **arguments)
    assert conference.rows == before


def commands(person: Person, attributes: str, form: str = "") -> str:
    """Send a command as an administrator's client does; the session id of the answer."""
    person.sends(
        f"<iq type='set' id='c' to='{DOMAIN}'><command xmlns='{NAMESPACE}' {attributes}>{form}</command></iq>"
    )
    return str(person.inbox[-1][0].get("sessionid"))


def submit(**values: str) -> str:
    fields = "".join(f"<field var='{var}'><value>{value}</value></field>" for var, value in values.items())
    return f"<x xmlns='jabber:x:data' type='submit'>{fields}</x>"


def test_a_room_is_made(conference: Conference) -> None:
    """Persistent and open, owned by the administrators, configured as wanted."""
    made = operates(conference, "room-create", room="tea", roomname="Tea", membersonly=True)
    assert made["room"] == ROOM
    room = conference.service.rooms["tea"]
    shown = operates(conference, "room-show", room=ROOM)
    assert (shown["roomname"], shown["membersonly"], shown["persistentroom"]) == ("Tea", True, True)
    assert shown["roomowners"] == ["admin@example"]
    assert not room.locked
    conference.restart()
    assert operates(conference, "room-show", room="tea") == shown


def test_its_owners_are_those_who_are_named(conference: Conference, carol: Person) -> None:
    operates(conference, "room-create", room="coffee", owners="carol@example, dora@example")
    listed = operates(conference, "room-affiliations", room="coffee")["affiliations"]
    assert [(entry["jid"], entry["affiliation"]) for entry in listed] == [
        ("carol@example", "owner"),
        ("dora@example", "owner"),
    ]


def test_rooms_that_cannot_be_made(conference: Conference, alice: Person) -> None:
    refuses(conference, f"{ROOM} exists already", "room-create", room="tea")
    refuses(conference, "expected a room, such as tea", "room-create", room="tea@else.example")
    refuses(conference, "expected a room, such as tea", "room-create", room="coffee/nick")
    refuses(conference, "room: is required", "room-create")
    refuses(conference, "needs one", "room-create", room="coffee", passwordprotectedroom="on")
    refuses(conference, "nobody is in it", "room-create", room="coffee", persistentroom="off")
    refuses(conference, "colour: not known here", "room-create", room="coffee", colour="red")


def test_rooms_are_listed(conference: Conference, alice: Person) -> None:
    """By address, with what makes them special; words narrow the list."""
    operates(conference, "room-create", room="attic", roomname="Old things", publicroom=False)
    listed = operates(conference, "room-list")["rooms"]
    assert [room["room"] for room in listed] == [f"attic@{DOMAIN}", ROOM]
    assert listed[0]["traits"] == ["persistent", "hidden"]
    assert listed[1]["occupants"] == 1
    assert [room["room"] for room in operates(conference, "room-list", search="OLD attic")["rooms"]] == [
        f"attic@{DOMAIN}"
    ]
    few = operates(conference, "room-list", max=1)
    assert len(few["rooms"]) == 1
    assert few["notes"][0]["text"].startswith("1 more")
    assert len(operates(conference, "room-list", max=0)["rooms"]) == 2


def test_settings_are_changed_and_the_occupants_told(conference: Conference, alice: Person) -> None:
    """XEP-0045 §10.2.1: 104; what is not named stays."""
    told = operates(conference, "room-set", room="tea", roomname="Tea and more", maxhistoryfetch=5)
    assert told["notes"][0]["text"] == f"{ROOM}: roomname, maxhistoryfetch changed."
    alice.receives(
        f"<message type='groupchat' from='{ROOM}'><x xmlns='{USER}'><status code='104'/></x></message>"
    )
    assert operates(conference, "room-show", room="tea")["roomowners"] == ["alice@example"]
    assert operates(conference, "room-set", room="tea")["notes"][0]["text"] == "Nothing has changed."


def test_settings_have_their_effect(conference: Conference, alice: Person, bob: Person) -> None:
    """§10.2: a room that becomes members-only sends strangers away."""
    operates(conference, "room-set", room="tea", membersonly="yes")
    bob.receives(f"<presence type='unavailable'><x xmlns='{USER}'><status code='322'/></x></presence>")


def test_owners_are_a_setting(conference: Conference, alice: Person) -> None:
    told = operates(conference, "room-set", room="tea", roomowners="dora@example")
    assert "roomowners" in told["notes"][0]["text"]
    shown = operates(conference, "room-show", room="tea")
    assert (shown["roomowners"], shown["members"]) == (["dora@example"], 1)


def test_impossible_settings(conference: Conference, alice: Person) -> None:
    refuses(conference, "membersonly: expected true or false", "room-set", room="tea", membersonly="maybe")
    refuses(conference, "expected a number", "room-set", room="tea", maxhistoryfetch="many")
    refuses(conference, "needs an owner", "room-set", room="tea", roomowners="")
    refuses(conference, "tee@chat.example: there is no such room; did you mean tea?", "room-set", room="tee")


def test_a_temporary_room_ends_when_nobody_is_in_it(conference: Conference) -> None:
    operates(conference, "room-create", room="tea")
    told = operates(conference, "room-set", room="tea", persistentroom=False)
    assert [note["type"] for note in told["notes"]] == ["info", "warn"]
    assert "tea" not in conference.service.rooms


def test_fixed_rooms() -> None:
    """What the configuration file says wins in the end, and the operator hears of it."""
    conference = Conference(rooms={"tea": fixed(name="Tea")})
    assert "fixed" in operates(conference, "room-list")["rooms"][0]["traits"]
    told = operates(conference, "room-set", room="tea", roomname="Coffee", whois="anyone", changesubject=True)
    assert told["notes"][1] == {
        "type": "warn",
        "text": "The configuration file has another roomname, whois for this room;"
        " it wins at the next reload.",
    }
    refuses(conference, "remove [muc.rooms.tea] there", "room-destroy", room="tea")
    conference.reconfigure(MucSettings(rooms={"tea": fixed(name="Tea")}))
    shown = operates(conference, "room-show", room="tea")
    assert (shown["roomname"], shown["changesubject"]) == ("Tea", True)
    conference.reconfigure(MucSettings())
    operates(conference, "room-destroy", room="tea")
    assert not conference.service.rooms


def test_a_room_is_destroyed(conference: Conference, alice: Person) -> None:
    """§10.9: occupants hear why, and where to go."""
    operates(conference, "room-destroy", room="tea", reason="cold", venue=f"coffee@{DOMAIN}")
    alice.receives(
        f"<presence type='unavailable'><x xmlns='{USER}'><destroy jid='coffee@{DOMAIN}'>"
        "<reason>cold</reason></destroy></x></presence>"
    )
    refuses(conference, "there is no such room", "room-destroy", room="tea")


def test_occupants(conference: Conference, alice: Person, bob: Person) -> None:
    occupants = operates(conference, "room-occupants", room="tea")["occupants"]
    assert occupants[0] == {
        "nick": "alice",
        "jid": "alice@example",
        "role": "moderator",
        "affiliation": "owner",
        "sessions": ["alice@example/desk"],
    }
    assert occupants[1]["nick"] == "bob"


def test_affiliations(conference: Conference, alice: Person, bob: Person) -> None:
    """§9.1: a ban removes; a reserved nickname stays with the affiliation."""
    operates(conference, "room-affiliate", room="tea", jid="dora@example", affiliation="member", nick="dd")
    operates(conference, "room-affiliate", room="tea", jid="dora@example/phone", affiliation="admin")
    banned = operates(
        conference, "room-affiliate", room="tea", jid=bob.bare, affiliation="outcast", reason="no"
    )
    assert banned["notes"][0]["text"] == f"bob@example has the affiliation outcast with {ROOM}."
    bob.receives(
        f"<presence type='unavailable'><x xmlns='{USER}'><item affiliation='outcast'><reason>no</reason>"
        "</item><status code='301'/></x></presence>"
    )
    listed = operates(conference, "room-affiliations", room="tea")["affiliations"]
    assert [(entry["jid"], entry["affiliation"], entry["nick"]) for entry in listed] == [
        ("alice@example", "owner", ""),
        ("dora@example", "admin", "dd"),
        ("bob@example", "outcast", ""),
    ]
    [only] = operates(conference, "room-affiliations", room="tea", affiliation="admin")["affiliations"]
    assert only["jid"] == "dora@example"


def test_impossible_affiliations(conference: Conference, alice: Person) -> None:
    refuses(conference, "needs an owner", "room-affiliate", room="tea", jid=alice.bare, affiliation="none")
    refuses(conference, "expected one of", "room-affiliate", room="tea", jid=alice.bare, affiliation="king")
    operates(conference, "room-affiliate", room="tea", jid="dora@example", affiliation="member", nick="dd")
    refuses(
        conference,
        "'dd' is reserved",
        "room-affiliate",
        room="tea",
        jid="eve@example",
        affiliation="member",
        nick="dd",
    )


def test_administrators_have_the_same_in_their_clients(conference: Conference, alice: Person) -> None:
    """XEP-0050: listed for them, forbidden for others; the form holds the present configuration."""
    admin = conference.person("admin@example/desk")
    items = f"<query xmlns='http://jabber.org/protocol/disco#items' node='{NAMESPACE}'/>"
    admin.sends(f"<iq type='get' id='i' to='{DOMAIN}'>{items}</iq>").receives(
        f"<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>"
        f"<item jid='{DOMAIN}' node='room-set' name='Configure a room'/></query></iq>"
    )
    session = commands(admin, "node='room-set'")
    commands(admin, f"node='room-set' sessionid='{session}'", submit(room="tea"))
    admin.ignores()
    commands(admin, f"node='room-set' sessionid='{session}' action='prev'")
    commands(admin, f"node='room-set' sessionid='{session}'", submit(room="tea"))
    admin.receives(
        f"<iq type='result'><command xmlns='{NAMESPACE}'><x xmlns='jabber:x:data'>"
        "<field var='room'><value>tea</value></field></x></command></iq>",
        f"<iq type='result'><command xmlns='{NAMESPACE}'><x xmlns='jabber:x:data'>"
        "<field var='roomname' type='text-single'/><field var='whois' type='list-single'/>"
        "<field var='roomowners'><value>alice@example</value></field></x></command></iq>",
    )
    commands(admin, f"node='room-set' sessionid='{session}'", submit(roomname="Tea"))
    admin.receives(
        f"<iq type='result'><command xmlns='{NAMESPACE}' status='completed'><note/></command></iq>"
    )
    alice.receives(f"<message from='{ROOM}'><x xmlns='{USER}'><status code='104'/></x></message>")
    commands(alice, "node='room-set'")
    alice.receives("<iq type='error'><error type='auth'/></iq>")


def test_a_list_in_a_client(conference: Conference, alice: Person) -> None:
    """A line for each room."""
    admin = conference.person("admin@example/desk")
    session = commands(admin, "node='room-list'")
    commands(admin, f"node='room-list' sessionid='{session}'", submit())
    admin.receives(
        f"<iq type='result'><command xmlns='{NAMESPACE}' status='executing'/></iq>",
        f"<iq type='result'><command xmlns='{NAMESPACE}' status='completed'>"
        "<x xmlns='jabber:x:data' type='result'>"
        f"<field var='rooms' type='text-multi'><value>{ROOM}, 1, temporary, public</value></field>"
        "</x></command></iq>",
    )
