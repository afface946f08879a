"""Several connections of one component share its domain, where the configuration allows it."""

import hashlib
from collections.abc import Iterator

import pytest

from core_router.config import Component as ComponentTable
from core_router.xmpp.namespaces import COMPONENT, STANZA_ERRORS
from tests.core_router.world import SECRET, Client, Component, World

GATEWAY = "sms.localhost"
ADDRESSES = [f"n{number}@{GATEWAY}" for number in range(40)]


@pytest.fixture
def parts(world: World) -> list[Component]:
    """Three connections."""
    world.reconfigure(component={GATEWAY: ComponentTable(secret=SECRET, connections=3)})
    return [world.component(GATEWAY) for _ in range(3)]


def received(parts: list[Component]) -> list[list[str]]:
    """Which addresses each got messages for, since the last time."""
    return [list(_addresses(part)) for part in parts]


def _addresses(part: Component) -> Iterator[str]:
    arrived, part.received = part.received, []
    yield from (str(stanza.get("to")) for stanza in arrived)


def say(alice: Client) -> None:
    """A message to each address."""
    for address in ADDRESSES:
        alice.sends(f"<message to='{address}'><body>hello</body></message>").receives_nothing()


def test_each_has_its_addresses(parts: list[Component], alice: Client) -> None:
    say(alice)
    first = received(parts)
    assert sorted(address for part in first for address in part) == sorted(ADDRESSES)
    assert all(first)
    say(alice)
    assert received(parts) == first


def test_few_move_when_one_leaves(parts: list[Component], alice: Client) -> None:
    """Those of the one that has left, and no others."""
    say(alice)
    before = received(parts)
    parts[1].drops()
    say(alice)
    after = received(parts)
    assert set(before[0]) <= set(after[0])
    assert set(before[2]) <= set(after[2])
    assert sorted(after[0] + after[2]) == sorted(ADDRESSES)


def test_what_comes_while_all_are_away_waits_for_the_first_to_return(
    world: World, parts: list[Component], alice: Client
) -> None:
    for part in parts:
        part.drops()
    say(alice)
    returned = world.component(GATEWAY)
    assert [stanza.get("to") for stanza in returned.received] == ADDRESSES


def test_one_more_replaces_the_oldest(world: World, parts: list[Component], alice: Client) -> None:
    world.component(GATEWAY)
    parts[0].is_told("conflict")
    say(alice)
    assert all(received(parts[1:]))


def test_away_too_long(world: World, parts: list[Component], alice: Client) -> None:
    """Each message that waits is answered, and so are those that come later."""
    for part in parts:
        part.drops()
    alice.sends(f"<message id='1' to='{ADDRESSES[0]}'><body>x</body></message>")
    world.later(seconds=world.config.router.link.seconds + 1)
    alice.sends(f"<message id='2' to='{ADDRESSES[0]}'><body>x</body></message>")
    error = f"<error type='wait'><remote-server-timeout xmlns='{STANZA_ERRORS}'/></error>"
    for id in ("1", "2"):
        alice.receives_next(f"<message type='error' id='{id}'>{error}</message>")


def test_no_management_is_offered(world: World, parts: list[Component]) -> None:
    """A link that is shared cannot be resumed."""
    parts[0].drops()
    part = world.caller().opens(COMPONENT, to=GATEWAY, version="1.0")
    digest = hashlib.sha1(f"{part.header['id']}{SECRET}".encode()).hexdigest()
    part.sends(f"<handshake>{digest}</handshake>")
    assert b"<stream:features>" in part.raw
    assert b"urn:xmpp:sm:3" not in part.raw


def test_sharing_is_taken_back(world: World, parts: list[Component], alice: Client) -> None:
    """All connections end, and one may come."""
    world.reconfigure(component={GATEWAY: ComponentTable(secret=SECRET)})
    for part in parts:
        part.is_told("host-gone")
    alone = world.component(GATEWAY)
    say(alice)
    assert len(alone.received) == len(ADDRESSES)
