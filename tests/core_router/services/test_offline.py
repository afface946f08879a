"""XEP-0160: what waits for those who are away, and in which order it comes."""

from collections.abc import Awaitable, Collection
from dataclasses import replace
from datetime import datetime

import pytest
from twisted.internet.defer import Deferred

from core_router.config import Bounds
from core_router.store.interfaces import OfflineMessage, Stored
from tests.core_router.world import Client, World

HINTS = "urn:xmpp:hints"
DELAY = "urn:xmpp:delay"
SM = "urn:xmpp:sm:3"
COMPOSING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
REFUSED = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def waiting(world: World, account: str = "bob@localhost") -> int:
    return len(world.accounts.rows[account].messages)


def says(text: str, to: str = "bob@localhost") -> str:
    return f"<message type='chat' to='{to}' id='{text}'><body>{text}</body></message>"


# -- what is kept (§3, XEP-0334 §4) -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "content"),
    [
        ("chat", "<body>Hello</body>"),
        ("normal", "<body>Hello</body>"),
        ("normal", "<subject>Hello</subject>"),
        ("chat", f"<body>Hello</body>{COMPOSING}"),
        ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>"),
        ("chat", f"<body>Hello</body><no-permanent-store xmlns='{HINTS}'/>"),
        ("chat", f"{COMPOSING}<store xmlns='{HINTS}'/>"),
        ("chat", f"<x xmlns='urn:x'/><store xmlns='{HINTS}'/><no-store xmlns='{HINTS}'/>"),
        ("headline", f"<body>News</body><store xmlns='{HINTS}'/>"),
    ],
)
def test_kept(world: World, alice: Client, type: str, content: str) -> None:
    world.account("bob@localhost")
    alice.sends(f"<message type='{type}' to='bob@localhost'>{content}</message>")
    alice.receives_nothing()
    assert waiting(world) == 1
    world.client("bob@localhost/desk").receives_next(f"<message type='{type}'>{content}</message>")


@pytest.mark.parametrize(
    ("type", "content", "refused"),
    [
        ("chat", COMPOSING, False),
        ("chat", f"{COMPOSING}<thread>1</thread>", False),
        ("chat", f"{COMPOSING}<no-copy xmlns='{HINTS}'/>", False),
        ("chat", f"{COMPOSING}<origin-id xmlns='urn:xmpp:sid:0' id='1'/>", False),
        ("chat", f"<x xmlns='urn:x'/><no-store xmlns='{HINTS}'/>", False),
        ("chat", f"<body>For now</body><no-store xmlns='{HINTS}'/>", True),
        ("headline", "<body>News</body>", False),
        ("groupchat", "<body>Hello</body>", True),
        ("error", "<body>Hello</body>", False),
    ],
)
def test_not_kept(world: World, alice: Client, type: str, content: str, refused: bool) -> None:
    """Who has written something learns that nobody will read it."""
    world.account("bob@localhost")
    alice.sends(f"<message type='{type}' to='bob@localhost'>{content}</message>")
    if refused:
        alice.receives_next(f"<message type='error'>{REFUSED}</message>")
    alice.receives_nothing()
    assert waiting(world) == 0


def test_too_many() -> None:
    """§2, step 3."""
    world = World(limits=Bounds(offline_messages=2))
    alice = world.client("alice@localhost/home")
    world.account("bob@localhost")
    alice.sends(says("1"), says("2"), says("3"))
    alice.receives_next(f"<message type='error' id='3'>{REFUSED}</message>")
    alice.receives_nothing()
    bob = world.client("bob@localhost/desk")
    bob.receives_next("<message id='1'/>", "<message id='2'/>")
    bob.receives_nothing()


def test_too_large() -> None:
    world = World(limits=Bounds(offline_bytes=1000))
    alice = world.client("alice@localhost/home")
    world.account("bob@localhost")
    alice.sends(says("a" * 200), says("b" * 200), says("c"))
    alice.receives_next(f"<message type='error' id='{'b' * 200}'>{REFUSED}</message>")
    alice.receives_nothing()
    assert waiting(world) == 2


# -- how it is delivered ----------------------------------------------------------------------------


def test_it_bears_the_time_of_its_arrival(world: World, alice: Client) -> None:
    """XEP-0203 §3."""
    world.account("bob@localhost")
    world.later(hours=1)
    alice.sends(says("1"))
    world.later(hours=1)
    bob = world.client("bob@localhost/desk")
    bob.receives_next(
        "<message id='1'>"
        f"<delay xmlns='{DELAY}' from='localhost' stamp='2026-05-04T13:00:00.000Z'/></message>"
    )


def test_it_waits_until_a_resource_takes_messages(world: World, alice: Client) -> None:
    """§2, step 5: delivered at the next non-negative presence, be it the first of the session or not."""
    bob = world.client("bob@localhost/desk", priority=-1)
    alice.sends(says("1"))
    bob.receives_nothing()
    bob.sends("<presence><priority>-2</priority></presence>").receives_next("<presence/>")
    bob.receives_nothing()
    bob.sends("<presence><priority>0</priority></presence>")
    bob.receives_next("<presence/>", "<message id='1'/>")
    bob.sends("<presence><priority>3</priority></presence>").receives_next("<presence/>")
    bob.receives_nothing()
    assert waiting(world) == 0


class SlowOffline:
    """A store that answers when it is told to."""

    def __init__(self, world: World) -> None:
        self.store = world.stores.offline
        self.asked: Deferred[None] | None = None
        self.deleted: list[int] = []

    def keep(
        self, account: str, stanza: bytes, received: datetime, messages: int, bytes: int
    ) -> Awaitable[Stored]:
        return self.store.keep(account, stanza, received, messages, bytes)

    async def waiting(self, account: str) -> list[OfflineMessage]:
        found = await self.store.waiting(account)
        self.asked = Deferred()
        await self.asked
        return list(found)

    def delete(self, account: str, numbers: Collection[int]) -> Awaitable[None]:
        self.deleted.extend(numbers)
        return self.store.delete(account, numbers)

    def answers(self) -> None:
        """Let the store answer what it was asked last."""
        assert self.asked is not None
        self.asked.callback(None)


@pytest.fixture
def slow(world: World) -> SlowOffline:
    """From now on the router's store is slow."""
    store = SlowOffline(world)
    world.stores = replace(world.stores, offline=store)
    world.restart()
    return store


def test_nothing_newer_overtakes_what_is_stored(world: World, slow: SlowOffline) -> None:
    """RFC 6120 §10.1: whatever comes while the store is being read."""
    alice = world.client("alice@localhost/home")
    slow.answers()
    world.account("bob@localhost")
    alice.sends(says("1"), says("2"))
    bob = world.client("bob@localhost/desk")
    alice.sends(says("3"), says("4", "bob@localhost/desk"))
    bob.receives_nothing()
    slow.answers()
    bob.receives_next(*(f"<message id='{number}'/>" for number in range(1, 5)))
    alice.sends(says("5")).receives_nothing()
    bob.receives_next("<message id='5'/>")


def test_other_accounts_and_other_stanzas_do_not_wait(world: World, slow: SlowOffline) -> None:
    alice = world.client("alice@localhost/home")
    slow.answers()
    bob = world.client("bob@localhost/desk")
    alice.sends(says("1", "alice@localhost/home")).receives_next("<message id='1'/>")
    alice.sends("<presence to='bob@localhost/desk'/>")
    bob.receives_next("<presence from='alice@localhost/home'/>")


def test_there_is_a_bound_to_what_waits_meanwhile(world: World) -> None:
    world = World(limits=Bounds(offline_messages=1))
    slow = SlowOffline(world)
    world.stores = replace(world.stores, offline=slow)
    world.restart()
    alice = world.client("alice@localhost/home")
    slow.answers()
    bob = world.client("bob@localhost/desk")
    alice.sends(says("1"), says("2"))
    alice.receives_next("<message type='error' id='2'><error type='wait'/></message>")
    slow.answers()
    bob.receives_next("<message id='1'/>")
    bob.receives_nothing()


def test_who_leaves_while_the_store_is_read_loses_nothing(world: World, slow: SlowOffline) -> None:
    alice = world.client("alice@localhost/home")
    slow.answers()
    world.account("bob@localhost")
    alice.sends(says("1"))
    bob = world.client("bob@localhost/desk")
    alice.sends(says("2"))
    bob.drops()
    slow.answers()
    assert slow.deleted == []
    bob = world.client("bob@localhost/desk")
    slow.answers()
    bob.receives_next("<message id='1'/>", "<message id='2'/>")
    bob.receives_nothing()


@pytest.mark.parametrize("leaves", ["</stream:stream>", "<presence><priority>-1</priority></presence>"])
def test_another_resource_gets_what_the_first_no_longer_takes(
    world: World, slow: SlowOffline, leaves: str
) -> None:
    """It came while the store was being read, and did not ask again."""
    alice = world.client("alice@localhost/home")
    slow.answers()
    world.account("bob@localhost")
    alice.sends(says("1"))
    desk, phone = world.client("bob@localhost/desk"), world.client("bob@localhost/phone")
    desk.sends(leaves)
    phone.ignores()
    slow.answers()
    phone.receives_next("<message id='1'/>")
    phone.receives_nothing()


def test_a_broken_store_holds_nothing_up(
    world: World, slow: SlowOffline, caplog: pytest.LogCaptureFixture
) -> None:
    alice = world.client("alice@localhost/home")
    slow.answers()
    bob = world.client("bob@localhost/desk")
    alice.sends(says("1"))
    assert slow.asked is not None
    slow.asked.errback(RuntimeError("no such table"))
    bob.receives_next("<message id='1'/>")
    assert "the offline messages of bob@localhost cannot be delivered" in caplog.text
    caplog.clear()


def test_it_is_deleted_when_it_has_been_acknowledged_and_not_before(world: World) -> None:
    """A client with stream management (XEP-0198) has it when it says so."""
    alice = world.client("alice@localhost/home")
    world.account("bob@localhost")
    alice.sends(says("1"), says("2"))
    bob = world.client("bob@localhost/desk", available=False)
    bob.sends(f"<enable xmlns='{SM}'/>").receives_next(f"<enabled xmlns='{SM}'/>")
    bob.becomes_available()
    bob.receives("<message id='1'/>", "<message id='2'/>")
    assert waiting(world) == 2
    phone = world.client("bob@localhost/phone")
    bob.ignores()
    phone.receives("<presence from='bob@localhost/desk'/>")
    phone.receives_nothing()  # they are on their way to the other one
    bob.sends(f"<a xmlns='{SM}' h='2'/>")  # its own presence, and the first message
    assert waiting(world) == 1
    bob.sends(f"<a xmlns='{SM}' h='3'/>")
    assert waiting(world) == 0


def test_what_was_not_acknowledged_is_delivered_again_with_its_first_time(world: World) -> None:
    """XEP-0198 §4, XEP-0203 §3: one stamp, that of the arrival; and the same id (XEP-0359)."""
    alice = world.client("alice@localhost/home")
    world.account("bob@localhost")
    alice.sends(says("1"))
    world.later(hours=1)
    bob = world.client("bob@localhost/desk", available=False)
    bob.sends(f"<enable xmlns='{SM}'/>").receives_next(f"<enabled xmlns='{SM}'/>")
    bob.becomes_available()
    first = bob.receives("<message id='1'/>")
    bob.drops()
    assert waiting(world) == 1
    world.later(hours=1)
    again = world.client("bob@localhost/desk").receives("<message id='1'/>")
    assert waiting(world) == 0
    for found in (first, again):
        [delay] = found.findall(f"{{{DELAY}}}delay")
        assert delay.get("stamp") == "2026-05-04T12:00:00.000Z"
    identifiers = [one.find("{urn:xmpp:sid:0}stanza-id").get("id") for one in (first, again)]
    assert identifiers[0] == identifiers[1]


def test_what_survives_the_death_of_the_router_is_the_same_message(world: World) -> None:
    """XEP-0359: the client may have got it before, and knows it by its id."""
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    for client in (alice, bob):
        client.sends(f"<enable xmlns='{SM}' resume='true'/>").receives_next(f"<enabled xmlns='{SM}'/>")
    alice.sends(says("1", bob.jid))
    first = bob.receives_next("<message id='1'/>")
    bob.drops()
    world.restart()
    again = world.client("bob@localhost/desk").receives_next("<message id='1'/>")
    assert [one.find("{urn:xmpp:sid:0}stanza-id").get("id") for one in (first,)] == [
        one.get("id") for one in again.findall("{urn:xmpp:sid:0}stanza-id")
    ]


def test_a_stranger_cannot_forge_the_time(world: World, alice: Client) -> None:
    """A stamp by our domain can only be ours."""
    world.account("bob@localhost")
    forged = f"<delay xmlns='{DELAY}' from='localhost' stamp='2002-01-01T00:00:00Z'/>"
    alice.sends(f"<message type='chat' to='bob@localhost'><body>Old</body>{forged}</message>")
    bob = world.client("bob@localhost/desk")
    [delay] = bob.receives_next("<message/>").findall(f"{{{DELAY}}}delay")
    assert delay.get("stamp") == "2026-05-04T12:00:00.000Z"
    alice.sends(f"<message to='{bob.jid}'><body>Old</body>{forged}</message>")
    bob.receives("<message/>", without=(f"<delay xmlns='{DELAY}'/>",))
