"""Bytes in, first-level elements out: RFC 6120 §4 and XML 1.0, however the bytes arrive."""

from unittest import mock

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from core_router.framing import parser as module
from core_router.framing.parser import StreamClosed, StreamOpened
from core_router.xmpp.errors import StreamError
from core_router.xmpp.namespaces import CLIENT, STREAM
from tests.core_router.framing.streams import FOOTER, HEADER, cuts, documents, events, kinds, parser, stanzas

few = settings(max_examples=40)  # of whole documents


# -- the same, however it arrives ---------------------------------------------------------------------


@few
@given(st.data(), documents())
def test_pieces_give_what_the_whole_gives(data: st.DataObject, document: bytes) -> None:
    whole = events(document)
    assert isinstance(whole[-1], StreamClosed)
    assert events(*data.draw(cuts(document))) == whole


@few
@given(documents())
def test_single_bytes_give_what_the_whole_gives(document: bytes) -> None:
    """Characters of several bytes, references, CDATA sections and tags are all cut apart."""
    assert events(*(bytes([byte]) for byte in document)) == events(document)


@few
@given(st.data(), documents(), st.binary(min_size=1, max_size=3))
def test_damaged_streams_fail_alike_in_pieces_and_as_a_whole(
    data: st.DataObject, document: bytes, damage: bytes
) -> None:
    """What was complete before the damage is handed on, and the same condition follows."""
    at = data.draw(st.integers(len(HEADER), len(document)))
    damaged = document[:at] + damage + document[at + data.draw(st.integers(0, 3)) :]
    assert events(*data.draw(cuts(damaged))) == events(damaged)


@few
@given(st.data(), documents())
def test_a_new_expat_takes_over_unnoticed(data: st.DataObject, document: bytes) -> None:
    """expat remembers every name it has seen; it is replaced before that becomes a burden."""
    whole = events(document)
    with mock.patch.multiple(module, _LIFE_BYTES=0, _LIFE_NAMES=0):
        assert events(*data.draw(cuts(document))) == whole


def test_names_that_never_come_again_are_forgotten() -> None:
    made = parser()
    for number in range(20_000):
        made.feed(b"<iq><a%d b%d='1'/></iq>" % (number, number))
    assert len(made._expat.intern) < 2000


# -- what comes out -----------------------------------------------------------------------------------


def test_the_header_gives_its_attributes_and_prefixes() -> None:
    [opened] = events(HEADER)
    assert opened == StreamOpened(
        {"to": "localhost", "version": "1.0"}, {"": "jabber:client", "stream": STREAM}
    )


@pytest.mark.parametrize("prefix", ["stream", "s", "flow"])
def test_the_prefix_of_the_streams_namespace_is_free(prefix: str) -> None:
    """RFC 6120 §4.8.5: the prefix is a convention, the namespace counts."""
    header = f"<{prefix}:stream xmlns='{CLIENT}' xmlns:{prefix}='{STREAM}'>"
    found = events(header.encode(), b"<iq/>", f"</{prefix}:stream>".encode())
    assert kinds(found) == ["{jabber:client}iq", "closed"]


def test_an_element_gives_its_name_attributes_content_and_childrens_names() -> None:
    [found] = parser().feed(
        b"<message to='a' xml:lang=\"de\"><body>Hi</body> <x xmlns='urn:x'><deep/></x></message>"
    )
    assert found == (
        "{jabber:client}message",
        {"to": "a", "http://www.w3.org/XML/1998/namespace}lang": "de"},
        b"<body>Hi</body> <x xmlns='urn:x'><deep/></x>",
        ("{jabber:client}body", "{urn:x}x"),
    )


@pytest.mark.parametrize(
    ("element", "content"),
    [
        (b"<iq/>", b""),
        (b"<iq></iq>", b""),
        (b"<iq ></iq >", b""),
        (b"<iq id='/'></iq>", b""),
        (b"<iq id='/'/>", b""),
        (b"<iq id='>'/>", b""),
        (b"<iq id='>'>1</iq>", b"1"),
        (b'<iq id="it\'s > that">2</iq>', b"2"),
        (b"<iq a='\"' b='>' c=\"'\">3</iq>", b"3"),
        (b"<iq a='/>'>4</iq>", b"4"),
        (b"<iq\nid='1'\n>5</iq\n>", b"5"),
        (b"<iq><![CDATA[</iq>]]></iq>", b"<![CDATA[</iq>]]>"),
        (b"<iq>a>b</iq>", b"a>b"),
        ("<iq>ü🚂</iq>".encode(), "ü🚂".encode()),
        (b"<iq>\r\n&#13;</iq>", b"\r\n&#13;"),
    ],
)
def test_the_content_is_what_stands_between_the_tags(element: bytes, content: bytes) -> None:
    assert [found[2] for found in parser().feed(element)] == [content]


def test_white_space_between_stanzas_is_nothing() -> None:
    """RFC 6120 §4.6.1: it keeps the connection alive."""
    made = parser()
    assert made.feed(b" " * 90_000) == made.feed(b"\n\t\r\n" * 50_000) == []
    assert kinds(made.feed(b"  <iq/>  ")) == ["{jabber:client}iq"]


@pytest.mark.parametrize("after", [b"<iq/>", FOOTER])
def test_text_between_stanzas_is_bad_format(after: bytes) -> None:
    """RFC 6120 §4.9.3.1: no element to be found in it."""
    assert kinds(events(HEADER, b"<iq/>text" + after)) == ["{jabber:client}iq", "bad-format"]


def test_the_end_tag_closes_the_stream() -> None:
    assert kinds(events(HEADER, b"<iq/>" + FOOTER)) == ["{jabber:client}iq", "closed"]


def test_a_header_that_ends_itself_is_a_stream_without_anything() -> None:
    empty = HEADER.replace(b"'1.0'>", b"'1.0'/>")
    assert kinds(events(empty)) == ["closed"]
    assert kinds(events(empty + b"</and so on")) == ["closed", "not-well-formed"]


def test_after_an_error_nothing_comes() -> None:
    made = parser()
    [error] = made.feed(b"<iq></message>")
    assert isinstance(error, StreamError)
    assert made.feed(b"<iq/>") == []


@given(stanzas)
def test_names_of_children_are_those_of_the_document(stanza: str) -> None:
    [parsed] = etree.fromstring(HEADER + stanza.encode() + FOOTER)
    [(name, _, _, children)] = parser().feed(stanza.encode())
    assert name == etree.QName(parsed).text
    assert list(children) == [etree.QName(child).text for child in parsed]


@few
@given(st.data(), documents())
def test_between_elements_nothing_is_held(data: st.DataObject, document: bytes) -> None:
    made = parser()
    body = document[len(HEADER) : -len(FOOTER)]
    for piece in data.draw(cuts(body)):
        made.feed(piece)
    assume(body)
    assert made.at_boundary
