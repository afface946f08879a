"""XEP-0004 Data Forms with fields standardised by XEP-0068: forms offered, forms submitted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.errors import StanzaError

NAMESPACE = "jabber:x:data"
FORM = f"{{{NAMESPACE}}}x"
_FIELD = f"{{{NAMESPACE}}}field"
_VALUE = f"{{{NAMESPACE}}}value"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list field."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its values; `type` and the rest as in XEP-0004 §3.2 and §3.3."""

    var: str
    values: Sequence[str] = ()
    type: str = "text-single"
    label: str = ""
    options: Sequence[Option] = ()
    required: bool = False

    def element(self, described: bool = True) -> Element:
        """The `<field/>`; without type, label and options when it is not for filling in."""
        element = Element(_FIELD, {"var": self.var})
        if described or self.type == "hidden":
            element.set("type", self.type)
        if described and self.label:
            element.set("label", self.label)
        for value in self.values:
            child(element, _VALUE, value)
        if described:
            if self.required:
                child(element, f"{{{NAMESPACE}}}required")
            for option in self.options:
                child(child(element, f"{{{NAMESPACE}}}option", label=option.label), _VALUE, option.value)
        return element


def form(
    kind: str, form_type: str, fields: Iterable[Field], title: str = "", instructions: str = ""
) -> Element:
    """An `<x/>` of the given type (form, submit, result) and FORM_TYPE; an empty one is left out."""
    element = Element(FORM, {"type": kind})
    if title:
        child(element, f"{{{NAMESPACE}}}title", title)
    if instructions:
        child(element, f"{{{NAMESPACE}}}instructions", instructions)
    if form_type:
        element.append(Field("FORM_TYPE", [form_type], "hidden").element())
    element.extend(item.element(described=kind == "form") for item in fields)
    return element


def submitted(element: Element, form_type: str) -> Mapping[str, list[str]]:
    """The values of a submitted form by field.

    Raises `bad-request` if it is of another FORM_TYPE (XEP-0068 §3.1); a form without any is taken
    for the one that was asked for. An empty `form_type` stands for all.
    """
    values = {
        field.get("var", ""): [value.text or "" for value in field.findall(_VALUE)]
        for field in element.findall(_FIELD)
    }
    found = values.pop("FORM_TYPE", [form_type])
    if form_type and found != [form_type]:
        raise StanzaError("bad-request", f"expected a form of the type {form_type}")
    return values


def form_type(element: Element) -> str:
    """The FORM_TYPE of a submitted form (XEP-0068); empty if it has none."""
    for field in element.findall(_FIELD):
        if field.get("var") == "FORM_TYPE":
            return field.findtext(_VALUE) or ""
    return ""


def boolean(values: Sequence[str]) -> bool:
    """The value of a boolean field (XEP-0004 §3.3). Raises `ValueError` unless it is one."""
    words = {"1": True, "true": True, "0": False, "false": False}
    if len(values) != 1 or values[0] not in words:
        raise ValueError("expected true or false")
    return words[values[0]]
