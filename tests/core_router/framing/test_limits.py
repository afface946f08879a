"""What one peer can make the router hold is bounded while it is read (RFC 6120 §13.12)."""

import tracemalloc

import pytest

from core_router.framing.limits import Limits
from tests.core_router.framing.streams import FOOTER, HEADER, WIDE, events, kinds, parser

TOO_MUCH = "policy-violation"


def outcome(element: bytes, limits: Limits, size: int = 65536) -> list[str]:
    pieces = [element[at : at + size] for at in range(0, len(element), size)]
    return kinds(events(HEADER, *pieces, limits=limits))


@pytest.mark.parametrize("size", [1, 7, 65536], ids=["bytewise", "in pieces", "whole"])
def test_bytes_of_an_element(size: int) -> None:
    limits = Limits(bytes=200)
    just = b"<iq>" + b"x" * 191 + b"</iq>"
    assert len(just) == 200
    assert outcome(just, limits, size) == ["{jabber:client}iq"]
    assert outcome(just.replace(b"x", b"xx", 1), limits, size) == [TOO_MUCH]


def test_many_elements_are_not_one() -> None:
    assert outcome(b"<iq>12345</iq>" * 1000, Limits(bytes=20)) == ["{jabber:client}iq"] * 1000


@pytest.mark.parametrize(
    "endless",
    [b"<iq a='" + b"x" * 100, b"<iq" + b" " * 100, b"<" + b"i" * 100, b"<iq>" + b"x" * 100, b"text" * 100,
     b"<iq><![CDATA[" + b"x" * 100],
    ids=["value", "tag", "name", "text", "no element", "CDATA section"],
)  # fmt: skip
def test_an_element_that_never_ends_is_refused_before_it_is_held(endless: bytes) -> None:
    made = parser(Limits(bytes=100))
    found = [event for byte in endless for event in made.feed(bytes([byte]))]
    assert [str(error.condition) for error in found] == [TOO_MUCH]
    assert made._held == b""


def test_a_header_that_never_ends_is_refused() -> None:
    endless = HEADER[:-1] + b" a='" + b"x" * 1000
    assert kinds(events(*(bytes([byte]) for byte in endless), limits=Limits(bytes=300))) == [TOO_MUCH]


def test_depth() -> None:
    """The first-level element is the first of them."""
    limits = Limits(bytes=1000, depth=4)
    assert outcome(b"<iq><a><b><c/></b></a></iq>" * 2, limits) == ["{jabber:client}iq"] * 2
    assert outcome(b"<iq><a><b><c><d/></c></b></a></iq>", limits) == [TOO_MUCH]


@pytest.mark.parametrize("place", ["<iq%s/>", "<iq><a%s/></iq>"], ids=["first level", "inside"])
def test_attributes_of_any_element(place: str) -> None:
    limits = Limits(bytes=1000, attributes=5)
    for number, expected in ((5, "{jabber:client}iq"), (6, TOO_MUCH)):
        written = "".join(f" a{count}=''" for count in range(number))
        assert outcome((place % written).encode(), limits) == [expected]


def test_attributes_of_the_header() -> None:
    crowded = HEADER[:-1] + b"".join(b" a%d=''" % number for number in range(70)) + b">"
    assert kinds(events(crowded)) == [TOO_MUCH]


def test_elements_in_one() -> None:
    limits = Limits(bytes=1000, elements=5)
    assert outcome(b"<iq><a/><b><c/><d/></b></iq>" * 2, limits) == ["{jabber:client}iq"] * 2
    assert outcome(b"<iq><a/><b><c/><d/></b><e/></iq>", limits) == [TOO_MUCH]


def test_limits_may_be_widened_between_elements() -> None:
    """A component that has shaken hands may send more on the same stream."""
    made = parser(Limits(bytes=10))
    made.limits = WIDE
    assert len(made.feed(b"<iq>1234567890</iq>")) == 1


# -- what grows beyond what was sent ------------------------------------------------------------------


def held_memory(*pieces: bytes) -> int:
    """The most that was allocated while the pieces were read, in bytes."""
    made = parser(Limits(bytes=262_144))
    tracemalloc.start()
    try:
        for piece in pieces:
            made.feed(piece)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [4096, 65536])
def test_a_long_namespace_is_not_multiplied_by_attributes(size: int) -> None:
    """One tag of 124 KB took 900 MB: expat copies the name of the namespace to every attribute in it."""
    attributes = b"".join(b" n:a%d=''" % number for number in range(6000))
    tag = b"<iq xmlns:n='" + b"u" * 60_000 + b"'" + attributes + b"/>"
    assert outcome(tag, Limits(bytes=262_144), size) == [TOO_MUCH]
    assert held_memory(*(tag[at : at + size] for at in range(0, len(tag), size))) < 2_000_000


@pytest.mark.parametrize("inner", [b"<n:a/>", b"<a n:b=''/>"], ids=["elements", "attributes"])
def test_a_long_namespace_is_not_multiplied_by_what_is_inside(inner: bytes) -> None:
    stanza = b"<iq xmlns:n='" + b"u" * 16_000 + b"'>" + inner * 4000 + b"</iq>"
    assert outcome(stanza, Limits(bytes=262_144)) == [TOO_MUCH]
    assert held_memory(stanza) < 4_000_000


def test_a_namespace_may_be_as_long_as_any_reasonable_one() -> None:
    stanza = b"<iq><x xmlns='urn:" + b"u" * 1000 + b"'/></iq>"
    assert outcome(stanza, WIDE) == ["{jabber:client}iq"]


# -- one tag ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1000, 8192, 16384, 65536])
@pytest.mark.parametrize("before", [b"", b"<iq/>" * 3000], ids=["alone", "after others"])
def test_bytes_of_a_tag(size: int, before: bytes) -> None:
    longest = WIDE.tag
    for quote in (b"'", b'"'):
        filled = b"<iq a=" + quote + b">" * (longest - 10) + quote
        assert outcome(before + filled + b"/>", WIDE, size)[-1] == "{jabber:client}iq"
        assert outcome(before + filled + b" />", WIDE, size)[-1] == TOO_MUCH


@pytest.mark.parametrize("size", [100, 1000, 8192, 65536])
@pytest.mark.parametrize(
    "long",
    [
        b"<body>" + b"x" * 50_000 + b"</body>",
        b"<a/>" + b"QUJD\n" * 10_000,
        b"<![CDATA[" + b"x>" * 20_000 + b"]]>",
        b"<b c='>'>" + b"y>" * 20_000 + b"</b>",
    ],
    ids=["text", "text after an element", "CDATA section", "with >"],
)
def test_long_texts_are_no_tags(long: bytes, size: int) -> None:
    assert outcome(b"<iq>" + long + b"</iq>" + FOOTER, WIDE, size) == ["{jabber:client}iq", "closed"]
