"""Questions to the store too large for memory: asked by a handler, answered by a transaction of their own.

A handler does no I/O. It leaves a question, says that the request is answered later
(`Transaction.answer_later`), and is done; a reader's thread runs the query, and the answer is given on the
event loop like the handling of a stanza. A process that ends in order answers all of them; one that is
killed in between does not, so nothing may depend on the answer that the client cannot ask for again.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from components.common.dispatch import dispatch_answer
from components.common.errors import StanzaError
from components.common.stanza import Stanza
from components.common.store import Store
from components.common.transaction import Transaction

log = logging.getLogger(__name__)

MOST = 256  # questions at a time
MOST_OF_ONE = 4  # of one bare JID, so that nobody's questions wait behind those of one

Query = Callable[[Connection], Any]
Answer = Callable[[Any, Transaction], Any]


class Ask(Protocol):
    """How a handler asks."""

    def __call__(self, stanza: Stanza, query: Query, answer: Answer) -> None:
        """`answer` gets what `query` has found; what it returns is the payload of the request's result,
        what it raises its error.

        Raises `resource-constraint` if too many questions are open.
        """


class Queries:
    """The questions of one component."""

    def __init__(self, store: Store, perform: Callable[[Transaction], None]) -> None:
        self._store, self._perform = store, perform
        self._asking: list[str] = []  # bare JIDs whose questions are open
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, stanza: Stanza, query: Query, answer: Answer) -> None:
        """See `Ask`."""
        asker = stanza.sender.bare
        if len(self._asking) >= MOST or self._asking.count(asker) >= MOST_OF_ONE:
            raise StanzaError("resource-constraint", "too many questions at a time; wait for the answers")
        self._asking.append(asker)
        task = asyncio.get_running_loop().create_task(self._run(stanza, query, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until what was asked is answered."""
        await asyncio.gather(*self._tasks)

    async def _run(self, stanza: Stanza, query: Query, answer: Answer) -> None:
        try:
            found = await self._store.read(query)
        except StanzaError as error:
            found = error
        except SQLAlchemyError as error:
            log.error("a query failed: %s", error)
            found = StanzaError("internal-server-error")
        self._asking.remove(stanza.sender.bare)
        self._perform(dispatch_answer(stanza, answer, found, datetime.now(UTC)))
