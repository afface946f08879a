"""A team's room: alerts are shown there, and whoever is in it may answer."""

import pytest

from tests.components.notifier.office import DOMAIN, Office, Somebody

MUC = "http://jabber.org/protocol/muc"
USER = f"{MUC}#user"
ROOM = "ops@rooms.example"
ENTERED = f"<presence><x xmlns='{USER}'><item role='participant'/><status code='110'/></x></presence>"
CORRECTION = "<replace xmlns='urn:xmpp:message-correct:0' id='1.1'/>"


def refused(kind: str, condition: str, id: str = "") -> str:
    """A room's error."""
    error = f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    return f"<{kind} type='error' id='{id}'>{error}</{kind}>"


@pytest.fixture
def office() -> Office:
    return Office(
        people={"persons": {"ann": {}}, "teams": {"ops": {"members": [], "room": ROOM}}},
        alerts={"tell": ["team:ops"]},
    )


@pytest.fixture
def room(office: Office) -> Somebody:
    """The room, which was asked to let the notifier in."""
    room = office.person(ROOM)
    room.receives(f"<presence from='{DOMAIN}' to='{ROOM}/alerts'><x xmlns='{MUC}'/></presence>")
    return room


def fires(office: Office, key: str = "disk") -> None:
    office.asks("POST", "/v1/events", {"key": key, "title": f"{key} is full", "severity": "critical"})


def shows(room: Somebody, id: str) -> None:
    """The room shows a message of ours to all, ourselves included (XEP-0045 §7.4)."""
    room.sends(f"<message type='groupchat' id='{id}'><body>…</body></message>", resource="alerts")


def says(room: Somebody, nick: str, body: str) -> None:
    room.sends(f"<message type='groupchat'><body>{body}</body></message>", resource=nick)


def test_what_waits_is_sent_on_entering(office: Office, room: Somebody) -> None:
    """§7.2: nothing is sent before the room says that we are in it."""
    fires(office)
    room.receives_nothing()
    room.sends(ENTERED, resource="alerts")
    room.receives(f"<message type='groupchat' from='{DOMAIN}' to='{ROOM}' id='1.1'/>")
    room.sends(ENTERED, resource="alerts")
    room.receives_nothing()


def test_an_occupant_answers_for_all(office: Office, room: Somebody) -> None:
    """By nickname, where the room does not show who it is; the posted alert is corrected (XEP-0308)."""
    room.sends(ENTERED, resource="alerts")
    fires(office)
    room.ignores()
    says(room, "Bob", "good morning")
    says(room, "Bob", "list of groceries")
    room.ignores()
    says(room, "Bob", "ack 1")
    correction = room.receives(f"<message type='groupchat' id='1.1.2'>{CORRECTION}</message>")
    assert "Acknowledged by Bob in ops" in (correction.findtext("{jabber:client}body") or "")
    room.receives("<message type='groupchat'><body>1 is yours: disk is full</body></message>")
    assert office.rows("answer")[0]["by"] == f"{ROOM}/Bob"


def test_who_is_known_is_named(office: Office, room: Somebody) -> None:
    """§7.2.3: a room that shows addresses."""
    room.sends(ENTERED, resource="alerts")
    item = "<item affiliation='member' role='participant' jid='ann@example/desk'/>"
    room.sends(f"<presence><x xmlns='{USER}'>{item}</x></presence>", resource="Ann")
    fires(office)
    says(room, "Ann", "ack 1")
    assert office.rows("answer")[0]["by"] == "ann@example"


def test_what_was_said_before_is_no_answer(office: Office, room: Somebody) -> None:
    """History of the room (XEP-0203), which a restart may show again."""
    room.sends(ENTERED, resource="alerts")
    fires(office)
    room.sends(
        "<message type='groupchat'><body>ack 1</body><delay xmlns='urn:xmpp:delay'/></message>",
        resource="Bob",
    )
    assert office.rows("answer") == []


def test_a_post_the_room_has_not_shown_is_posted_after_a_restart(office: Office, room: Somebody) -> None:
    """Killed between the alert and the room: nothing lost; once it was shown, nothing twice."""
    fires(office)
    office.restart()
    room.receives(f"<presence to='{ROOM}/alerts'/>")
    room.sends(ENTERED, resource="alerts")
    room.receives("<message type='groupchat' id='1.1'/>")
    shows(room, "1.1")
    office.restart()
    room.receives(f"<presence to='{ROOM}/alerts'/>")
    room.sends(ENTERED, resource="alerts")
    room.receives_nothing()


def test_who_is_not_in_the_room_any_more_enters_again(office: Office, room: Somebody) -> None:
    """§7.4: the room refuses the message; it is sent again after entering."""
    room.sends(ENTERED, resource="alerts")
    fires(office)
    room.ignores()
    room.sends(refused("message", "not-acceptable", "1.1"), resource="")
    room.receives(f"<presence to='{ROOM}/alerts'/>")
    room.sends(ENTERED, resource="alerts")
    room.receives("<message type='groupchat' id='1.1'/>")
    assert office.rows("post")[0]["state"] == "sent"


def test_a_room_that_takes_nothing_from_us(office: Office, room: Somebody) -> None:
    """§7.5: moderated, and we are a visitor. It is noted, and what follows is not sent there in vain."""
    room.sends(ENTERED, resource="alerts")
    fires(office)
    room.ignores()
    room.sends(refused("message", "forbidden", "1.1"), resource="")
    assert office.rows("post")[0]["state"] == "failed"
    office.operates("alerts-answer", number="1", answer="ack")
    room.receives_nothing()


def test_a_room_that_did_not_exist(office: Office, room: Somebody) -> None:
    """§10.1.2: it is made as its service makes rooms, and others may enter."""
    room.sends(ENTERED.replace("<status", "<status code='201'/><status"), resource="alerts")
    room.receives(
        f"<iq type='set' to='{ROOM}'><query xmlns='{MUC}#owner'>"
        "<x xmlns='jabber:x:data' type='submit'/></query></iq>"
    )


def test_nobody_else_says_what_was_shown(office: Office, room: Somebody) -> None:
    """An occupant's message with our id, or one with a delay of its own, changes nothing."""
    room.sends(ENTERED, resource="alerts")
    fires(office)
    delay = "<delay xmlns='urn:xmpp:delay'/>"
    room.sends(f"<message type='groupchat' id='1.1'><body>x</body>{delay}</message>", resource="Eve")
    assert office.rows("post")[0]["state"] == "sent"


def test_a_nickname_that_is_taken(office: Office, room: Somebody) -> None:
    """§7.2.8: another one is tried."""
    room.sends(
        refused("presence", "conflict"),
        resource="alerts",
    )
    room.receives(f"<presence to='{ROOM}/alerts_'/>")


def test_a_room_that_lets_nobody_in(office: Office, room: Somebody) -> None:
    """§7.2.6: the operator finds why; alerts wait there."""
    room.sends(
        refused("presence", "registration-required"),
        resource="alerts",
    )
    fires(office)
    room.receives_nothing()
    assert office.service.rooms.troubles() == {ROOM: "registration-required"}
