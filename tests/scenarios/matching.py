"""Stanzas described by XML literals.

A pattern is a stanza with only what matters in it. What arrives matches when it has the pattern's name
and namespace, its attributes with the same values, its text if the pattern has text, and, for every
child of the pattern, a child of its own that matches it. It may have more attributes and children.
The value `*` of an attribute, or as text, stands for any. Namespaces left out are the
stream's, mostly `jabber:client`; the prefix `stream` is known.
"""

from collections.abc import Iterable

from lxml import etree

Element = etree._Element  # lxml's type for elements has no public name

ANY = "*"
CLIENT = "jabber:client"


def element(literal: str, namespace: str = CLIENT) -> Element:
    """The one element of an XML literal; `namespace` is that of names without one."""
    [found] = etree.fromstring(
        f"<w xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'>{literal}</w>"
    )
    return found


def shown(found: Element) -> str:
    """The element as text, without the namespaces everybody knows."""
    text = etree.tostring(found, encoding="unicode", with_tail=False)
    for known in (" xmlns='jabber:client'", " xmlns:stream='http://etherx.jabber.org/streams'"):
        text = text.replace(known, "").replace(known.replace("'", '"'), "")
    return text


def difference(pattern: Element, found: Element) -> str | None:
    """What is first seen to be different, in words; None if `found` matches."""
    if pattern.tag != found.tag:
        return f"<{_name(found)}> instead of <{_name(pattern)}>"
    for key, value in pattern.attrib.items():
        seen = found.get(str(key))
        if seen is None or value not in (ANY, seen):
            return f"<{_name(found)}> has {key!s}={seen!r} instead of {value!r}"
    wanted, text = (pattern.text or "").strip(), (found.text or "")
    if wanted not in ("", ANY, text.strip()):
        return f"<{_name(found)}> has the text {text[:200]!r} instead of {wanted[:200]!r}"
    return _children_difference(pattern, found)


def _children_difference(pattern: Element, found: Element) -> str | None:
    left = list(found)
    for child in pattern:
        match = next((other for other in left if difference(child, other) is None), None)
        if match is None:
            near = [difference(child, other) for other in left if other.tag == child.tag]
            return near[0] if near else f"<{_name(found)}> has no {shown(child)}"
        left.remove(match)
    return None


def present(patterns: Iterable[str], found: Element) -> str | None:
    """The first of the patterns that one of the element's children matches; None if none does."""
    for literal in patterns:
        pattern = element(literal)
        if any(difference(pattern, child) is None for child in found):
            return literal
    return None


def _name(found: Element) -> str:
    name = etree.QName(found)
    return name.localname if name.namespace == CLIENT else f"{name.localname} xmlns={name.namespace}"
