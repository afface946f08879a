"""A handler's effects: all of them or none."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from components.common.transaction import Outgoing, Transaction

TABLE = Table("t", MetaData(), Column("id", Integer, primary_key=True))


@pytest.fixture
def transaction() -> Transaction:
    """An empty one."""
    return Transaction(datetime.now(UTC))


def test_one_stanza_for_many() -> None:
    assert Outgoing("<m to='", "'/>", ("a", "b", "c")).render() == "<m to='a'/><m to='b'/><m to='c'/>"
    assert Outgoing("<m to='", "'/>", ("a",)).render() == "<m to='a'/>"
    assert Outgoing("<m to='", "'/>", ()).render() == ""


def test_order_of_sending(transaction: Transaction) -> None:
    transaction.send("<a to='", "'/>", ["x"])
    transaction.reply("<b/>")
    transaction.send("<never to='", "'/>", [])
    assert transaction.render() == "<a to='x'/><b/>"


def test_place_of_the_result(transaction: Transaction) -> None:
    transaction.reply("<before/>")
    transaction.place_result()
    transaction.reply("<after/>")
    transaction.put_result("<result/>")
    assert transaction.render() == "<before/><result/><after/>"


def test_a_result_without_a_place_is_last(transaction: Transaction) -> None:
    transaction.reply("<before/>")
    transaction.put_result("<result/>")
    assert transaction.render() == "<before/><result/>"


def test_of_several_writes_to_a_row_the_last_counts(transaction: Transaction) -> None:
    transaction.write(TABLE, (1,), {"x": 1})
    transaction.delete(TABLE, (1,))
    transaction.write(TABLE, (2,), {"x": 1})
    transaction.write(TABLE, (2,), {"x": 2})
    assert {key: change.values for (_, key), change in transaction.rows.items()} == {
        (1,): None,
        (2,): {"x": 2},
    }


def test_roll_back_restores_everything(transaction: Transaction) -> None:
    state = {"a": 1, "b": 2, "c": 3}
    thing = SimpleNamespace(name="old")
    transaction.put(state, "d", 4)
    transaction.put(state, "a", 5)
    transaction.remove(state, "b")
    transaction.assign(thing, "name", "new")
    transaction.assign(thing, "name", "newer")
    transaction.write(TABLE, (1,), {"x": 1})
    transaction.reply("<a/>")
    transaction.place_result()
    assert (list(state), thing.name) == (["c", "d", "a"], "newer")
    transaction.roll_back()
    assert list(state.items()) == [("a", 1), ("b", 2), ("c", 3)]
    assert thing.name == "old"
    assert not transaction.rows
    assert transaction.render() == ""
