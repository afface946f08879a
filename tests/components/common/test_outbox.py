"""What is numbered, sent and acknowledged (XEP-0198 §4)."""

import pytest

from components.common.link_store import _decoder, outbox_row
from components.common.outbox import CountTooHigh, Outbox
from components.common.transaction import Outgoing


def stanzas(name: str, copies: int) -> list[Outgoing]:
    """A transaction that sends one stanza to so many."""
    return [Outgoing(f"<{name} to='", "'/>", [str(number) for number in range(copies)])]


def test_each_copy_has_a_number() -> None:
    outbox = Outbox()
    assert [outbox.put(stanzas("a", 3)).number, outbox.put(stanzas("b", 1)).number] == [0, 3]
    assert (outbox.sent, len(outbox)) == (4, 4)


def test_a_transaction_goes_with_its_last_copy() -> None:
    outbox = Outbox()
    first = outbox.put(stanzas("a", 3))
    assert outbox.acknowledge(2) == []
    assert first.render(outbox.acknowledged) == "<a to='2'/>"
    assert outbox.acknowledge(3) == [first]
    assert len(outbox) == 0


def test_of_several_stanzas_in_one_transaction() -> None:
    kept = Outbox().put([*stanzas("a", 2), *stanzas("b", 2), *stanzas("c", 1)])
    assert kept.render(3) == "<b to='1'/><c to='0'/>"
    assert kept.render(2) == "<b to='0'/><b to='1'/><c to='0'/>"
    assert kept.render(0) == kept.render() == "<a to='0'/><a to='1'/><b to='0'/><b to='1'/><c to='0'/>"


def test_more_than_was_sent() -> None:
    outbox = Outbox()
    outbox.put(stanzas("a", 3))
    with pytest.raises(CountTooHigh):
        outbox.acknowledge(4)
    assert len(outbox) == 3


def test_of_an_earlier_process() -> None:
    """The first transaction may have been acknowledged in part."""
    outbox = Outbox(12, [(7, stanzas("a", 3)), (10, stanzas("b", 2))], acknowledged=8)
    assert (outbox.acknowledged, len(outbox)) == (8, 4)
    assert [kept.number for kept in outbox.acknowledge(10)] == [7]
    assert outbox.put(stanzas("c", 1)).number == 12


def test_with_nothing_left() -> None:
    assert len(Outbox(12, [], acknowledged=5)) == 0


def test_stored_as_it_is() -> None:
    """Any text, any number of addresses."""
    written = [Outgoing("<a from='ü' to='", "'>&amp;</a>", ("x@y/ü", "z")), Outgoing("<b/>", "", ("",))]
    values = outbox_row(5, written).values
    assert values is not None
    assert [Outgoing(*stanza) for stanza in _decoder.decode(values["stanzas"])] == [
        Outgoing("<a from='ü' to='", "'>&amp;</a>", ["x@y/ü", "z"]),
        Outgoing("<b/>", "", [""]),
    ]
