"""The raw content of an element is valid in any other stream: RFC 6120 §4.8, Namespaces in XML 1.0."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree

from core_router.xmpp.namespaces import CLIENT, COMPONENT, STREAM
from tests.core_router.framing.streams import FOOTER, HEADER, meaning, parser, stanzas

LEANED_ON = HEADER.replace(b" to=", b" xmlns:p='urn:p' xmlns:c='jabber:client' to=")


def original(stanza: bytes, header: bytes) -> list[Any]:
    [parsed] = etree.fromstring(header + stanza + FOOTER)
    return meaning(parsed)


def moved(content: bytes) -> list[Any]:
    """The content as read in a component's stream."""
    return meaning(etree.fromstring(f"<s xmlns='{COMPONENT}'>".encode() + content + b"</s>"))


@given(stanzas, st.sampled_from([HEADER, LEANED_ON]))
def test_the_content_says_the_same_in_another_stream(stanza: str, header: bytes) -> None:
    [(name, _, content, _)] = parser(header=header).feed(stanza.encode())
    assume(name.startswith(f"{{{CLIENT}}}"))  # what is in another namespace goes into no other stream
    assert moved(content) == original(stanza.encode(), header)


@pytest.mark.parametrize(
    ("stanza", "content"),
    [
        ("<iq><x xmlns='urn:x' a='1'>&#x41;</x></iq>", "<x xmlns='urn:x' a='1'>&#x41;</x>"),
        ("<iq xml:lang='en'><x xmlns:q='urn:q' q:a='1'/></iq>", "<x xmlns:q='urn:q' q:a='1'/>"),
        ("<iq xmlns='jabber:client'><body/></iq>", "<body/>"),
        ("<iq to='a:b'>a: b:</iq>", "a: b:"),
    ],
)
def test_content_that_needs_nothing_from_outside_stays_byte_by_byte(stanza: str, content: str) -> None:
    [found] = parser().feed(stanza.encode())
    assert found[2] == content.encode()


@pytest.mark.parametrize(
    "stanza",
    [
        "<iq><p:x p:a='1'><p:y/></p:x></iq>",  # declared by the header
        "<iq xmlns:q='urn:q'><q:x/></iq>",  # by the stanza
        "<iq xmlns:q='urn:q'><x xmlns='urn:x' q:a='1'/>&lt;tail</iq>",
        "<c:iq><c:body>text<c:b/></c:body></c:iq>",  # the content namespace by a prefix
        "<c:iq xmlns='urn:other'><x/><c:body/></c:iq>",  # and another default
        "<iq><stream:features><a/></stream:features></iq>",
        "<iq xmlns:p='urn:again'><p:x/></iq>",  # declared anew, to mean something else
        "<iq><p:x xmlns:p='urn:inner'/></iq>",
        "<iq><c:x xmlns='urn:x'><y/></c:x></iq>",
    ],
)
def test_prefixes_declared_outside_are_declared_inside(stanza: str) -> None:
    [(name, _, content, _)] = parser(header=LEANED_ON).feed(stanza.encode())
    assert name == "{jabber:client}iq"
    assert moved(content) == original(stanza.encode(), LEANED_ON)


def test_the_header_may_declare_any_prefix_for_streams() -> None:
    header = f"<s:stream xmlns='{CLIENT}' xmlns:s='{STREAM}'>".encode()
    [(_, _, content, _)] = parser(header=header).feed(b"<iq><s:error/></iq>")
    assert etree.fromstring(content).tag == f"{{{STREAM}}}error"


def test_hostile_text_survives_being_written_anew() -> None:
    [(_, _, content, _)] = parser(header=LEANED_ON).feed(
        b"<iq>&lt;a&gt;<p:x b='&lt;&apos;&quot;&#10;'>]]&gt;&amp;lt;</p:x>&lt;/iq&gt;</iq>"
    )
    assert moved(content) == ["<a>", ("{urn:p}x", {"b": "<'\"\n"}, "]]>&lt;", [], "</iq>")]
