"""What is numbered, sent and acknowledged (XEP-0198 §4)."""

import pytest

from components.common.link_store import outbox_row, unpacked
from components.common.outbox import CountTooHigh, Outbox, without_sessions
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
    values = outbox_row(5, written, 7, 3).values
    assert values is not None
    assert unpacked(values["stanzas"]) == [
        Outgoing("<a from='ü' to='", "'>&amp;</a>", ["x@y/ü", "z"]),
        Outgoing("<b/>", "", [""]),
    ]


@pytest.mark.parametrize(
    ("before", "to", "left"),
    [
        (
            "<message from='r@c/n' type='groupchat' to='",
            ["a@x.org/1", "b@x.org", "c@y.org/1"],
            ["b@x.org", "c@y.org/1"],
        ),
        ("<presence from='r@c/n' to='", ["a@x.org/1", "b@x.org/2"], []),
        ("<message from='r@c/n' type='chat' to='", ["a@x.org/1"], ["a@x.org/1"]),
        ("<message from='r@c/n' to='", ["a@x.org/1"], ["a@x.org/1"]),
        ("<iq from='c' to='a@x.org/1' type='result'/>", [""], []),
        ("<iq from='c' to='a@y.org/1' type='result'/>", [""], [""]),
        (
            "<message from='c' to='a@x.org/1' type='error'><body> type='groupchat'</body></message>",
            [""],
            [""],
        ),
    ],
)
def test_what_dies_with_the_sessions_of_a_domain(before: str, to: list[str], left: list[str]) -> None:
    """RFC 6121 §8.5.3.2: all but messages that the router delivers otherwise."""
    found = without_sessions([Outgoing(before, "", to)], "x.org")
    assert [address for stanza in found for address in stanza.to] == left


def test_numbered_anew_when_sessions_died() -> None:
    outbox = Outbox()
    room = Outgoing("<message type='groupchat' to='", "'/>", ["a@x.org/1", "b@y.org/1"])
    first, second = outbox.put([room]), outbox.put([room])
    first.committed = second.committed = True
    outbox.acknowledge(1)
    assert outbox.sessions_died("x.org") == [first, second]
    assert (outbox.acknowledged, outbox.sent) == (4, 6)
    assert [kept.render() for kept in outbox] == ["<message type='groupchat' to='b@y.org/1'/>"] * 2


def test_not_while_something_is_being_committed() -> None:
    outbox = Outbox()
    outbox.put([Outgoing("<presence to='", "'/>", ["a@x.org/1"])])
    assert outbox.sessions_died("x.org") == []
    assert len(outbox) == 1
