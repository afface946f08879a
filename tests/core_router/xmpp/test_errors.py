"""RFC 6120 §4.9 and §8.3: conditions, error types, wire form."""

import pytest
from lxml import etree

from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError
from core_router.xmpp.namespaces import STANZA_ERRORS, STREAM, STREAM_ERRORS

# RFC 6120 §8.3.3: the error type each condition should be sent with.
TYPES = {
    "bad-request": "modify",
    "conflict": "cancel",
    "feature-not-implemented": "cancel",
    "forbidden": "auth",
    "gone": "cancel",
    "internal-server-error": "cancel",
    "item-not-found": "cancel",
    "jid-malformed": "modify",
    "not-acceptable": "modify",
    "not-allowed": "cancel",
    "not-authorized": "auth",
    "policy-violation": "modify",
    "recipient-unavailable": "wait",
    "redirect": "modify",
    "registration-required": "auth",
    "remote-server-not-found": "cancel",
    "remote-server-timeout": "wait",
    "resource-constraint": "wait",
    "service-unavailable": "cancel",
    "subscription-required": "auth",
    "undefined-condition": "cancel",
    "unexpected-request": "wait",
}


@pytest.mark.parametrize(("condition", "type"), TYPES.items())
def test_every_stanza_condition_has_its_type(condition: str, type: str) -> None:
    """§8.3.3.1–22."""
    error = etree.fromstring(StanzaError(condition).wire())
    assert error.get("type") == type
    assert [child.tag for child in error] == [f"{{{STANZA_ERRORS}}}{condition}"]


def test_a_condition_that_is_none_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        StanzaError("no-such-condition")


def test_condition_text_and_application_condition_stand_in_this_order() -> None:
    """§8.3.2."""
    failure = StanzaError("forbidden", "a < b & 'c'", type="cancel", application=b"<own xmlns='urn:x'/>")
    error = etree.fromstring(failure.wire())
    assert error.get("type") == "cancel"
    assert [child.tag for child in error] == [
        f"{{{STANZA_ERRORS}}}forbidden",
        f"{{{STANZA_ERRORS}}}text",
        "{urn:x}own",
    ]
    assert error[1].text == "a < b & 'c'"


@pytest.mark.parametrize("condition", StreamCondition)
def test_every_stream_condition_stands_in_its_namespace(condition: StreamCondition) -> None:
    """§4.9.2."""
    wire = StreamError(condition, "5 > 4").wire().decode()
    [error] = etree.fromstring(f"<s xmlns:stream='{STREAM}'>{wire}</s>")
    assert error.tag == f"{{{STREAM}}}error"
    assert [child.tag for child in error] == [f"{{{STREAM_ERRORS}}}{condition}", f"{{{STREAM_ERRORS}}}text"]
    assert error[1].text == "5 > 4"


def test_a_stream_error_says_no_more_than_it_has_to() -> None:
    assert b"<text" not in StreamError(StreamCondition.RESET).wire()
