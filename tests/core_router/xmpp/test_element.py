"""Elements: parsed safely, written so that they can stand in any stanza."""

from pathlib import Path

import pytest
from lxml import etree

from core_router.xmpp.element import attributes, parse_children, parse_xml, write, write_text


def test_children_without_a_namespace_are_in_the_one_around_them() -> None:
    body, other = parse_children(b"<body>1</body><x xmlns='urn:x'/>", "jabber:client")
    assert (body.tag, body.text, other.tag) == ("{jabber:client}body", "1", "{urn:x}x")


def test_text_beside_the_children_is_no_child() -> None:
    assert [child.tag for child in parse_children(b" a <b/> c ", "urn:n")] == ["{urn:n}b"]


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    """What framing would refuse does no harm here either (billion laughs, external entities)."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    document = f"<!DOCTYPE a [<!ENTITY e SYSTEM 'file://{secret}'>]><a>&e;</a>"
    assert b"secret</a>" not in etree.tostring(parse_xml(document.encode()))


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        (b"<a xmlns='no URI'/>", "{no URI}a"),
        (b"<p:a xmlns:p='%zz'/>", "{%zz}a"),
        (b"<a xml:id='1'/>", "{urn:n}a"),
    ],
)
def test_whatever_framing_accepts_can_be_looked_into(content: bytes, tag: str) -> None:
    """libxml2 is stricter with names than expat."""
    assert [child.tag for child in parse_children(content, "urn:n")] == [tag]


def test_an_element_is_written_without_what_follows_it() -> None:
    [first, _] = parse_children(b"<x xmlns='urn:x'><y>\xc3\xa4</y></x>tail<z/>", "urn:n")
    assert write(first) == '<x xmlns="urn:x"><y>ä</y></x>'.encode()


def test_attributes_are_escaped_and_absent_ones_left_out() -> None:
    assert attributes(jid="a'b", name=None, from_="<") == " jid='a&apos;b' from='&lt;'"


def test_a_text_element_is_left_out_without_a_text() -> None:
    assert write_text("name", None) == ""
    assert write_text("name", "a&b", type="x") == "<name type='x'>a&amp;b</name>"


def test_what_framing_has_accepted_is_accepted() -> None:
    """Namespaces in XML 1.0 §2.2 wants URIs; framing does not look, and nobody's stream is to end for it."""
    [child] = parse_children(b"<x xmlns='no URI at all'><y xmlns:a='%%' a:b='1'/>&amp;</x>", "urn:test")
    assert write(child) == b'<x xmlns="no URI at all"><y xmlns:a="%%" a:b="1"/>&amp;</x>'
