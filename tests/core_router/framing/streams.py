"""Streams to be parsed: written by hand, and made up by hypothesis."""

from typing import Any

from hypothesis import strategies as st
from lxml import etree

from core_router.framing.limits import Limits
from core_router.framing.parser import StreamClosed, StreamOpened, StreamParser
from core_router.xmpp.errors import StreamError
from core_router.xmpp.namespaces import CLIENT
from tests.scenarios.matching import Element

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"
)
FOOTER = b"</stream:stream>"
WIDE = Limits(bytes=100_000)


def parser(limits: Limits = WIDE, header: bytes = HEADER) -> StreamParser:
    """A parser that has read the header."""
    made = StreamParser(limits, lambda *element: element)
    assert isinstance(made.feed(header)[0], StreamOpened)
    return made


def events(*pieces: bytes, limits: Limits = WIDE) -> list[Any]:
    """What comes out of a stream fed in these pieces, errors by their condition."""
    made = StreamParser(limits, lambda *element: element)
    return [
        event.condition if isinstance(event, StreamError) else event
        for piece in pieces
        for event in made.feed(piece)
    ]


def kinds(found: list[Any]) -> list[str]:
    """The first-level elements' Clark names, `closed`, or the error's condition."""
    return [
        event[0] if isinstance(event, tuple) else "closed" if isinstance(event, StreamClosed) else str(event)
        for event in found
        if not isinstance(event, StreamOpened)
    ]


def meaning(element: Element) -> list[Any]:
    """What the content of an element says, whatever prefixes it uses; its own namespace is left out."""
    own = f"{{{etree.QName(element).namespace}}}"
    return [element.text or "", *(_meaning(child, own) for child in element)]


def _meaning(element: Element, own: str) -> tuple[Any, ...]:
    tag = str(element.tag).removeprefix(own).removeprefix(f"{{{CLIENT}}}")
    children = [_meaning(child, own) for child in element]
    return (tag, dict(element.attrib), element.text or "", children, element.tail or "")


# -- made up ------------------------------------------------------------------------------------------

_TEXT = st.text(st.sampled_from("ab >'\"ü漢🚂/=:\n\t]"), max_size=8)
_WHITE_SPACE = st.sampled_from(["", " ", "\n", "\t \r\n"])


def _escaped(text: str, quote: str = "") -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
    return text.replace(quote, "&#39;" if quote == "'" else "&quot;") if quote else text


@st.composite
def _attribute(draw: st.DrawFn, name: str) -> str:
    quote = draw(st.sampled_from("'\""))
    value = draw(_TEXT | st.sampled_from([">", "/>", "a>b</x>", "<", "&", "--", "stream:", "a:b"]))
    space = draw(st.sampled_from(["", " ", "\n"]))
    return f" {name}{space}={space}{quote}{_escaped(value, quote)}{quote}"


@st.composite
def _tag(draw: st.DrawFn, names: st.SearchStrategy[str]) -> tuple[str, str]:
    """An element's name and the rest of its start tag, without its end."""
    name = draw(names)
    attributes = "".join(draw(_attribute(key)) for key in draw(st.sets(st.sampled_from(["to", "b", "ü"]))))
    if draw(st.booleans()):
        attributes += draw(st.sampled_from([" xmlns='urn:x'", ' xmlns="jabber:client"', " xmlns:p='urn:p'"]))
    prefix = "p:" if "xmlns:p" in attributes and ":" not in name and draw(st.booleans()) else ""
    if "xmlns:p" in attributes:
        attributes += draw(st.sampled_from(["", " p:own='1'"]))
    return prefix + name, attributes + draw(_WHITE_SPACE)


@st.composite
def _element(draw: st.DrawFn, content: st.SearchStrategy[str], names: st.SearchStrategy[str]) -> str:
    name, attributes = draw(_tag(names))
    inside = draw(st.none() | content)
    if inside is None:
        return f"<{name}{attributes}/>"
    return f"<{name}{attributes}>{inside}</{name}{draw(_WHITE_SPACE)}>"


_CHILD_NAMES = st.sampled_from(["body", "x", "ünï", "stream:features"])
_LEAF = (
    _TEXT.map(_escaped)
    | st.sampled_from(["<![CDATA[<a> ]] > &b;]]>", "&#x41;&#252;", "&amp;", "<![CDATA[]]>"])
    | st.sampled_from(["<stream:error/>", "stream:"])
)
_CONTENT = st.recursive(
    _LEAF,
    lambda inner: st.lists(_element(inner, _CHILD_NAMES) | _LEAF, max_size=3).map("".join),
    max_leaves=6,
)
stanzas = _element(_CONTENT, st.sampled_from(["message", "presence", "iq", "enable"]))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A whole stream with white space between its stanzas."""
    written = "".join(draw(_WHITE_SPACE) + stanza for stanza in draw(st.lists(stanzas, max_size=5)))
    return HEADER + (written + draw(_WHITE_SPACE)).encode() + FOOTER


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The same bytes in pieces."""
    places = sorted(draw(st.sets(st.integers(0, len(data)), max_size=12)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
