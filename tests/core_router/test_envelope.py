"""Envelopes: addresses read, letters sealed; what is written is read again as the same."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core_router.envelope import Copies, Envelope, Kind, Nonza, open_envelope, read_envelope
from core_router.xmpp.element import parse_xml
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import InvalidJid, parse_jid
from core_router.xmpp.namespaces import CLIENT, STANZA_ERRORS, XML
from tests.core_router.framing.streams import meaning, parser, stanzas

ALICE, BOB = parse_jid("alice@localhost/home"), parse_jid("bob@localhost")
HOSTILE = '\'/><iq type="set">&amp;<!--\t\n\r]]>\u00a0'


def parts(envelope: Envelope) -> tuple[object, ...]:
    return (
        envelope.kind,
        envelope.to,
        envelope.from_,
        envelope.id,
        envelope.type,
        envelope.lang,
        set(envelope.extra),
        meaning(parse_xml(f"<c xmlns='{CLIENT}'>".encode() + envelope.content + b"</c>")),
        envelope.children,
    )


def opened(stanza: str) -> Envelope:
    [(name, attributes, content, children)] = parser().feed(stanza.encode())
    kind: Kind = name.removeprefix(f"{{{CLIENT}}}")
    return open_envelope(kind, attributes, content, children)


# -- reading and writing ------------------------------------------------------------------------------

_TEXT = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
)
_TEXTS = _TEXT | st.sampled_from(["", HOSTILE])
_EXTRA = st.dictionaries(
    st.sampled_from(["other", "ünïcode", f"{XML}}}space", "urn:a}b", "urn:a}c", "urn:<&'>}d", "x:y}to"]),
    _TEXTS,
)


@given(_TEXTS, _TEXTS, _TEXTS, _EXTRA, st.none() | stanzas)
def test_what_is_written_is_read_again_as_the_same(
    id: str, type: str, lang: str, extra: dict[str, str], content: str | None
) -> None:
    """RFC 6120 §8.1: the common attributes, and those that are none of them."""
    letter = (content or "").encode()
    [(_, _, inside, children)] = parser().feed(b"<iq>" + letter + b"</iq>")
    envelope = Envelope(
        "message", BOB, ALICE, id=id, type=type, lang=lang, extra=tuple(extra.items()),
        content=inside, children=children,
    )  # fmt: skip
    assert parts(read_envelope(envelope.wire())) == parts(envelope)


@pytest.mark.parametrize("kind", ["message", "presence", "iq"])
def test_an_empty_stanza_is_one_tag(kind: Kind) -> None:
    assert Envelope(kind, None, None).wire() == f"<{kind}/>".encode()


def test_the_addresses_come_first_and_absent_attributes_not_at_all() -> None:
    envelope = Envelope("message", BOB, ALICE, id="1", type="chat", lang="de", content=b"<body/>")
    assert envelope.wire() == (
        b"<message to='bob@localhost' from='alice@localhost/home' id='1' type='chat' xml:lang='de'>"
        b"<body/></message>"
    )


@pytest.mark.parametrize("attribute", ["id", "type", "lang"])
def test_hostile_attributes_do_not_break_out_of_their_quotes(attribute: str) -> None:
    """CVE-2026-113867: attributes echoed into replies."""
    values = {name: HOSTILE if name == attribute else "" for name in ("id", "type", "lang")}
    envelope = Envelope("message", BOB, ALICE, **values)  # type: ignore[arg-type]
    for wire in (
        envelope.wire(),
        envelope.error(StanzaError("bad-request")).wire(),
        envelope.result().wire(),
    ):
        stanza = etree.fromstring(wire)
        assert stanza.get(attribute, HOSTILE) == HOSTILE or attribute == "type"
        assert [child.tag for child in stanza] in ([], ["error"])


def test_a_hostile_resource_does_not_break_out_either() -> None:
    envelope = Envelope("message", parse_jid("bob@localhost/'/><iq>&amp;\""), ALICE)
    assert etree.fromstring(envelope.wire()).get("to") == "bob@localhost/'/><iq>&amp;\""


def test_attributes_of_a_namespace_keep_it() -> None:
    envelope = opened("<iq xmlns:a='urn:a' a:to='1' b='2' xml:space='preserve' to='bob@localhost'/>")
    assert set(envelope.extra) == {("urn:a}to", "1"), ("b", "2"), (f"{XML}}}space", "preserve")}
    attributes = {str(name): value for name, value in etree.fromstring(envelope.wire()).attrib.items()}
    assert attributes == {
        "{urn:a}to": "1", "b": "2", f"{{{XML}}}space": "preserve", "to": "bob@localhost",
    }  # fmt: skip


def test_the_wire_form_is_made_once() -> None:
    envelope = Envelope("message", BOB, ALICE)
    assert envelope.wire() is envelope.wire()


# -- opening ------------------------------------------------------------------------------------------


def test_what_is_absent_is_empty() -> None:
    envelope = opened("<message/>")
    assert parts(envelope) == ("message", None, None, "", "", "", set(), [""], ())


def test_the_senders_address_is_stamped_over_what_they_wrote() -> None:
    """RFC 6120 §8.1.2.1."""
    envelope = open_envelope("message", {"from": "mallory@localhost"}, b"", (), ALICE)
    assert envelope.from_ is ALICE


@pytest.mark.parametrize("attribute", ["to", "from"])
def test_an_address_that_is_none_is_refused(attribute: str) -> None:
    with pytest.raises(InvalidJid):
        open_envelope("message", {attribute: "@"}, b"", ())


# -- new ones from old --------------------------------------------------------------------------------


def test_another_address_or_letter_makes_a_new_envelope() -> None:
    old = opened(
        "<message from='alice@localhost' id='1' type='chat' xml:lang='de' b='2'><body>1</body></message>"
    )
    before = parts(old)
    readdressed, rewritten = old.addressed(BOB, ALICE), old.with_content(b"<x/>", (f"{{{CLIENT}}}x",))
    assert parts(old) == before
    assert parts(readdressed) == ("message", BOB, ALICE, *before[3:])
    assert parts(rewritten) == (*before[:7], ["", ("x", {}, "", [], "")], (f"{{{CLIENT}}}x",))
    assert readdressed.wire() != old.wire()


def test_children_can_be_left_out_of_a_copy() -> None:
    stanza = opened("<message>text<body>1</body><x xmlns='urn:x' a='1'/> <body>2</body></message>")
    copy = stanza.without(lambda child: child.name == "{urn:x}x" and child.attributes["a"] == "1")
    assert (copy.content, copy.children) == (b"<body>1</body><body>2</body>", (f"{{{CLIENT}}}body",) * 2)


def test_an_element_is_found_by_its_name() -> None:
    stanza = opened("<iq><x xmlns='urn:x' n='1'/><x xmlns='urn:x' n='2'/></iq>")
    found = stanza.element("{urn:x}x")
    assert found is not None and found.get("n") == "1"
    assert stanza.element("{urn:x}y") is None


# -- answers ------------------------------------------------------------------------------------------


def test_a_result_goes_back_with_the_same_id() -> None:
    """RFC 6120 §8.2.3."""
    answer = Envelope("iq", BOB, ALICE, id="7", type="get", lang="de", content=b"<q/>").result(b"<r/>")
    assert (
        answer.wire() == b"<iq to='alice@localhost/home' from='bob@localhost' id='7' type='result'><r/></iq>"
    )


def test_an_error_goes_back_with_what_was_sent() -> None:
    """RFC 6120 §8.3.1: kind, id, and, so that the sender knows, the content."""
    sent = Envelope(
        "message", BOB, ALICE, id="7", type="chat", content=b"<body>a</body>", children=("{c}body",)
    )
    error = sent.error(StanzaError("forbidden", "no"))
    stanza = etree.fromstring(error.wire())
    assert (stanza.tag, stanza.get("type"), stanza.get("id")) == ("message", "error", "7")
    assert (stanza.get("to"), stanza.get("from")) == ("alice@localhost/home", "bob@localhost")
    assert [child.tag for child in stanza] == ["body", "error"]
    assert stanza.find(f"error/{{{STANZA_ERRORS}}}forbidden") is not None
    assert error.children == ("{c}body", f"{{{CLIENT}}}error")


def test_elements_of_a_nonza_are_in_its_own_namespace() -> None:
    nonza = Nonza("{urn:n}ask", {}, b"<a/><b xmlns='urn:b'/>", ("{urn:n}a", "{urn:b}b"))
    assert [element.tag for element in nonza.elements()] == ["{urn:n}a", "{urn:b}b"]


class TestCopies:
    """One letter for many."""

    LETTER = Envelope(
        "message",
        parse_jid("localhost"),
        parse_jid("room@rooms.localhost/<&>"),
        id="'1'",
        type="groupchat",
        lang="de",
        content=b"<body>Hello</body>",
        children=("{jabber:client}body",),
        extra=(("urn:x}a", "b"),),
    )

    @pytest.mark.parametrize("letter", [LETTER, Envelope("presence", None, LETTER.from_)])
    def test_like_one_that_was_addressed(self, letter: Envelope) -> None:
        to = parse_jid("neil@localhost/o'<&>")
        copy, alone = Copies(letter).to(to), letter.addressed(to, letter.from_)
        assert copy.wire() == alone.wire() == copy.wire()
        for name in ("kind", "to", "from_", "id", "type", "lang", "content", "children", "extra", "custody"):
            assert getattr(copy, name) == getattr(alone, name)

    def test_what_is_made_of_one(self) -> None:
        """Envelopes of their own."""
        copy = Copies(self.LETTER).to(parse_jid("a@localhost/x"))
        other = parse_jid("b@localhost")
        assert copy.addressed(other, None).wire() == self.LETTER.addressed(other, None).wire()
        assert b"<body>" not in copy.with_content(b"", ()).wire()
        assert copy.error(StanzaError("gone")).to == self.LETTER.from_

    def test_they_share_their_bytes(self) -> None:
        """However long the letter: also when they have been sent, and wait for an acknowledgement."""
        letter = Envelope("message", None, None, content=b"x" * 100_000)
        to = parse_jid("a@localhost/x")
        tracemalloc.start()
        copies = Copies(letter)
        waiting = [copies.to(to) for _ in range(1000)]
        for copy in waiting:
            copy.wire()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert taken < 100_000 + 1000 * 300
