"""Questions that handlers ask the store: answered by a transaction of their own, bounded in number."""

import asyncio
from collections.abc import Callable
from typing import Any, cast
from xml.etree.ElementTree import Element, fromstring

import pytest
from sqlalchemy.exc import SQLAlchemyError

from components.common.elements import STREAM
from components.common.errors import StanzaError
from components.common.queries import AT_A_TIME, MOST_OF_ONE, Queries
from components.common.stanza import Stanza
from components.common.store import Store
from components.common.transaction import Transaction


class PatientStore:
    """Reads when the test says so."""

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self.now = self.most = 0  # questions that are read at a time

    async def read(self, query: Callable[[Any], Any]) -> Any:
        """As `Store.read`."""
        self.now += 1
        self.most = max(self.most, self.now)
        await self.reading.wait()
        await asyncio.sleep(0)
        self.now -= 1
        return query(None)


class Asked:
    """Queries on such a store; `performed` is what they sent."""

    def __init__(self) -> None:
        self.store = PatientStore()
        self.performed: asyncio.Queue[str] = asyncio.Queue()
        self.queries = Queries(
            cast(Store, self.store), lambda transaction: self.performed.put_nowait(transaction.render())
        )

    def ask(self, query: Callable[[Any], Any], sender: str = "a@b/c") -> None:
        """Ask as a request's handler would; the answer is an element of the name that was found."""
        [request] = fromstring(
            f"<s xmlns='{STREAM}'><iq type='get' from='{sender}' to='room' id='1'><q xmlns='q'/></iq></s>"
        )
        self.queries.ask(Stanza.read(request), query, _answer)


def _answer(found: Any, transaction: Transaction) -> Element:
    return Element(f"{{{STREAM}}}{found}")


def _fail(error: Exception) -> Callable[[Any], Any]:
    def query(connection: Any) -> Any:
        raise error

    return query


async def test_the_answer_is_the_result_of_the_request() -> None:
    """It is sent when the store has answered, and not before."""
    asked = Asked()
    asked.ask(lambda connection: "found")
    assert asked.performed.empty()
    asked.store.reading.set()
    assert await asked.performed.get() == "<iq from='room' to='a@b/c' id='1' type='result'><found/></iq>"


@pytest.mark.parametrize(
    ("error", "condition"),
    [(StanzaError("item-not-found"), "item-not-found"), (SQLAlchemyError("gone"), "internal-server-error")],
)
async def test_errors(error: Exception, condition: str) -> None:
    """What a query raises is the answer; a database that fails is an internal-server-error."""
    asked = Asked()
    asked.store.reading.set()
    asked.ask(_fail(error))
    answer = await asked.performed.get()
    assert "type='error'" in answer
    assert f"<{condition} " in answer


async def test_a_burst_waits_its_turn() -> None:
    """Few questions of one bare JID are read at a time, in their order; nobody waits for them."""
    asked = Asked()
    numbers = range(3 * AT_A_TIME)
    for number in numbers:
        asked.ask(lambda connection, number=number: f"a{number}")
    asked.store.reading.set()
    answers = [await asked.performed.get() for _ in numbers]
    assert [answer.partition("><")[2].partition("/")[0] for answer in answers] == [f"a{n}" for n in numbers]
    assert asked.store.most == AT_A_TIME


async def test_one_asker_has_some_questions_at_a_time() -> None:
    """More of the same bare JID are refused until some are answered; others are not kept waiting."""
    asked = Asked()
    for number in range(MOST_OF_ONE):
        asked.ask(lambda connection: "found", sender=f"a@b/{number}")
    with pytest.raises(StanzaError) as refused:
        asked.ask(lambda connection: "found")
    assert refused.value.condition == "resource-constraint"
    asked.ask(lambda connection: "found", sender="other@b/c")
    asked.store.reading.set()
    for _ in range(MOST_OF_ONE + 1):
        await asked.performed.get()
    asked.ask(lambda connection: "again")
    assert "<again/>" in await asked.performed.get()


async def test_what_was_asked_is_answered_before_the_end() -> None:
    """A process that ends in order leaves no request without a result."""
    asked = Asked()
    for _ in range(MOST_OF_ONE):
        asked.ask(lambda connection: "found")
    drained = asyncio.create_task(asked.queries.drain())
    asked.store.reading.set()
    await drained
    assert asked.performed.qsize() == MOST_OF_ONE
