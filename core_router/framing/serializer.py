"""The slow path of framing: content that leans on prefixes declared outside it is written anew."""

from lxml import etree

from core_router.xmpp.element import parse_xml
from core_router.xmpp.text import escape


def self_contained(element: bytes, prefixes: dict[str, str]) -> bytes:
    """The content of `element`, valid in any stream: every prefix it uses is declared inside it.

    `prefixes` are the declarations in scope around the element; "" is the default namespace.
    """
    scope = "".join(
        f" xmlns{':' + prefix if prefix else ''}='{escape(uri)}'" for prefix, uri in prefixes.items()
    )
    stanza = parse_xml(f"<scope{scope}>".encode() + element + b"</scope>")[0]
    namespace = etree.QName(stanza).namespace
    for child in stanza:
        _unqualify(child, namespace)
    return (escape(stanza.text or "")).encode() + b"".join(_written(child) for child in stanza)


def _unqualify(element: etree._Element, namespace: str | None) -> None:
    """Leave the content namespace to the stream the bytes will stand in: it differs from ours."""
    name = etree.QName(element)
    if name.namespace == namespace:
        element.tag = name.localname
        for child in element:
            _unqualify(child, namespace)


def _written(child: etree._Element) -> bytes:
    tail, child.tail = child.tail or "", None
    moved = etree.Element(child.tag, nsmap=_needed(child))  # type: ignore[arg-type]
    moved.attrib.update(child.attrib)
    moved.text = child.text
    moved.extend(list(child))
    etree.cleanup_namespaces(moved)
    return etree.tostring(moved, encoding="UTF-8", xml_declaration=False) + escape(tail).encode()


def _needed(child: etree._Element) -> dict[str | None, str]:
    if etree.QName(child).namespace is None:
        return {prefix: uri for prefix, uri in child.nsmap.items() if prefix is not None}
    return child.nsmap
