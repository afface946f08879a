"""What handlers return or raise becomes a reply (RFC 6120 §8.2.3, §8.3)."""

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, fromstring

import pytest

from components.common.dispatch import dispatch
from components.common.elements import STREAM
from components.common.errors import TYPES, StanzaError
from components.common.stanza import Stanza
from components.common.transaction import LONGEST, Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def outcome(stanza: str, handler: Callable[[Stanza, Transaction], Element | None]) -> str:
    """What is sent."""
    [element] = fromstring(f"<s xmlns='{STREAM}'>{stanza}</s>")
    return dispatch(handler, element, NOW).render()


def nothing(stanza: Stanza, transaction: Transaction) -> None:
    """A handler that has nothing to say."""


def refuses(stanza: Stanza, transaction: Transaction) -> None:
    """A handler that fails, after it has done something."""
    transaction.reply("<never/>")
    raise StanzaError("not-allowed", "because of <this>")


def fails(stanza: Stanza, transaction: Transaction) -> None:
    """A handler with a mistake."""
    transaction.reply("<never/>")
    raise KeyError("mistake")


def answers(stanza: Stanza, transaction: Transaction) -> Element:
    """A handler with a payload."""
    return Element("{urn:a}q")


def test_result() -> None:
    assert outcome("<iq type='get' id='&apos;1' from='a@b/c' to='d'><q xmlns='urn:a'/></iq>", answers) == (
        "<iq from='d' to='a@b/c' id='&apos;1' type='result'><q xmlns='urn:a'/></iq>"
    )
    assert outcome("<iq type='set' id='1' from='a@b/c' to='d'><q/></iq>", nothing) == (
        "<iq from='d' to='a@b/c' id='1' type='result'/>"
    )


@pytest.mark.parametrize("kind", ["message", "presence"])
def test_messages_and_presences_have_no_result(kind: str) -> None:
    assert outcome(f"<{kind} from='a@b/c' to='d'/>", nothing) == ""


def test_error_instead_of_everything_else() -> None:
    assert outcome("<message id='1' from='a@b/c' to='d@e/f'><body/></message>", refuses) == (
        "<message from='d@e/f' to='a@b/c' id='1' type='error'><error type='cancel' by='d@e'>"
        f"<not-allowed xmlns='{STANZAS}'/><text xmlns='{STANZAS}'>because of &lt;this&gt;</text>"
        "</error></message>"
    )


def test_a_mistake_is_internal_server_error_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    sent = outcome("<iq type='get' id='1' from='a@b/c' to='d'><q/></iq>", fails)
    assert f"<internal-server-error xmlns='{STANZAS}'/>" in sent
    assert "never" not in sent
    assert "mistake" in caplog.text


@pytest.mark.parametrize("handler", [refuses, fails, nothing, answers])
@pytest.mark.parametrize(
    "stanza",
    [
        "<iq type='result' {}/>",
        "<iq type='error' {}/>",
        "<message type='error' {}/>",
        "<presence type='error' {}/>",
    ],
)
def test_errors_and_results_are_never_answered(
    stanza: str, handler: Callable[[Stanza, Transaction], Element | None]
) -> None:
    """RFC 6120 §8.3.1."""
    assert outcome(stanza.format("id='1' from='a@b/c' to='d'"), handler) == ""


@pytest.mark.parametrize("addresses", ["from='a@b'", "to='d'", "from='@' to='d'", "from='a' to='d@'"])
def test_stanzas_without_good_addresses_are_dropped(addresses: str, caplog: pytest.LogCaptureFixture) -> None:
    """XEP-0114 requires both addresses; there is nobody to answer."""
    assert outcome(f"<message {addresses}/>", refuses) == ""
    assert "dropped" in caplog.text


def test_addresses_are_normalised() -> None:
    seen: list[str] = []

    def note(stanza: Stanza, transaction: Transaction) -> None:
        seen.extend((stanza.sender.full, stanza.to.full))

    outcome("<message from='JULIET@Example.COM/Balcony' to='Room@EXAMPLE.com'/>", note)
    assert seen == ["juliet@example.com/Balcony", "room@example.com"]


def test_every_condition_has_its_type() -> None:
    """RFC 6120 §8.3.3 defines these 22 conditions."""
    assert len(TYPES) == 22
    assert {TYPES["forbidden"], TYPES["conflict"], TYPES["bad-request"], TYPES["remote-server-timeout"]} == {
        "auth",
        "cancel",
        "modify",
        "wait",
    }


def test_a_result_that_is_too_long() -> None:
    """A result the router would end the stream for is not sent; nothing else happens either."""

    def handler(stanza: Stanza, transaction: Transaction) -> Element:
        transaction.reply("<message/>")
        result = Element("{q}q")
        result.text = ">" * LONGEST
        return result

    sent = outcome("<iq type='get' from='a@b/c' to='d' id='1'><q/></iq>", handler)
    assert "<policy-violation " in sent
    assert "<message/>" not in sent
