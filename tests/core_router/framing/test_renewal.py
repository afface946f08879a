"""A parser is replaced, or let go of for a while, in mid-stream; nobody may notice but the memory."""

import random

import pytest

from core_router.framing import parser as framing
from core_router.framing.limits import Limits
from core_router.framing.parser import StreamOpened, StreamParser
from core_router.xmpp.errors import StreamError

HEADER = (
    b"<?xml version='1.0'?><s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'"
    b" xmlns:x='urn:example' to='localhost'>"
)
# Some use a prefix of the header, so that what the parser knows of it is needed after every renewal.
STANZAS = [
    f"<message id='{number}' a{number}='&gt;'><n{number}/><x:y x:z='{number}'>text</x:y></message>\n".encode()
    for number in range(3000)
]


def read(pieces: list[bytes], *, rests: bool = False) -> list[object]:
    parser = StreamParser(Limits(10_000), lambda *element: element)
    events = []
    for piece in pieces:
        events += parser.feed(piece)
        for _ in range(2 * rests):
            parser.rest()
    return events


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_in_whatever_pieces_the_stanzas_come_they_are_the_same(seed: int, rests: bool) -> None:
    choice = random.Random(seed)
    whole, pieces = HEADER + b"".join(STANZAS), []
    while whole:
        size = choice.choice((1, 7, 100, 1000, 9000))
        pieces.append(whole[:size])
        whole = whole[size:]
    opened, *stanzas = read(pieces, rests=rests)
    assert isinstance(opened, StreamOpened)
    # One by one, each as the first of a stream of its own: no parser lives long enough to be replaced.
    assert stanzas == [read([HEADER + stanza])[1] for stanza in STANZAS]


def test_while_nothing_is_read_there_is_no_expat() -> None:
    parser = StreamParser(Limits(10_000), lambda *element: element)
    parser.feed(HEADER + STANZAS[0])
    parser.rest()
    assert hasattr(parser, "_expat")
    parser.rest()
    parser.rest()
    assert not hasattr(parser, "_expat")
    assert parser.feed(STANZAS[1]) == read([HEADER + STANZAS[1]])[1:]
    assert hasattr(parser, "_expat")


@pytest.mark.parametrize("half", [HEADER[:40], HEADER + b"<message", HEADER + b"<message/></s:stream>", b""])
def test_where_something_is_missing_nothing_is_let_go_of(half: bytes) -> None:
    parser = StreamParser(Limits(10_000), lambda *element: element)
    parser.feed(half)
    parser.rest()
    parser.rest()
    assert hasattr(parser, "_expat")


def test_what_is_restricted_stays_so_after_a_rest() -> None:
    [_opened, error] = read([HEADER, b"<!-- -->"], rests=True)
    assert isinstance(error, StreamError)
    assert error.condition == "restricted-xml"


def test_the_names_that_are_remembered_are_bounded() -> None:
    parser = StreamParser(Limits(10_000), lambda *element: None)
    parser.feed(HEADER)
    for stanza in STANZAS:
        parser.feed(stanza)
        assert len(parser._expat.intern) <= framing._LIFE_NAMES + 4


def test_the_prefixes_that_are_remembered_are_bounded() -> None:
    """Prefixes are no names to Python, so that bytes are counted too."""
    parser = StreamParser(Limits(10_000), lambda *element: None)
    parser.feed(HEADER)
    for number in range(10_000):
        parser.feed(f"<message xmlns:p{number}='urn:{number}'/>".encode())
        assert parser._boundary <= framing._LIFE_BYTES + 10_000
