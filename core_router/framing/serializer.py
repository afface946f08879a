"""The slow path of framing: content that leans on prefixes declared outside it is written anew."""

from lxml import etree

from core_router.xmpp.element import Element, parse_xml
from core_router.xmpp.namespaces import XML
from core_router.xmpp.text import escape


def self_contained(element: bytes, prefixes: dict[str, str]) -> bytes:
    """The content of `element`, valid in any stream: every namespace in it is declared inside it.

    `prefixes` are the declarations in scope around the element; "" is the default namespace. The
    content namespace is that of the element; it is left to the stream the bytes will stand in.
    """
    scope = "".join(
        f" xmlns{':' + prefix if prefix else ''}='{escape(uri)}'" for prefix, uri in prefixes.items()
    )
    stanza = parse_xml(f"<scope{scope}>".encode() + element + b"</scope>")[0]
    own = etree.QName(stanza).namespace
    return (escape(stanza.text or "") + "".join(_written(child, own) for child in stanza)).encode()


def _written(element: Element, default: str | None) -> str:
    """The element and the text after it, where `default` is the default namespace.

    Written by hand: lxml writes no namespace that is not a URI, although expat has accepted it.
    """
    name = etree.QName(element)
    tag = name.localname
    if name.namespace != default:
        tag += f" xmlns='{escape(name.namespace or '')}'"
    tag += "".join(map(_attribute, range(len(element.attrib)), element.items()))
    inside = escape(element.text or "") + "".join(_written(child, name.namespace) for child in element)
    ended = f">{inside}</{name.localname}>" if inside else "/>"
    return f"<{tag}{ended}{escape(element.tail or '')}"


def _attribute(number: int, attribute: tuple[str | bytes, str | bytes]) -> str:
    namespace, _, name = str(attribute[0]).removeprefix("{").rpartition("}")
    value = escape(str(attribute[1]))
    if not namespace:
        return f" {name}='{value}'"
    if namespace == XML:
        return f" xml:{name}='{value}'"
    return f" xmlns:a{number}='{escape(namespace)}' a{number}:{name}='{value}'"
