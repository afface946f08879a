"""Requests that are answered out of the store: kept until they are, so that a process that is killed in
between leaves none without an answer.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol
from xml.etree.ElementTree import Element, fromstring

from sqlalchemy import Connection

from components.common.elements import STREAM, render
from components.common.errors import StanzaError
from components.common.queries import Answer, Ask, Query
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc import storage


class Kept(Protocol):
    """A row of `storage.questions`."""

    number: int
    stanza: str


class Questions:
    """The open questions of the room service."""

    def __init__(self, kept: Iterable[Kept]) -> None:
        """`kept` are those that the process before has not answered."""
        self.reader: Ask  # asks the store
        self._kept = list(kept)
        self._last = max((row.number for row in self._kept), default=0)

    def ask(self, stanza: Stanza, transaction: Transaction, query: Query, answer: Answer) -> None:
        """Have the request answered by what `answer` makes of what `query` finds, once and for certain.

        Raises `resource-constraint` if too many questions are open.
        """
        self._last += 1
        transaction.answer_later()
        transaction.write(storage.questions, (self._last,), {"stanza": render(stanza.element)})
        self.reader(stanza, partial(_found, query), partial(_answer, stanza, self._last, answer))

    def ask_again(self, handle: Callable[[Stanza, Transaction], object], transaction: Transaction) -> None:
        """Handle the requests that were left without an answer, as if they came now."""
        for row in self._kept:
            transaction.delete(storage.questions, (row.number,))
            [element] = fromstring(f"<stream xmlns='{STREAM}'>{row.stanza}</stream>")
            stanza = Stanza.read(element)
            try:
                handle(stanza, transaction)
            except StanzaError as error:
                transaction.reply(stanza.error(error))
        self._kept = []


def _found(query: Query, connection: Connection) -> Any:
    try:
        return query(connection)
    except StanzaError as error:
        return error


def _answer(
    stanza: Stanza, number: int, answer: Answer, found: Any, transaction: Transaction
) -> Element | None:
    """The result; or the error, which must not take the end of the question back."""
    result: Element | None = None
    try:
        if isinstance(found, StanzaError):
            raise found
        result = answer(found, transaction)
    except StanzaError as error:
        transaction.roll_back()
        transaction.answer_later()
        transaction.reply(stanza.error(error))
    transaction.delete(storage.questions, (number,))
    return result
