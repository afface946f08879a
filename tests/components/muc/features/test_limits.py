"""XEP-0045 §14.6: limits of the service and slow mode."""

from components.muc.config import MucSettings
from tests.components.muc.conference import DOMAIN, OPEN, ROOM, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def refused(person: Person, kind: str, condition: str, error_type: str) -> None:
    """The next stanza is this error."""
    person.receives(
        f"<{kind} type='error'><error type='{error_type}'><{condition} xmlns='{STANZAS}'/></error></{kind}>"
    )


def test_rooms_per_user(conference: Conference, alice: Person) -> None:
    """§14.6: resource-constraint for one more than the configuration allows; not for administrators."""
    conference.reconfigure(MucSettings(rooms_per_user=2))
    alice.enters("alice", room=f"two@{DOMAIN}").ignores().enters("alice", room=f"three@{DOMAIN}")
    refused(alice, "presence", "resource-constraint", "wait")
    admin = conference.person("admin@example/x")
    for name in ("a", "b", "c"):
        admin.enters("admin", room=f"{name}@{DOMAIN}").sends(OPEN.replace(ROOM, f"{name}@{DOMAIN}"))
    assert {"a", "b", "c"} < set(conference.service.rooms)


def test_message_size(conference: Conference, alice: Person, bob: Person) -> None:
    """RFC 6120 §8.3.3.12: policy-violation for what is too long; bytes count, not characters."""
    conference.reconfigure(MucSettings(message_bytes=1000))
    bob.says("ö" * 450)
    refused(bob, "message", "policy-violation", "modify")
    bob.says("o" * 450).receives("<message/>")
    alice.receives("<message/>").find("body")


def test_slow_mode(conference: Conference, alice: Person, bob: Person) -> None:
    """Who has spoken has to wait, moderators have not."""
    alice.configures(slow_mode_duration="10").ignores()
    bob.ignores().says("one").receives("<message/>")
    conference.later(seconds=9.5)
    bob.says("two")
    refused(bob, "message", "resource-constraint", "wait")
    conference.later(seconds=0.5)
    bob.says("three").receives("<message><body>three</body></message>")
    alice.says("a").says("b").receives(*["<message/>"] * 4)


def test_what_was_refused_does_not_count(conference: Conference, alice: Person, bob: Person) -> None:
    """A message that is too long does not make its sender wait."""
    conference.reconfigure(MucSettings(message_bytes=1000))
    alice.configures(slow_mode_duration="10")
    bob.ignores().says("x" * 2000).says("short").receives(
        "<message type='error'/>", "<message><body>short</body></message>"
    )


GREATER = ">" * 200_000  # 200 KB when it comes, 800 KB when it goes out


def test_what_grows_on_its_way(alice: Person, bob: Person) -> None:
    """A stanza that would be too long for the router is refused, whatever it is; the stream lives on."""
    bob.sends(f"<message type='chat' to='{ROOM}/alice'><body>{GREATER}</body></message>")
    refused(bob, "message", "policy-violation", "modify")
    bob.sends(f"<presence to='{ROOM}/bob'><status>{GREATER}</status></presence>")
    refused(bob, "presence", "policy-violation", "modify")
    bob.sends(f"<iq type='set' id='g' to='{ROOM}/alice'><q xmlns='q'>{GREATER}</q></iq>")
    refused(bob, "iq", "policy-violation", "modify")
    alice.receives_nothing()


def test_ids_that_would_be_too_long(alice: Person, bob: Person) -> None:
    """§17.4: the id of a request that is passed on has its limit."""
    bob.sends(f"<iq type='get' id='{'x' * 1001}' to='{ROOM}/alice'><q xmlns='q'/></iq>")
    refused(bob, "iq", "policy-violation", "modify")


def test_long_names(alice: Person) -> None:
    """§10.1.3: names stand in lists; not-acceptable for what is longer than a line."""
    alice.sends(
        f"<iq type='set' id='c' to='{ROOM}'><query xmlns='http://jabber.org/protocol/muc#owner'>"
        "<x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_roomname'>"
        f"<value>{'x' * 501}</value></field></x></query></iq>"
    )
    refused(alice, "iq", "not-acceptable", "modify")


def test_long_presences(alice: Person, bob: Person) -> None:
    """What is kept for everybody who enters is short; who leaves with a long farewell leaves without it."""
    long = f"<status>{'x' * 20_000}</status>"
    bob.sends(f"<presence to='{ROOM}/bob'>{long}</presence>")
    refused(bob, "presence", "policy-violation", "modify")
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'>{long}</presence>")
    alice.receives(f"<presence type='unavailable' from='{ROOM}/bob'/>", without=("xxx",))
