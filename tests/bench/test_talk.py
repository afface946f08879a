"""What arrives is counted: each message once, what is lost, doubled, refused."""

from typing import cast

import pytest

from bench.load import Connection, Session
from bench.talk import Talker


class Wire:
    """Takes what a talker sends."""

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def stanzas(self) -> list[bytes]:
        """What was sent since the last time, stanza by stanza."""
        *sent, rest = self.sent.split(b"</message>")
        assert rest == b""
        self.sent = b""
        return [stanza + b"</message>" for stanza in sent]


@pytest.fixture
def pair() -> tuple[Talker, Talker, Wire, Wire]:
    """Two talkers and what each sends."""
    wires = Wire(), Wire()
    romeo, juliet = (
        Talker(Session(cast(Connection, wire), ""), f"{partner}@localhost/x")
        for wire, partner in zip(wires, ("juliet", "romeo"), strict=True)
    )
    romeo.partner, juliet.partner = juliet, romeo
    romeo.talking = juliet.talking = True
    return romeo, juliet, *wires


Pair = tuple[Talker, Talker, Wire, Wire]


def test_each_message_that_arrives_makes_room_for_the_next(pair: Pair) -> None:
    romeo, juliet, wire, _ = pair
    romeo.say(3)
    first = wire.stanzas()
    assert len(first) == 3
    juliet.receive(first[0] + first[1])
    assert len(wire.stanzas()) == 2
    assert (romeo.count.sent, romeo.count.delivered, romeo.count.lost) == (5, 2, 3)


def test_a_message_may_arrive_in_pieces(pair: Pair) -> None:
    romeo, juliet, wire, _ = pair
    romeo.say(2)
    for byte in b"".join(wire.stanzas()):
        juliet.receive(bytes((byte,)))
    assert (romeo.count.delivered, romeo.count.doubled) == (2, 0)


def test_what_is_missing_is_lost_and_what_comes_twice_is_doubled(pair: Pair) -> None:
    romeo, juliet, wire, _ = pair
    romeo.talking = False
    romeo.say(4)
    one, two, _, four = wire.stanzas()
    for stanza in (one, two, two, four):
        juliet.receive(stanza)
    assert (romeo.count.delivered, romeo.count.lost, romeo.count.doubled) == (3, 1, 1)


def test_what_comes_back_is_refused(pair: Pair) -> None:
    romeo, _, wire, _ = pair
    romeo.talking = False
    romeo.say(1)
    [sent] = wire.stanzas()
    romeo.receive(sent.replace(b"type='chat'", b"type='error'").replace(b"</message>", b"<error/></message>"))
    assert (romeo.count.refused, romeo.count.lost) == (1, 0)


def test_other_traffic_is_no_message(pair: Pair) -> None:
    _, juliet, _, _ = pair
    juliet.receive(b"<presence id='0'/><message><subject/></message>")
    assert juliet.partner.count.delivered == 0
