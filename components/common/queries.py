"""Questions to the store too large for memory: asked by a handler, answered by a transaction of their own.

A handler does no I/O. It leaves a question, says that the request is answered later
(`Transaction.answer_later`), and is done; a reader's thread runs the query, and the answer is given on the
event loop like the handling of a stanza. A process that ends in order answers all of them; one that is
killed in between does not, so nothing may depend on the answer that the client cannot ask for again.
"""

import asyncio
import logging
from collections import Counter
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

MOST = 1024  # open questions
# Of one bare JID: a burst waits its turn, such as what has gathered while the component was away; and
# nobody's questions wait behind those of one.
MOST_OF_ONE, AT_A_TIME = 64, 4

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
        self._open: Counter[str] = Counter()  # questions by bare JID
        self._turns: dict[str, asyncio.Semaphore] = {}  # the same
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, stanza: Stanza, query: Query, answer: Answer) -> None:
        """See `Ask`."""
        asker = stanza.sender.bare
        if len(self._tasks) >= MOST or self._open[asker] >= MOST_OF_ONE:
            raise StanzaError("resource-constraint", "too many questions at a time; wait for the answers")
        self._open[asker] += 1
        self._turns.setdefault(asker, asyncio.Semaphore(AT_A_TIME))
        task = asyncio.get_running_loop().create_task(self._run(stanza, query, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until what was asked is answered."""
        await asyncio.gather(*self._tasks)

    async def _run(self, stanza: Stanza, query: Query, answer: Answer) -> None:
        asker = stanza.sender.bare
        try:
            async with self._turns[asker]:
                found = await self._store.read(query)
        except StanzaError as error:
            found = error
        except SQLAlchemyError as error:
            log.error("a query failed: %s", error)
            found = StanzaError("internal-server-error")
        self._open[asker] -= 1
        if not self._open[asker]:
            del self._open[asker], self._turns[asker]
        self._perform(dispatch_answer(stanza, answer, found, datetime.now(UTC)))
