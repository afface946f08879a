"""Elements, for the few who look inside a stanza: lxml, safely configured, and how to write them."""

from lxml import etree
from lxml.etree import _Element as Element

from core_router.xmpp.text import escape

__all__ = ["Element", "attributes", "parse_children", "parse_xml", "write", "write_text"]


def parse_xml(document: bytes) -> Element:
    """The root element of bytes that framing has accepted, without entities, network or DTDs.

    What expat has accepted is well-formed. libxml2 would still refuse a namespace that is no URI, or an
    `xml:id` that is no name; `recover` takes them as they are.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=True,
    )
    return etree.fromstring(document, parser)


def parse_children(content: bytes, namespace: str) -> list[Element]:
    """The elements in a stanza's raw content, the default namespace being `namespace`."""
    return list(parse_xml(b"<content xmlns='" + namespace.encode() + b"'>" + content + b"</content>"))


def write(element: Element) -> bytes:
    """`element` as bytes that can stand in a stanza."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False, with_tail=False)


def attributes(**values: str | None) -> str:
    """Attributes as they stand in a start tag, each with a space before it; None leaves one out.

    A trailing underscore is dropped from a name: `from_`.
    """
    return "".join(
        f" {name.rstrip('_')}='{escape(value)}'" for name, value in values.items() if value is not None
    )


def write_text(name: str, text: str | None, **values: str | None) -> str:
    """`<name …>text</name>`, or "" when `text` is None."""
    return "" if text is None else f"<{name}{attributes(**values)}>{escape(text)}</{name}>"
