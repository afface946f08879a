"""What XML in XMPP must not have: RFC 6120 §11, and what is no XML at all."""

import pytest

from tests.core_router.framing.streams import HEADER, events, kinds

BODY = b"<message><body>%s</body></message>"


@pytest.mark.parametrize(
    "restricted",
    [b"<!-- comment -->", b"<?php echo ?>", b"&entity;", b"&nbsp;", b"<a b='&entity;'/>"],
)
@pytest.mark.parametrize("place", [BODY, b"%s"], ids=["inside a stanza", "between stanzas"])
def test_restricted_features_are_refused(place: bytes, restricted: bytes) -> None:
    """§11.1: comments, processing instructions, references to entities other than the five."""
    assert kinds(events(HEADER, place % restricted)) == ["restricted-xml"]


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE stream>",
        b"<!DOCTYPE s SYSTEM 'http://example.com/x.dtd'>",
        b"<!DOCTYPE s [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>",
        b"<!DOCTYPE s [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>",
        b"<!DOCTYPE s [<!ATTLIST a b CDATA 'c'>]>",
    ],
)
def test_a_document_type_is_refused_before_it_is_read(doctype: bytes) -> None:
    """§11.1: DTD subsets and entity declarations (billion laughs, CVE-2011-1755)."""
    declaration = b"<?xml version='1.0'?>"
    assert kinds(events(declaration + doctype + HEADER.removeprefix(declaration))) == ["restricted-xml"]
    assert kinds(events(HEADER, doctype))[0] in ("restricted-xml", "not-well-formed")


@pytest.mark.parametrize(
    "reference", [b"&lt;", b"&gt;", b"&amp;", b"&apos;", b"&quot;", b"&#xe4;", b"&#228;"]
)
def test_the_five_entities_and_character_references_are_accepted(reference: bytes) -> None:
    """§11.1, XML 1.0 §4.6."""
    assert kinds(events(HEADER, BODY % reference)) == ["{jabber:client}message"]


# -- §11.3: well-formedness ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        b"<iq></message>",
        b"<iq a=b/>",
        b"<iq a/>",
        b"<iq a='1' a='2'/>",
        b"<iq a='<'/>",
        b"<iq>&</iq>",
        b"<iq>]]></iq>",
        b"<iq/ >",
        b"< iq/>",
        b"<1q/>",
        b"<iq>&#0;</iq>",
        b"<iq>&#x1;</iq>",
        b"<iq>\x01</iq>",
        b"<iq>&#xD800;</iq>",
        b"<iq>&#xFFFE;</iq>",
        b"</iq>",
        b"<iq><![CDATA[</iq>]]</iq>]]>]]>",
    ],
)
def test_what_is_not_well_formed_is_refused(broken: bytes) -> None:
    """§4.9.3.13."""
    assert kinds(events(HEADER, broken)) == ["not-well-formed"]


@pytest.mark.parametrize("unbound", [b"<a:iq/>", b"<iq a:b='1'/>", b"<iq><a:b/></iq>"])
def test_a_prefix_nobody_declared_is_refused(unbound: bytes) -> None:
    """§4.9.3.2: bad-namespace-prefix."""
    assert kinds(events(HEADER, unbound)) == ["bad-namespace-prefix"]


@pytest.mark.parametrize(
    "broken",
    [
        b"<a:b:c xmlns:a='urn:a'/>",
        b"<:a/>",
        b"<a:/>",
        b"<iq xmlns:a=''/>",
        b"<iq xmlns:xmlns='urn:x'/>",
        b"<iq xmlns:xml='urn:x'/>",
        b"<iq xmlns:a='http://www.w3.org/XML/1998/namespace'/>",
        b"<iq xmlns:a='http://www.w3.org/2000/xmlns/'/>",
        b"<iq xmlns:a='urn:a' xmlns:b='urn:a' a:c='1' b:c='2'/>",
    ],
)
def test_what_is_not_namespace_well_formed_is_refused(broken: bytes) -> None:
    """§11.3, Namespaces in XML 1.0 §7."""
    assert kinds(events(HEADER, broken))[0] in ("not-well-formed", "bad-namespace-prefix")


@pytest.mark.parametrize("namespace", ["a}b", "}", "jabber:client}message"])
@pytest.mark.parametrize("place", ["<iq xmlns='%s'/>", "<iq><a:x xmlns:a='%s'/></iq>"])
def test_the_separator_inside_a_namespace_is_refused(place: str, namespace: str) -> None:
    """CVE-2022-25236: `{a}b}c` could be read in two ways."""
    assert kinds(events(HEADER, (place % namespace).encode())) == ["not-well-formed"]


# -- §11.6: encoding ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "octets",
    [
        b"\xff",
        b"\x80",
        b"\xc3",  # cut short by the tag that follows
        b"\xe4",  # ISO 8859-1
        b"\xc0\xaf",  # overlong
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xed\xa0\x80",  # surrogates
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80",  # beyond U+10FFFF
        b"\xf8\x88\x80\x80\x80",
        b"\xef\xbf\xbe",  # U+FFFE
        b"\xef\xbb\xbf\xff",
    ],
)
@pytest.mark.parametrize(
    "place", [b"<iq>%s</iq>", b"<iq a='%s'/>", b"<%s/>", b"<iq><%s/></iq>"],
    ids=["text", "value", "name", "inner name"],
)  # fmt: skip
def test_octets_that_are_no_utf_8_are_refused(place: bytes, octets: bytes) -> None:
    assert kinds(events(HEADER, place % octets)) == ["not-well-formed"]


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "US-ASCII", "UTF-7"])
def test_another_encoding_is_refused(encoding: str) -> None:
    """§4.9.3.22: unsupported-encoding."""
    declared = HEADER.replace(b"version='1.0'?", f"version='1.0' encoding='{encoding}'?".encode())
    assert kinds(events(declared)) == ["unsupported-encoding"]


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8"])
def test_utf_8_may_be_declared(encoding: str) -> None:
    declared = HEADER.replace(b"version='1.0'?", f"version='1.0' encoding='{encoding}'?".encode())
    assert kinds(events(declared, b"<iq/>")) == ["{jabber:client}iq"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_is_refused_undeclared_too(encoding: str) -> None:
    """expat would read it, whatever it was told."""
    sent = HEADER.decode().encode(encoding)
    assert kinds(events(sent))[0] in ("unsupported-encoding", "not-well-formed")


# -- the header ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (b"<stream xmlns='jabber:client'>", "invalid-namespace"),
        (b"<a:stream xmlns:a='urn:a'>", "invalid-namespace"),
        (b"<s:flow xmlns:s='http://etherx.jabber.org/streams'>", "bad-format"),
        (b"<stream:stream xmlns='jabber:client'>", "bad-namespace-prefix"),
        (b"GET / HTTP/1.1\r\n", "not-well-formed"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "not-well-formed"),
        (b" <?xml version='1.0'?>", "not-well-formed"),
        (b"text<", "not-well-formed"),
    ],
)
def test_what_is_no_stream_header_is_refused(header: bytes, condition: str) -> None:
    """RFC 6120 §4.9.3.1, §4.9.3.10."""
    assert kinds(events(header)) == [condition]


def test_the_xml_declaration_may_be_left_out() -> None:
    """§11.5."""
    assert kinds(events(HEADER.partition(b"?>")[2], b"<iq/>")) == ["{jabber:client}iq"]
