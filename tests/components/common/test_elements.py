"""Elements to text: whatever was parsed comes out with the same meaning."""

from xml.etree.ElementTree import Element, canonicalize, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.common.elements import STREAM, attribute, child, render, text, without

CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], include_characters="\t\n", exclude_characters="\ufffe\uffff"
)
TEXT = st.text(CHARACTERS, max_size=8)
NAMES = st.sampled_from(["a", "b", "c"])
NAMESPACES = st.sampled_from([STREAM, "urn:x", "urn:y&<'", ""])


def _element(
    namespace: str, name: str, attributes: dict[str, str], content: str, children: list[Element]
) -> Element:
    element = Element(f"{{{namespace}}}{name}" if namespace else name, attributes)
    element.text = content
    for item in children:
        item.tail = content
        element.append(item)
    return element


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["p", "q", "{urn:z}p", "{http://www.w3.org/XML/1998/namespace}lang"]), TEXT, max_size=3
)
ELEMENTS = st.recursive(
    st.builds(_element, NAMESPACES, NAMES, ATTRIBUTES, TEXT, st.just([])),
    lambda inner: st.builds(_element, NAMESPACES, NAMES, ATTRIBUTES, TEXT, st.lists(inner, max_size=3)),
    max_leaves=6,
)


def placed(rendered: str) -> Element:
    """Read text where it will stand: in a component's stream."""
    [found] = fromstring(f"<stream xmlns='{STREAM}'>{rendered}</stream>")
    return found


def meaning(element: Element) -> object:
    """Everything that matters of an element."""
    return (
        element.tag,
        dict(element.attrib),
        element.text or "",
        [(meaning(item), item.tail or "") for item in element],
    )


@given(ELEMENTS)
def test_what_is_rendered_is_read_back(element: Element) -> None:
    element.tail = None
    assert meaning(placed(render(element))) == meaning(element)


@given(TEXT)
def test_escaped(value: str) -> None:
    found = fromstring(f"<a b='{attribute(value)}' c=\"{attribute(value)}\">{text(value)}</a>")
    assert (found.get("b"), found.get("c"), found.text or "") == (value, value, value)


def test_the_streams_namespace_is_not_repeated() -> None:
    message = Element(f"{{{STREAM}}}message")
    child(message, f"{{{STREAM}}}body", "x")
    child(message, "{urn:a}b")
    assert render(message) == "<message><body>x</body><b xmlns='urn:a'/></message>"


def test_name_is_an_attribute_like_any_other() -> None:
    assert (
        render(child(Element("x"), "{urn:a}item", name="n", parent="p"))
        == "<item xmlns='urn:a' name='n' parent='p'/>"
    )


def test_without() -> None:
    element = fromstring("<a><b/><c/><b/><d/></a>")
    assert [item.tag for item in without(element, ("b", "d"))] == ["c"]


@pytest.mark.parametrize("source", ["<a xmlns='urn:a'>x<b xmlns='urn:b'/>y</a>", "<a xmlns='urn:a'><b/></a>"])
def test_rendered_elsewhere(source: str) -> None:
    """The default namespace of the place is a parameter."""
    assert canonicalize(
        render(fromstring(source), "urn:a").replace("<a", "<a xmlns='urn:a'", 1)
    ) == canonicalize(source)
