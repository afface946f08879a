"""Hostile input must not make the server grow: RFC 6120 §13.12, and others' sessions go on."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.scenarios.dialogue import Party
from tests.scenarios.login import open_stream
from tests.scenarios.scene import Connect, Scene, Server

MEGABYTE = 1_000_000

pytestmark = pytest.mark.slow

# The bounds below are what the allocator and the collector of cyclic garbage may keep for themselves
# for a while. Each attack sends many times as much, and goes on after the bound would be reached.


def never_ending_tag() -> Iterator[bytes]:
    yield b"<message "
    yield from itertools.repeat(b"x" * 4096, 500)


def never_ending_text() -> Iterator[bytes]:
    yield b"<message><body>"
    yield from itertools.repeat(b"text" * 1024, 500)


def a_million_attributes() -> Iterator[bytes]:
    yield b"<message"
    for start in range(0, 1_000_000, 1000):
        yield "".join(f" a{number}=''" for number in range(start, start + 1000)).encode()


def a_million_elements() -> Iterator[bytes]:
    yield b"<message>"
    yield from itertools.repeat(b"<a/>" * 1000, 1000)


def bottomless_nesting() -> Iterator[bytes]:
    yield from itertools.repeat(b"<a>" * 1000, 1000)


def a_million_namespaces() -> Iterator[bytes]:
    yield b"<message"
    for start in range(0, 1_000_000, 1000):
        names = range(start, start + 1000)
        yield "".join(f" xmlns:n{number}='urn:{number}'" for number in names).encode()


ENDLESS = [
    never_ending_tag,
    never_ending_text,
    a_million_attributes,
    a_million_elements,
    bottomless_nesting,
    a_million_namespaces,
]


async def _pour(party: Party, attack: Iterator[bytes]) -> None:
    """Send until the server has had enough."""
    for piece in attack:
        await party.sends(piece)
        if party.stream.end is not None:
            return
    await party.sees_the_end()


class Growth:
    """How much memory the server has taken since it was first asked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._before = 0

    def starts(self) -> None:
        """Count from here: what is allocated once, by the first of many rounds, is not growth."""
        self._before = self._server.memory()

    def is_below(self, bytes: int) -> None:
        """Fail if the server has grown by more."""
        grown = self._server.memory() - self._before
        assert grown < bytes, f"grown by {grown / MEGABYTE:.1f} MB, more than {bytes / MEGABYTE:.1f}"


@pytest.fixture
def growth(server: Server) -> Growth:
    return Growth(server)


@pytest.mark.parametrize("attack", ENDLESS)
async def test_what_never_ends_is_cut_off(
    scene: Scene, connect: Connect, growth: Growth, attack: Callable[[], Iterator[bytes]]
) -> None:
    """Before login and after: cut at the limit, and nothing is kept."""
    bystander = await connect("alice")
    for _ in rounds(growth):
        stranger = await scene.stranger()
        await open_stream(stranger)
        await _pour(stranger, attack())
        mallory = await connect("mallory", available=False)
        await _pour(mallory, attack())
    await bystander.is_answered()
    growth.is_below(8 * MEGABYTE)


async def test_streams_that_are_left_half_open(scene: Scene, growth: Growth) -> None:
    """CVE-2021-32918: connections that stop in the middle of a stanza, and are dropped."""
    for _ in rounds(growth, 200):
        strangers = [await scene.stranger() for _ in range(50)]
        for stranger in strangers:
            await open_stream(stranger)
            await stranger.sends("<message><body>" + "x" * 9000)
        for stranger in strangers:
            await stranger.stream.close()
    growth.is_below(64 * MEGABYTE)


async def test_names_that_are_never_the_same_twice(connect: Connect, growth: Growth) -> None:
    """A parser that remembers every name it has seen grows with the life of a session."""
    mallory = await connect("mallory")
    numbers = itertools.count()
    for _ in rounds(growth):
        for _ in range(20):
            names = "".join(f"<n{next(numbers)} a{next(numbers)}=''/>" for _ in range(4000))
            await mallory.sends(f"<message to='{mallory.jid}/nobody' type='normal'>{names}</message>")
        await mallory.is_answered()
        mallory.stream.received.clear()
    growth.is_below(16 * MEGABYTE)


async def test_addresses_that_are_never_the_same_twice(
    scene: Scene, connect: Connect, growth: Growth
) -> None:
    """What is remembered of addresses is bounded."""
    mallory = await connect("mallory")
    numbers = itertools.count()
    for _ in rounds(growth):
        for _ in range(2000):
            address = f"{next(numbers):0>900}@{scene.domain}"
            await mallory.sends(f"<message to='{address}' type='headline'/>")
        await mallory.is_answered()
    growth.is_below(16 * MEGABYTE)


async def test_a_client_that_does_not_read(connect: Connect, growth: Growth) -> None:
    """What waits to be sent is bounded; then the client is closed, and the others go on."""
    alice, text = await connect("alice"), "x" * 200_000
    for _ in rounds(growth):
        sleeper = await connect("sleeper")
        sleeper.stream.pause()
        for _ in range(200):
            await alice.sends(f"<message to='{sleeper.jid}' type='headline'><body>{text}</body></message>")
        await alice.is_answered()
        await sleeper.stream.close()
    growth.is_below(64 * MEGABYTE)


def rounds(growth: Growth, number: int = 20) -> Iterator[int]:
    """So many rounds, after one before which nothing is counted."""
    yield 0
    growth.starts()
    yield from range(number)
