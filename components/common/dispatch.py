"""The one place that turns what handlers return or raise into replies (RFC 6120 §8.2.3, §8.3)."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

from components.common.errors import StanzaError
from components.common.stanza import Stanza
from components.common.transaction import Outgoing, Transaction, require_short

log = logging.getLogger(__name__)

Handler = Callable[[Stanza, Transaction], Element | None]


def dispatch(handler: Handler, element: Element, now: datetime) -> Transaction:
    """What the stanza brings about; a stanza that cannot be handled changes nothing.

    A request (iq get or set) is answered with the payload the handler returns; a message or presence
    has no reply but an error. Errors and results are never answered.
    """
    transaction = Transaction(now)
    try:
        stanza = Stanza.read(element)
    except ValueError as error:
        log.warning("dropped <%s/>: %s", element.tag.rpartition("}")[2], error)
        return transaction
    try:
        payload = handler(stanza, transaction)
        if stanza.kind == "iq" and stanza.type in ("get", "set") and not transaction.is_answered_later:
            result = stanza.result(payload)
            require_short(result)
            transaction.put_result(result)
    except StanzaError as error:
        _fail(transaction, stanza, error)
    except Exception:
        log.exception("handling <%s/> from %s to %s failed", stanza.kind, stanza.sender, stanza.to)
        _fail(transaction, stanza, StanzaError("internal-server-error"))
    return transaction


def dispatch_answer(
    stanza: Stanza, answer: Callable[[Any, Transaction], Element | None], found: Any, now: datetime
) -> Transaction:
    """What the answer to a question brings about that the handling of a request has left open."""

    def handle(stanza: Stanza, transaction: Transaction) -> Element | None:
        if isinstance(found, StanzaError):
            raise found
        return answer(found, transaction)

    return dispatch(handle, stanza.element, now)


def refusal(element: Element) -> Sequence[Outgoing]:
    """The answer to a stanza whose effects the store refuses: `internal-server-error`, if there is one."""
    transaction = Transaction(datetime.now(UTC))
    with suppress(ValueError):
        _fail(transaction, Stanza.read(element), StanzaError("internal-server-error"))
    return transaction.outgoing


def _fail(transaction: Transaction, stanza: Stanza, error: StanzaError) -> None:
    transaction.roll_back()
    if stanza.awaits_reply:
        transaction.reply(stanza.error(error))
