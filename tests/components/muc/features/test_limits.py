"""XEP-0045 §13.6: limits of the service and slow mode."""

from components.muc.config import MucSettings
from tests.components.muc.conference import DOMAIN, OPEN, ROOM, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def refused(person: Person, kind: str, condition: str, error_type: str) -> None:
    """The next stanza is this error."""
    person.receives(
        f"<{kind} type='error'><error type='{error_type}'><{condition} xmlns='{STANZAS}'/></error></{kind}>"
    )


def test_rooms_per_user(conference: Conference, alice: Person) -> None:
    """§13.6: resource-constraint for one more than the configuration allows; not for administrators."""
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
