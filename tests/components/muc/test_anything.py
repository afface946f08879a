"""Whatever people do in a room: nothing fails, everything is in the store, and all see the same."""

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from components.muc.features.presence_broadcast import is_shown
from components.muc.occupant import Occupant
from components.muc.room import Room
from tests.components.muc.conference import (
    ADMIN,
    DOMAIN,
    ENTER,
    OWNER,
    ROOM,
    USER,
    Conference,
    Element,
    shown,
)
from tests.components.muc.features.test_hats import form as hat_form
from tests.components.muc.features.test_registration import form as registration_form

PEOPLE = [f"{user}@{domain}/{device}" for user, domain, device in (
    ("alice", "example", "desk"), ("alice", "example", "phone"), ("bob", "example", "laptop"),
    ("carol", "example", "pad"), ("eve", "evil.example", "x"))]  # fmt: skip
NICKS = ["alice", "bob", "rob", "Alice", "carol", "\u00e9ve", " "]
JIDS = [
    "alice@example",
    "bob@example",
    "carol@example",
    "eve@evil.example",
    "evil.example",
    "zoe@example",
    "@",
]
FIELDS = {
    "membersonly": "01", "moderatedroom": "01", "persistentroom": "01", "lock_nicknames": "01",
    "passwordprotectedroom": "0", "publicroom": "01", "enablelogging": "01", "changesubject": "01",
    "whois": ["anyone", "moderators"], "presencebroadcast": ["moderator", "visitor"], "maxusers": "029",
    "registration": ["open", "closed", "approval"], "slow_mode_duration": "01", "archive_days": "01",
    "allowpm": ["anyone", "none"], "roomadmins": JIDS, "roomowners": JIDS, "maxhistoryfetch": "03",
}  # fmt: skip

person, nick, jid = st.sampled_from(PEOPLE), st.sampled_from(NICKS), st.sampled_from(JIDS)
field = st.sampled_from(sorted(FIELDS)).flatmap(lambda f: st.tuples(st.just(f), st.sampled_from(FIELDS[f])))


def iq(payload: str, kind: str = "set", to: str = ROOM) -> str:
    """A request."""
    return f"<iq type='{kind}' id='i' to='{to}'>{payload}</iq>"


def message(inner: str, kind: str = "groupchat", to: str = ROOM) -> str:
    """A message."""
    return f"<message type='{kind}' to='{to}'>{inner}</message>"


def affiliated(affiliation: str, jid: str, nick: str | None) -> str:
    """A request about an affiliation."""
    named = f" nick='{nick}'" if nick is not None else ""
    return iq(f"<query xmlns='{ADMIN}'><item affiliation='{affiliation}' jid='{jid}'{named}/></query>")


def hat(command: str, **fields: str) -> str:
    """A command about hats."""
    node = f"urn:xmpp:hats:commands:{command}"
    return iq(
        f"<command xmlns='http://jabber.org/protocol/commands' node='{node}'>{hat_form(**fields)}</command>"
    )


affiliation = st.sampled_from(["outcast", "none", "member", "admin", "owner"])
role = st.sampled_from(["none", "visitor", "participant", "moderator"])
stanza = st.one_of(
    nick.map(lambda n: f"<presence to='{ROOM}/{n}'>{ENTER}</presence>"),
    nick.map(lambda n: f"<presence to='{ROOM}/{n}'><status>{n}</status></presence>"),
    st.just(f"<presence type='unavailable' to='{ROOM}/x'/>"),
    st.just(f"<presence type='probe' to='{ROOM}'/>"),
    st.just(message("<gone/>", "error")),
    st.just(
        message("<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", "error")
    ),
    st.sampled_from(["hm", "oh"]).map(lambda b: message(f"<body>{b}</body>")),
    st.just(message("<subject>S</subject>")),
    nick.map(lambda n: message("<body>psst</body>", "chat", f"{ROOM}/{n}")),
    nick.map(lambda n: iq("<ping xmlns='urn:xmpp:ping'/>", "get", f"{ROOM}/{n}")),
    jid.map(lambda j: message(f"<x xmlns='{USER}'><invite to='{j}'/></x>", "normal")),
    st.builds(affiliated, affiliation, jid, st.none() | nick),
    st.builds(lambda r, n: iq(f"<query xmlns='{ADMIN}'><item role='{r}' nick='{n}'/></query>"), role, nick),
    affiliation.map(lambda a: iq(f"<query xmlns='{ADMIN}'><item affiliation='{a}'/></query>", "get")),
    st.lists(field, max_size=3, unique_by=lambda f: f[0]).map(
        lambda fields: iq(
            f"<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'>"
            + "".join(f"<field var='muc#roomconfig_{k}'><value>{v}</value></field>" for k, v in fields)
            + "</x></query>"
        )
    ),
    st.just(iq(f"<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='cancel'/></query>")),
    nick.map(
        lambda n: iq(
            f"<query xmlns='jabber:iq:register'>{registration_form(muc__register_roomnick=n)}</query>"
        )
    ),
    st.just(iq("<query xmlns='jabber:iq:register'><remove/></query>")),
    st.just(hat("create", title="Host", uri="urn:host")),
    st.just(hat("destroy", uri="urn:host")),
    jid.map(lambda j: hat("assign", jid=j, uri="urn:host")),
    st.just(iq("<query xmlns='urn:xmpp:mam:2'/>")),
    st.just("retract the last one"),
    st.just("a day later"),
)


def state(conference: Conference) -> dict[str, Any]:
    """All that a new process must know; the order of occupants is that of their presences."""
    return {
        room.local: (
            room.config.stored(),
            room.locked,
            room.affiliations,
            room.voices,
            room.subject,
            [*room.history],
            {
                occupant.nick: (occupant.role, [(s.jid, s.presence) for s in occupant.sessions.values()])
                for occupant in room.occupants.values()
            },
        )
        for room in conference.service.rooms.values()
    }


BEGINNING = [
    (PEOPLE[0], f"<presence to='{ROOM}/alice'>{ENTER}</presence>"),
    (PEOPLE[0], iq(f"<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'/></query>")),
    *((jid, f"<presence to='{ROOM}/{jid[:3]}'>{ENTER}</presence>") for jid in PEOPLE[1:]),
]


class View:
    """What a client believes, from the presences that it gets: roles and affiliations by nickname."""

    def __init__(self) -> None:
        self.occupants: dict[str, tuple[str, str]] = {}

    def takes(self, stanza: Element) -> None:
        """One more stanza."""
        nick = stanza.get("from", "").partition("/")[2]
        item = stanza.find(f"{{{USER}}}x/{{{USER}}}item")
        if stanza.tag != "{jabber:client}presence" or item is None or stanza.get("type") == "error":
            return
        codes = {status.get("code") for status in stanza.iter(f"{{{USER}}}status")}
        if stanza.get("type") is None:
            self.occupants[nick] = (item.get("role", ""), item.get("affiliation", ""))
        elif "110" in codes and "303" not in codes:
            self.occupants.clear()
        else:
            self.occupants.pop(nick, None)


def truth(room: Room, asker: Occupant) -> dict[str, tuple[str, str]]:
    """What this occupant should see."""
    return {
        occupant.nick: (occupant.role.word, room.affiliation(occupant.bare).word)
        for occupant in room.occupants.values()
        if occupant is asker or is_shown(room, occupant.role)
    }


def retract_last(conference: Conference) -> str:
    """A retraction of the last message that is known, by its id."""
    room = conference.service.rooms.get(ROOM.removesuffix(f"@{DOMAIN}"))
    id = room.ids.stanza_id(room.id, room.numbers) if room is not None else "0"
    return message(f"<body>x</body><retract xmlns='urn:xmpp:message-retract:1' id='{id}'/>")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(person, stanza), min_size=30, max_size=60))
def test_anything(script: list[tuple[str, str]]) -> None:
    """§7 to §10: no handler fails; occupants and lists fit together, and all clients see what is; a restart
    changes nothing.
    """
    conference, views = Conference(tombstone_days=0), defaultdict[str, View](View)
    for jid, what in [*BEGINNING, *script]:
        if what == "a day later":
            conference.later(days=1)
            conference.makes_rounds()
            continue
        conference.person(jid).sends(retract_last(conference) if what.startswith("retract") else what)
        for other in conference.people.values():
            for found in other.inbox:
                assert "internal-server-error" not in shown(found), what
                views[other.jid].takes(found)
            other.ignores()
    for room in conference.service.rooms.values():
        assert room.sessions == {s: o for o in room.occupants.values() for s in o.sessions}
        assert all(occupant.sessions and occupant.role for occupant in room.occupants.values())
        assert any(entry.affiliation == 3 for entry in room.affiliations.values())
        assert {*room.addresses} == {s.address for o in room.occupants.values() for s in o.sessions.values()}
        for session, occupant in room.sessions.items():
            assert views[session].occupants == truth(room, occupant), session
    before = state(conference)
    conference.restart()
    assert state(conference) == before
