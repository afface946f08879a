"""XEP-0045 §5: what roles and affiliations allow, and that everybody always sees them."""

from collections.abc import Iterator

import pytest

from tests.components.muc.conference import ADMIN, ENTER, OPEN, OWNER, ROOM, USER, Conference, Element, Person

X, ITEM = f"{{{USER}}}x", f"{{{USER}}}item"
PRESENCE = "{jabber:client}presence"


def answer_to(person: Person, stanza: str) -> str:
    """`result`, or the condition of the error."""
    person.ignores().sends(stanza)
    [answer] = [found for found in person.inbox if found.get("id") == "p"]
    person.ignores()
    error = answer.find("{jabber:client}error")
    return "result" if error is None else error[0].tag.rpartition("}")[2]


def request(namespace: str, inner: str, kind: str = "set") -> str:
    """A request to the room."""
    return f"<iq type='{kind}' id='p' to='{ROOM}'><query xmlns='{namespace}'>{inner}</query></iq>"


@pytest.mark.parametrize(
    ("fields", "roles"),
    [
        ({}, {"none": "participant", "member": "participant", "admin": "moderator", "owner": "moderator"}),
        (
            {"moderatedroom": "1"},
            {"none": "visitor", "member": "participant", "admin": "moderator", "owner": "moderator"},
        ),
        ({"membersonly": "1"}, {"member": "participant", "admin": "moderator", "owner": "moderator"}),
    ],
)
def test_default_roles(alice: Person, carol: Person, fields: dict[str, str], roles: dict[str, str]) -> None:
    """§5.1.2: the role on entering, by affiliation and type of room."""
    alice.configures(**fields)
    for affiliation, role in roles.items():
        alice.administers(f"<item affiliation='{affiliation}' jid='carol@example'/>")
        carol.ignores().enters("carol").receives(
            f"<presence from='{ROOM}/alice'/>",
            f"<presence from='{ROOM}/carol'><x xmlns='{USER}'><item affiliation='{affiliation}'"
            f" role='{role}'/></x></presence>",
        )
        carol.sends(f"<presence type='unavailable' to='{ROOM}/carol'/>")


@pytest.mark.parametrize(
    ("affiliation", "allowed"),
    [
        ("none", set[str]()),
        ("member", {"member list"}),
        ("admin", {"member list", "ban", "member", "moderator"}),
        (
            "owner",
            {"member list", "ban", "member", "moderator", "admin", "owner", "configuration", "destruction"},
        ),
    ],
)
def test_privileges_of_affiliations(
    conference: Conference, alice: Person, bob: Person, affiliation: str, allowed: set[str]
) -> None:
    """§5.2.1: the whole table, in a room where addresses are no secret."""
    alice.configures(whois="anyone")
    alice.administers(f"<item affiliation='{affiliation}' jid='bob@example'/>")
    conference.person("dora@example/x").enters("dora")
    requests = {
        "member list": request(ADMIN, "<item affiliation='member'/>", "get"),
        "ban": request(ADMIN, "<item affiliation='outcast' jid='eve@example'/>"),
        "member": request(ADMIN, "<item affiliation='member' jid='eve@example'/>"),
        "moderator": request(ADMIN, "<item role='moderator' nick='dora'/>"),
        "admin": request(ADMIN, "<item affiliation='admin' jid='zoe@example'/>"),
        "owner": request(ADMIN, "<item affiliation='owner' jid='zoe@example'/>"),
        "configuration": request(OWNER, "", "get"),
        "destruction": request(OWNER, "<destroy/>"),
    }
    answers = {name: answer_to(bob, stanza) for name, stanza in requests.items()}
    assert {name for name, answer in answers.items() if answer == "result"} == allowed
    assert {answer for name, answer in answers.items() if name not in allowed} <= {"forbidden"}


@pytest.mark.parametrize(
    ("actor", "victim"), [("none", "admin"), ("none", "owner"), ("member", "admin"), ("admin", "owner")]
)
def test_moderators_of_a_higher_affiliation(
    conference: Conference, alice: Person, bob: Person, actor: str, victim: str
) -> None:
    """§5.1.3, §8.2, §8.5, §9.7, §9.8: whoever is above the actor keeps role and place; not-allowed."""
    conference.person("dora@example/x").enters("dora")
    alice.administers(
        f"<item affiliation='{actor}' jid='bob@example'/><item affiliation='{victim}' jid='dora@example'/>"
    ).administers("<item role='moderator' nick='bob'/>")
    for role in ("participant", "visitor", "none"):
        assert answer_to(bob, request(ADMIN, f"<item nick='dora' role='{role}'/>")) == "not-allowed"


def presences(people: list[Person]) -> Iterator[Element]:
    """All that were sent to them by occupants."""
    for person in people:
        for stanza in person.inbox:
            if stanza.tag == PRESENCE and stanza.get("type") != "error":
                yield stanza


def test_every_presence_tells_both(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§5.1, §5.2, §7.2.2, §17.3: one `<x/>` with role and affiliation in each, whatever the reason."""
    people = [alice, bob, carol, conference.person("dora@example/x")]
    dora = people[3].enters("dora")
    carol.enters("carol").sends(f"<presence to='{ROOM}/carol'><show>away</show></presence>")
    carol.sends(f"<presence to='{ROOM}/caroline'/>")
    alice.administers("<item nick='caroline' role='moderator'/>")
    alice.administers("<item affiliation='admin' jid='bob@example'/>")
    bob.administers("<item nick='caroline' role='participant'/><item nick='dora' role='visitor'/>")
    bob.administers("<item nick='dora' role='none'/>").sends(f"<presence type='probe' to='{ROOM}/alice'/>")
    alice.administers("<item affiliation='outcast' jid='carol@example'/>").configures(membersonly="1")
    dora.enters("dora").sends(f"<presence to='{ROOM}/dora'/>")
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'/>")
    alice.sends(request(OWNER, "<destroy/>"))
    seen = list(presences(people))
    assert len(seen) > 30
    for presence in seen:
        [x] = presence.findall(X)
        [item] = x.findall(ITEM)
        assert item.get("role") and item.get("affiliation")
        assert presence.get("type") is None or item.get("role") == "none" or item.get("nick") == "caroline"


def test_what_is_revoked_stays_so(alice: Person, bob: Person) -> None:
    """§5.2.2, §17.3: a change is told at once, and every later presence says the same."""
    for affiliation in ("member", "none"):
        alice.administers(f"<item affiliation='{affiliation}' jid='bob@example'/>")
        bob.sends(f"<presence to='{ROOM}/bob'><status>hm</status></presence>")
        item = f"<item affiliation='{affiliation}' role='participant'/>"
        shown = f"<presence><x xmlns='{USER}'>{item}</x></presence>"
        alice.receives("<iq type='result'/>", shown, shown)


def test_the_owner_stays_owner(conference: Conference, alice: Person) -> None:
    """§10: the owner of a persistent room has not lost it by leaving, nor by a restart of the service."""
    alice.configures(persistentroom="1").sends(f"<presence type='unavailable' to='{ROOM}/alice'/>")
    conference.restart()
    alice.ignores().enters("alice").receives(
        f"<presence><x xmlns='{USER}'><item affiliation='owner' role='moderator'/></x></presence>"
    )


def test_no_room_id(conference: Conference, carol: Person) -> None:
    """§17.1: without a Room ID there is no room."""
    carol.sends(f"<presence to='{conference.service.domain}/carol'>{ENTER}</presence>").receives_nothing()
    assert [*conference.service.rooms] == ["tea"]


def test_a_locked_room_hears_nothing(conference: Conference, bob: Person) -> None:
    """§17.2: item-not-found for messages to a room that is not unlocked; its owner is in it."""
    den = f"den@{conference.service.domain}"
    owner = conference.person("owner@example/x").enters("owner", room=den).ignores()
    bob.says("knock", room=den).receives("<message type='error'><error type='cancel'/></message>")
    owner.receives_nothing()
    owner.sends(OPEN.replace(ROOM, den)).receives("<iq type='result'/>")
    bob.enters("bob", room=den).ignores().says("knock", room=den)
    owner.receives("<presence/>", "<message><body>knock</body></message>")
