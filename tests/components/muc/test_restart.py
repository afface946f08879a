"""What was committed is all that a new process needs: nobody notices that there is one."""

import re
from dataclasses import replace

from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.occupant import Role
from tests.components.muc.conference import ADMIN, DOMAIN, OWNER, ROOM, USER, Conference, Person, shown

COMMANDS = "http://jabber.org/protocol/commands"


def test_occupants_stay(conference: Conference, alice: Person, bob: Person) -> None:
    """Occupants with nickname, role and presence are there, and messages go on; nobody hears of it."""
    bob.sends(f"<presence to='{ROOM}/rob'><show>away</show></presence>").ignores()
    alice.administers("<item nick='rob' role='moderator'/>").ignores()
    bob.ignores()
    conference.restart()
    for person in (alice, bob):
        person.receives_nothing()
    bob.says("anybody there?")
    alice.receives(f"<message from='{ROOM}/rob'><body>anybody there?</body></message>")
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(
        f"<presence from='{ROOM}/alice'><x xmlns='{USER}'>"
        "<item affiliation='owner' role='moderator'/></x></presence>",
        f"<presence from='{ROOM}/rob'><show>away</show><x xmlns='{USER}'><item role='moderator'/>"
        "</x></presence>",
    )


def test_a_room_being_configured_stays_so(conference: Conference) -> None:
    """§10.1: a locked room is locked still, and its owner can configure it."""
    alice = conference.person("alice@example/desk").enters("alice").ignores()
    conference.restart()
    conference.person("carol@example/phone").enters("carol").receives("<presence type='error'/>")
    alice.configures(roomname="Tea").receives("<iq type='result'/>")


def test_history_subject_and_lists_stay(conference: Conference, alice: Person) -> None:
    """§7.2.13, §7.2.15, §9: as they were, with their times."""
    alice.says("one").sends(f"<message type='groupchat' to='{ROOM}'><subject>Biscuits</subject></message>")
    alice.administers("<item affiliation='outcast' jid='eve@example'/>").configures(roomname="Tea")
    conference.later(hours=1)
    conference.restart()
    conference.person("eve@example/x").enters("eve").receives("<presence type='error'/>")
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(
        "<presence/>",
        "<presence/>",
        "<message><body>one</body><delay xmlns='urn:xmpp:delay' stamp='2026-05-04T12:00:00Z'/></message>",
        f"<message from='{ROOM}/alice'><subject>Biscuits</subject>"
        "<delay xmlns='urn:xmpp:delay' stamp='2026-05-04T12:00:00Z'/></message>",
    )
    alice.ignores().says("two")
    conference.restart()
    first, second = [message.number for message in conference.service.rooms["tea"].history]
    assert second - first == 3600 * 1_000_000


def test_nicknames_shared_by_sessions_stay(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.2.8: the session whose presence was last still stands for the occupant."""
    conference.person("bob@example/phone").enters("bob")
    bob.sends(f"<presence to='{ROOM}/bob'><show>dnd</show></presence>")
    conference.restart()
    room = conference.service.rooms["tea"]
    assert [*room.occupants] == ["alice", "bob"]
    assert room.occupants["bob"].current.jid == bob.jid


def test_rooms_that_ended_do_not_return(conference: Conference, alice: Person, bob: Person) -> None:
    """A room leaves nothing behind."""
    alice.says("history").administers("<item affiliation='member' jid='carol@example'/>")
    for person, nick in ((bob, "bob"), (alice, "alice")):
        person.sends(f"<presence type='unavailable' to='{ROOM}/{nick}'/>")
    assert not conference.rooms_rows
    conference.restart()
    assert not conference.service.rooms


def test_a_failure_changes_nothing(conference: Conference, alice: Person, bob: Person) -> None:
    """A handler that fails half-way answers internal-server-error; memory and store are as before."""
    room, before = conference.service.rooms["tea"], dict(conference.rows)

    def fail(*arguments: object) -> tuple[()]:
        raise RuntimeError("on purpose")

    *features, last = conference.service.features
    conference.service.features = (*features, replace(last, configured=fail))
    alice.sends(
        f"<iq type='set' id='c' to='{ROOM}'><query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='muc#roomconfig_membersonly'><value>1</value></field></x></query></iq>"
    ).receives(
        "<iq type='error' id='c'><error type='cancel'>"
        "<internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    bob.receives_nothing()
    assert conference.rows == before
    assert [*room.occupants] == ["alice", "bob"]
    assert not room.config[MEMBERS_ONLY]


QUESTIONS = {
    "the list of rooms": (DOMAIN, "get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    "the room": (ROOM, "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    "the occupants": (ROOM, "get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    "the form": (ROOM, "get", f"<query xmlns='{OWNER}'/>"),
    "the vCard": (ROOM, "get", "<vCard xmlns='vcard-temp'/>"),
    "the registration": (ROOM, "get", "<query xmlns='jabber:iq:register'/>"),
    "the archive": (ROOM, "set", "<query xmlns='urn:xmpp:mam:2'/>"),
    "the archive's ends": (ROOM, "get", "<metadata xmlns='urn:xmpp:mam:2'/>"),
    "the hats": (ROOM, "set", f"<command xmlns='{COMMANDS}' node='urn:xmpp:hats:commands:list-assigned'/>"),
    **{
        f"every {affiliation}": (
            ROOM,
            "get",
            f"<query xmlns='{ADMIN}'><item affiliation='{affiliation}'/></query>",
        )
        for affiliation in ("outcast", "member", "admin", "owner")
    },
    **{
        f"every {role}": (ROOM, "get", f"<query xmlns='{ADMIN}'><item role='{role}'/></query>")
        for role in ("visitor", "participant", "moderator")
    },
}


def told(person: Person, newcomer: Person) -> dict[str, list[str]]:
    """All that can be asked, with the answers; what is made anew for each is cut out."""
    answers = {}
    for name, (to, kind, payload) in QUESTIONS.items():
        person.ignores().sends(f"<iq type='{kind}' id='q' to='{to}'>{payload}</iq>")
        assert person.inbox[-1].get("type") == "result", name
        answers[name] = [re.sub(r" sessionid=\S+", "", shown(stanza)) for stanza in person.inbox]
    newcomer.ignores().enters("newcomer")
    answers["what is seen on entering"] = [shown(stanza) for stanza in newcomer.inbox]
    newcomer.sends(f"<presence type='unavailable' to='{ROOM}/newcomer'/>")
    return answers


def hat(name: str, **fields: str) -> str:
    """A command about hats, with everything filled in."""
    written = "".join(f"<field var='hats#{k}'><value>{v}</value></field>" for k, v in fields.items())
    return (
        f"<iq type='set' id='h' to='{ROOM}'><command xmlns='{COMMANDS}' node='urn:xmpp:hats:commands:{name}'>"
        f"<x xmlns='jabber:x:data' type='submit'>{written}</x></command></iq>"
    )


def test_a_new_process_tells_the_same(conference: Conference, alice: Person, bob: Person) -> None:
    """Everything that archive, registration, moderation and configuration have made of a room."""
    alice.configures(moderatedroom="1", registration="open", roomname="Tea", maxhistoryfetch="10")
    said = [bob.ignores().says(f"message {number}").inbox[-1] for number in range(4)]
    ids = [str(stanza[-1].get("id")) for stanza in said]
    retract = "<retract xmlns='urn:xmpp:message-retract:1' id='%s'/>"
    bob.sends(f"<message type='groupchat' to='{ROOM}'>{retract % ids[0]}</message>")
    alice.sends(
        f"<iq type='set' id='m' to='{ROOM}'><moderate xmlns='urn:xmpp:message-moderate:1' id='{ids[1]}'>"
        f"{retract % ids[1]}</moderate></iq>",
        f"<message type='groupchat' xml:lang='en' to='{ROOM}'><subject>Biscuits</subject></message>",
        f"<iq type='set' id='v' to='{ROOM}'><vCard xmlns='vcard-temp'><FN>Tea</FN></vCard></iq>",
        hat("create", title="Host", uri="urn:host"),
        hat("assign", jid="bob@example", uri="urn:host"),
    ).administers(
        "<item affiliation='outcast' jid='evil.example'/><item affiliation='admin' jid='dora@example'/>"
        "<item affiliation='member' jid='carol@example' nick='caro'/>"
    )
    rita = conference.person("rita@example/x").enters("rita")
    alice.administers("<item nick='rita' role='participant'/>")
    bob.sends(
        f"<iq type='set' id='r' to='{ROOM}'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data'"
        " type='submit'><field var='muc#register_roomnick'><value>bob</value></field></x></query></iq>"
    )
    rita.sends(f"<presence type='unavailable' to='{ROOM}/rita'/>")
    dora = conference.person("dora@example/x")
    before = told(alice, dora)
    conference.restart()
    assert told(alice, dora) == before
    assert "message 2" in str(before)
    assert not any(text in str(before) for text in ("message 0", "message 1"))
    rita.enters("rita")
    assert conference.service.rooms["tea"].occupants["rita"].role is Role.PARTICIPANT
