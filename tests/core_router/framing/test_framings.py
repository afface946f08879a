"""The framings of WebSocket and BOSH, whatever they are fed."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_router.framing.bosh import BODIES, NAMESPACE, body, body_attributes, is_empty
from core_router.framing.framing import Framing
from core_router.framing.limits import Limits
from core_router.framing.parser import StreamClosed, StreamOpened
from core_router.framing.websocket import MESSAGES
from core_router.xmpp.errors import StreamError

LIMITS = Limits(bytes=2000, depth=8, attributes=8, elements=32)
OPEN = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
FIRST = f"<body xmlns='{NAMESPACE}' to='localhost' rid='1'/>".encode()
FRAMINGS = [pytest.param(MESSAGES, OPEN, id="WebSocket"), pytest.param(BODIES, FIRST, id="BOSH")]

PIECES = (
    *(f"<body xmlns='{NAMESPACE}'{more}" for more in (">", "/>", " sid='s'>", " sid='s' type='terminate'>")),
    *("</body>", "<message", " xmlns='jabber:client'", " to='a@b'", ">", "/>", "</message>", "<body>"),
    *("<a xmlns:p='urn:p'>", "<p:b/>", "</a>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&a;", "'", '"'),
    *("</stellwerk-frame:stream>", "<stellwerk-frame:a/>", "<?xml version='1.0'?>", "<!DOCTYPE a>"),
    *("text", " ", "\0"),
)
fragments = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
anything = st.one_of(st.binary(max_size=300), fragments.map(str.encode))


def built(*parts: Any) -> tuple[Any, ...]:
    return parts


def events(framing: Framing, *inputs: bytes) -> list[list[Any]]:
    parser = framing.parser(LIMITS, built)
    return [list(parser.feed(data)) for data in inputs]


@pytest.mark.parametrize(("framing", "first"), FRAMINGS)
@given(data=anything)
def test_whatever_comes_is_elements_an_end_or_an_error(framing: Framing, first: bytes, data: bytes) -> None:
    [[opened, *_], found] = events(framing, first, data)
    assert isinstance(opened, StreamOpened)
    for event in found:
        assert isinstance(event, StreamOpened | StreamClosed | StreamError | tuple)
    if any(isinstance(event, StreamError) for event in found[:-1]):
        raise AssertionError("something came after an error")


@given(anything)
def test_a_message_is_one_event(data: bytes) -> None:
    """RFC 7395 §3.3.3."""
    assert [len(found) for found in events(MESSAGES, OPEN, data)] == [1, 1]


@pytest.mark.parametrize(("framing", "first"), FRAMINGS)
@given(data=anything)
def test_before_the_stream_is_open_nothing_is_an_element(framing: Framing, first: bytes, data: bytes) -> None:
    try:
        [found] = events(framing, data)
    except StreamError:
        return
    assert not any(isinstance(event, tuple) for event in found)


@given(anything)
def test_the_start_of_a_body_is_found_or_awaited_or_refused(data: bytes) -> None:
    try:
        attributes = body_attributes(data, LIMITS)
    except StreamError:
        return
    assert attributes is None or isinstance(attributes, dict)


@given(st.integers(0, 80))
def test_the_start_of_a_body_in_pieces(at: int) -> None:
    start = f"<?xml version='1.0'?> <body xmlns='{NAMESPACE}' rid=\"1>\" to='x'>".encode()
    attributes = body_attributes(start[:at], LIMITS)
    assert attributes == ({"rid": "1>", "to": "x"} if at >= len(start) else None)


@pytest.mark.parametrize(
    ("content", "empty"),
    [("/>", True), ("></body>", True), (">\n </body>", True), ("><a/></body>", False), (">x</body>", False)],
)
def test_empty_bodies(content: str, empty: bool) -> None:
    assert is_empty(f"<?xml version='1.0'?><body rid='1'{content}".encode()) is empty


def elements(found: Iterable[Any]) -> list[tuple[str, bytes]]:
    return [(event[0], event[2]) for event in found if isinstance(event, tuple)]


@pytest.mark.parametrize(
    "stanza",
    [
        b"<message xmlns='jabber:client'><body>x</body></message>",
        b"<message xmlns='jabber:client'><body>a &amp; b</body><x xmlns='urn:x' y='&gt;'/></message>",
        b"<c:message xmlns:c='jabber:client'><c:body>x</c:body></c:message>",
    ],
)
def test_an_element_is_the_same_in_both(stanza: bytes) -> None:
    """Its content is valid in any client's stream."""
    _, [over_websocket] = events(MESSAGES, OPEN, stanza)
    _, over_bosh = events(BODIES, FIRST, f"<body xmlns='{NAMESPACE}' sid='s'>".encode() + stanza + b"</body>")
    assert elements([over_websocket]) == elements(over_bosh)


def test_a_body_to_send() -> None:
    assert body({}) == f"<body xmlns='{NAMESPACE}'></body>".encode()
    assert (
        body({"condition": "a<b", "xmpp:version": "1.0"}, [b"<presence/>", b"<stream:error/>"])
        == (
            f"<body xmlns='{NAMESPACE}' condition='a&lt;b' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'"
            " xmlns:stream='http://etherx.jabber.org/streams'><presence xmlns='jabber:client'/>"
            "<stream:error xmlns:stream='http://etherx.jabber.org/streams'/></body>"
        ).encode()
    )
