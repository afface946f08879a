"""XEP-0004 data forms."""

from xml.etree.ElementTree import fromstring

import pytest

from components.common.elements import render
from components.common.errors import StanzaError
from components.common.forms import Field, Option, boolean, form, submitted


def test_a_form_to_fill_in() -> None:
    """§3.2, §3.3: type, label, options; FORM_TYPE first (XEP-0068 §3.1)."""
    field = Field("f", ["a"], "list-single", "Fruit", [Option("a", "Apple")], required=True)
    assert render(form("form", "urn:t", [field], "Title", "Choose")) == (
        "<x xmlns='jabber:x:data' type='form'><title>Title</title><instructions>Choose</instructions>"
        "<field var='FORM_TYPE' type='hidden'><value>urn:t</value></field>"
        "<field var='f' type='list-single' label='Fruit'><value>a</value><required/>"
        "<option label='Apple'><value>a</value></option></field></x>"
    )


def test_a_result_has_values_only() -> None:
    assert "<field var='f'><value>a</value></field>" in render(
        form("result", "urn:t", [Field("f", ["a"], "boolean", "F")])
    )


def test_submitted() -> None:
    element = fromstring(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:t</value></field>"
        "<field var='many'><value>a</value><value/></field><field var='none'/></x>"
    )
    assert submitted(element, "urn:t") == {"many": ["a", ""], "none": []}


def test_submitted_for_something_else() -> None:
    """XEP-0068 §3.1."""
    element = fromstring("<x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>urn:u</value></field></x>")
    with pytest.raises(StanzaError, match="urn:t"):
        submitted(element, "urn:t")
    assert submitted(fromstring("<x xmlns='jabber:x:data'/>"), "urn:t") == {}


@pytest.mark.parametrize(("value", "meaning"), [("1", True), ("true", True), ("0", False), ("false", False)])
def test_boolean(value: str, meaning: bool) -> None:
    """§3.3: the four lexical forms."""
    assert boolean([value]) is meaning


@pytest.mark.parametrize("values", [[], ["yes"], ["1", "0"], [""]])
def test_not_boolean(values: list[str]) -> None:
    with pytest.raises(ValueError):
        boolean(values)
