"""RFC 6121 §8.5: every kind and type of stanza, for every kind of address and every state of the account.

Of bob's resources, `desk` and `phone` are available with the priorities 5 and 1, `pager` with −1, and
`quiet` is connected and has sent no presence.
"""

from typing import Literal

import pytest

from tests.core_router.world import Client, World

Situation = Literal["no account", "no resource", "connected", "negative", "one", "several"]

RESOURCES: dict[Situation, dict[str, int | None]] = {
    "no account": {},
    "no resource": {},
    "connected": {"quiet": None},
    "negative": {"pager": -1, "quiet": None},
    "one": {"phone": 1, "pager": -1, "quiet": None},
    "several": {"desk": 5, "phone": 1, "pager": -1, "quiet": None},
}
BARE, GONE = "bob@localhost", "bob@localhost/gone"

# What comes of a stanza: resources that get it; OFFLINE, ERROR to the sender, or nothing at all.
OFFLINE, ERROR, NOTHING = "offline", "error", "nothing"

MESSAGES: list[tuple[str, str, Situation, str, str]] = [
    # section, type, situation, address, outcome
    ("8.5.1", "", "no account", BARE, ERROR),
    ("8.5.1", "chat", "no account", BARE, ERROR),
    ("8.5.1", "normal", "no account", BARE, ERROR),
    ("8.5.1", "groupchat", "no account", BARE, ERROR),
    ("8.5.1", "headline", "no account", BARE, NOTHING),
    ("8.5.1", "error", "no account", BARE, NOTHING),
    ("8.5.1", "chat", "no account", GONE, ERROR),
    ("8.5.1", "normal", "no account", GONE, ERROR),
    ("8.5.1", "groupchat", "no account", GONE, ERROR),
    ("8.5.1", "headline", "no account", GONE, NOTHING),
    ("8.5.1", "error", "no account", GONE, NOTHING),
    *(
        ("8.5.2.2.1", type, situation, BARE, OFFLINE)
        for type in ("", "normal", "chat", "of-no-known-type")
        for situation in ("no resource", "connected")
    ),
    ("8.5.2.2.1", "groupchat", "no resource", BARE, ERROR),
    ("8.5.2.2.1", "headline", "no resource", BARE, NOTHING),
    ("8.5.2.2.1", "error", "no resource", BARE, NOTHING),
    ("8.5.2.1.1", "", "negative", BARE, OFFLINE),
    ("8.5.2.1.1", "normal", "negative", BARE, OFFLINE),
    ("8.5.2.1.1", "chat", "negative", BARE, OFFLINE),
    ("8.5.2.1.1", "groupchat", "negative", BARE, ERROR),
    ("8.5.2.1.1", "headline", "negative", BARE, NOTHING),
    ("8.5.2.1.1", "error", "negative", BARE, NOTHING),
    ("8.5.2.1.1", "", "one", BARE, "phone"),
    ("8.5.2.1.1", "normal", "one", BARE, "phone"),
    ("8.5.2.1.1", "chat", "one", BARE, "phone"),
    ("8.5.2.1.1", "groupchat", "one", BARE, ERROR),
    ("8.5.2.1.1", "headline", "one", BARE, "phone"),
    ("8.5.2.1.1", "error", "one", BARE, NOTHING),
    ("8.5.2.1.1", "", "several", BARE, "desk"),
    ("8.5.2.1.1", "normal", "several", BARE, "desk"),
    ("8.5.2.1.1", "chat", "several", BARE, "desk"),
    ("8.5.2.1.1", "of-no-known-type", "several", BARE, "desk"),
    ("8.5.2.1.1", "groupchat", "several", BARE, ERROR),
    ("8.5.2.1.1", "headline", "several", BARE, "desk phone"),
    ("8.5.2.1.1", "error", "several", BARE, NOTHING),
    *(
        ("8.5.3.1", type, "several", f"{BARE}/{resource}", resource)
        for type in ("", "normal", "chat", "groupchat", "headline", "error", "of-no-known-type")
        for resource in ("desk", "phone", "pager", "quiet")
    ),
    ("8.5.3.2.1", "", "several", GONE, ERROR),
    ("8.5.3.2.1", "normal", "several", GONE, ERROR),
    ("8.5.3.2.1", "groupchat", "several", GONE, ERROR),
    ("8.5.3.2.1", "headline", "several", GONE, NOTHING),
    ("8.5.3.2.1", "error", "several", GONE, NOTHING),
    ("8.5.3.2.1", "chat", "several", GONE, "desk"),
    ("8.5.3.2.1", "chat", "one", GONE, "phone"),
    ("8.5.3.2.1", "chat", "negative", GONE, OFFLINE),
    ("8.5.3.2.1", "chat", "connected", GONE, OFFLINE),
    ("8.5.3.2.1", "chat", "no resource", GONE, OFFLINE),
    ("8.5.3.2.1", "normal", "no resource", GONE, ERROR),
    ("8.5.3.2.1", "groupchat", "no resource", GONE, ERROR),
    ("8.5.3.2.1", "headline", "no resource", GONE, NOTHING),
]  # fmt: skip

PRESENCE: list[tuple[str, str, Situation, str, str]] = [
    ("8.5.1", "", "no account", BARE, NOTHING),
    ("8.5.1", "unavailable", "no account", BARE, NOTHING),
    ("8.5.1", "", "no account", GONE, NOTHING),
    ("8.5.2.2.2", "", "connected", BARE, NOTHING),
    ("8.5.2.2.2", "unavailable", "connected", BARE, NOTHING),
    ("8.5.2.1.2", "", "several", BARE, "desk phone pager"),
    ("8.5.2.1.2", "unavailable", "several", BARE, "desk phone pager"),
    ("8.5.2.1.2", "", "negative", BARE, "pager"),
    *(
        ("8.5.3.1", type, "several", f"{BARE}/{resource}", resource)
        for type in ("", "unavailable", "error")
        for resource in ("desk", "phone", "pager", "quiet")
    ),
    ("8.5.3.2.2", "", "several", GONE, NOTHING),
    ("8.5.3.2.2", "unavailable", "several", GONE, NOTHING),
    ("8.5.3.2.2", "subscribe", "several", GONE, "desk phone pager"),
    ("8.5.3.1", "subscribe", "several", f"{BARE}/phone", "desk phone pager"),
]  # fmt: skip

IQS: list[tuple[str, str, Situation, str, str]] = [
    *(
        (section, type, situation, address, outcome)
        for type, outcome in (("get", ERROR), ("set", ERROR), ("result", NOTHING), ("error", NOTHING))
        for section, situation, address in (
            ("8.5.1", "no account", BARE),
            ("8.5.1", "no account", GONE),
            ("8.5.2.2.3", "no resource", BARE),
            ("8.5.2.1.3", "several", BARE),
            ("8.5.3.2.3", "several", GONE),
            ("8.5.3.2.3", "no resource", GONE),
        )
    ),
    *(
        ("8.5.3.1", type, "several", f"{BARE}/{resource}", resource)
        for type in ("get", "set", "result", "error")
        for resource in ("desk", "phone", "pager", "quiet")
    ),
]  # fmt: skip


class Bob:
    """All of bob's resources in one situation."""

    def __init__(self, world: World, situation: Situation) -> None:
        self.world = world
        if situation != "no account":
            world.account(BARE)
        self.resources = {
            name: world.client(f"{BARE}/{name}", available=priority is not None, priority=priority)
            for name, priority in RESOURCES[situation].items()
        }
        for client in self.resources.values():
            client.ignores()

    def gets(self, pattern: str, outcome: str) -> None:
        """Exactly the resources named in the outcome get the stanza, or it is kept for later."""
        expected = outcome.split() if outcome not in (OFFLINE, ERROR, NOTHING) else []
        for name, client in self.resources.items():
            if name in expected:
                client.receives(pattern)
            client.receives_nothing()
        row = self.world.accounts.rows.get(BARE)
        assert bool(row and row.messages) == (outcome == OFFLINE)


def check(world: World, stanza: str, situation: Situation, to: str, outcome: str) -> None:
    """Alice sends it; `{}` stands for its address."""
    bob, alice = Bob(world, situation), world.client("alice@localhost/home")
    alice.sends(stanza.format(f"to='{to}' id='s1'"))
    expected_to = BARE if "'subscribe'" in stanza else to
    bob.gets(stanza.format(f"to='{expected_to}' id='s1'"), outcome)
    refused(alice, stanza, outcome)


def refused(alice: Client, stanza: str, outcome: str) -> None:
    kind = stanza[1:].partition(" ")[0]
    if outcome == ERROR:
        condition = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        alice.receives(f"<{kind} type='error' id='s1'><error type='cancel'>{condition}</error></{kind}>")
    alice.receives_nothing()


def typed(type: str) -> str:
    return f"type='{type}' " if type else ""


@pytest.mark.parametrize(("section", "type", "situation", "to", "outcome"), MESSAGES)
def test_message(world: World, section: str, type: str, situation: Situation, to: str, outcome: str) -> None:
    check(world, f"<message {typed(type)}{{}}><body>Hello</body></message>", situation, to, outcome)


@pytest.mark.parametrize(("section", "type", "situation", "to", "outcome"), PRESENCE)
def test_presence(world: World, section: str, type: str, situation: Situation, to: str, outcome: str) -> None:
    check(world, f"<presence {typed(type)}{{}}><status>Here</status></presence>", situation, to, outcome)


@pytest.mark.parametrize(("section", "type", "situation", "to", "outcome"), IQS)
def test_iq(world: World, section: str, type: str, situation: Situation, to: str, outcome: str) -> None:
    content = "<query xmlns='urn:example:unknown'/>"
    check(world, f"<iq {typed(type)}{{}}>{content}</iq>", situation, to, outcome)


def test_to_the_bare_address_the_address_is_not_rewritten(world: World) -> None:
    """RFC 6121 §8.5.2: `to` stays the bare address, whichever resource gets it."""
    bob, alice = world.client("bob@localhost/desk"), world.client("alice@localhost/home")
    alice.sends("<message to='bob@localhost' type='chat'><body>Hello</body></message>")
    bob.receives_next("<message to='bob@localhost'/>")


def test_two_resources_of_the_highest_priority_both_get_it(world: World) -> None:
    """RFC 6121 §8.5.2.1.1: which is the most available one, nothing says."""
    alice = world.client("alice@localhost/home")
    desk, phone = (world.client(f"bob@localhost/{name}", priority=3) for name in ("desk", "phone"))
    alice.sends("<message to='bob@localhost' type='chat'><body>Hello</body></message>")
    for client in (desk, phone):
        client.receives("<message><body>Hello</body></message>")


def test_presence_of_no_known_type_is_refused(world: World) -> None:
    """RFC 6121 §4.7.1: the types there are."""
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    alice.sends("<presence type='invisible' to='bob@localhost' id='p1'/>")
    alice.receives_next(
        "<presence type='error' id='p1'><error type='modify'>"
        "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    )
    bob.receives_nothing()
