"""Connections: those who send too fast wait, those who do not read are held to what may wait for them."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from core_router.config import Rates
from core_router.routing.admission import Admission
from core_router.runtime.tcp import Batch, ConnectionFactory, TcpConnection
from tests.core_router.runtime.transport import Transport

HERE, STRANGER = "127.0.0.1", "192.0.2.7"
ROOM = 1000
UNSENT = 200_000


class Stream:
    """What is received is answered by `answer`; each line is an element."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.heard = False
        self.input = b""
        self.answer = b""
        self.lost = False
        self.admitted = False
        self._taken = 0

    def received(self, data: bytes) -> None:
        self.input += data
        self._taken += data.count(b"\n")
        if self.answer:
            self.connection.write(self.answer)

    def taken(self) -> int:
        taken, self._taken = self._taken, 0
        return taken

    def connection_lost(self) -> None:
        self.lost = True


class Place:
    """A factory and what is around it."""

    def __init__(self, rates: Rates) -> None:
        self.clock = Clock()
        self.admission = Admission(rates, self.clock.seconds)
        self.factory = ConnectionFactory(
            self.clock,
            Batch(),
            cast(Any, Stream),
            cast(Any, None),
            self.admission,
            rates,
            tls_at_once=False,
            unsent_bytes=UNSENT,
        )

    def connect(self, host: str = STRANGER) -> tuple[TcpConnection, Transport, Stream]:
        transport = Transport(host, ROOM)
        connection = self.factory.buildProtocol(transport.getPeer())
        assert connection is not None
        connection.makeConnection(cast(Any, transport))
        assert isinstance(connection.stream, Stream)
        return connection, transport, connection.stream

    def refuses(self, host: str = STRANGER) -> bool:
        return self.factory.buildProtocol(Transport(host, ROOM).getPeer()) is None


@pytest.fixture
def place() -> Place:
    return Place(Rates(client_bytes=100, client_stanzas=10, connections=2))


class TestSendingTooFast:
    def test_bytes(self, place: Place) -> None:
        connection, transport, stream = place.connect()
        connection.dataReceived(b"x" * 1000)
        assert transport.reading
        connection.dataReceived(b"x" * 500)
        assert not transport.reading
        assert connection.paused
        place.clock.advance(4.9)
        assert not transport.reading
        place.clock.advance(0.2)
        assert transport.reading
        assert not connection.paused
        assert len(stream.input) == 1500

    def test_stanzas(self, place: Place) -> None:
        connection, transport, _ = place.connect()
        connection.dataReceived(b"\n" * 100)
        assert transport.reading
        connection.dataReceived(b"\n" * 10)
        assert not transport.reading
        place.clock.advance(1)
        assert transport.reading

    def test_who_is_exempt(self, place: Place) -> None:
        connection, transport, _ = place.connect(HERE)
        connection.dataReceived(b"\n" * 1_000_000)
        assert transport.reading

    def test_new_rates_are_for_new_connections(self, place: Place) -> None:
        place.factory.use(Rates())
        connection, transport, _ = place.connect()
        connection.dataReceived(b"\n" * 500)
        assert transport.reading

    def test_a_connection_that_is_gone_is_not_read_again(self, place: Place) -> None:
        connection, transport, stream = place.connect()
        connection.dataReceived(b"x" * 5000)
        connection.connectionLost()
        assert stream.lost
        assert not place.clock.getDelayedCalls()
        assert not transport.reading


class Turns:
    """What of a reactor `Batch.by_turns` uses: `events` are what is ready in the next turn."""

    def __init__(self, place: Place) -> None:
        self.events: list[Callable[[], object]] = []
        place.factory.batch.by_turns(self)

    def doIteration(self, delay: float | None) -> None:
        for event in self.events:
            event()


class TestTurns:
    """What is written in one turn of the reactor goes out at its end, as one segment."""

    def test_from_several_connections(self, place: Place) -> None:
        turns = Turns(place)
        connection, transport, stream = place.connect()
        other, _, _ = place.connect()
        stream.answer = b"answer "
        sent: list[bytes] = []
        turns.events = [
            lambda: connection.dataReceived(b"a"),
            lambda: connection.write(b"from another"),
            lambda: other.dataReceived(b"b"),
            lambda: sent.append(transport.sent),
        ]
        turns.doIteration(None)
        assert sent == [b""]
        assert transport.sends == [b"answer from another"]

    def test_outside_a_turn_at_once(self, place: Place) -> None:
        Turns(place)
        connection, transport, _ = place.connect()
        connection.write(b"one")
        assert transport.sends == [b"one"]

    @pytest.mark.parametrize("pieces", [[b"x"] * 33, [b"x", b"y" * 20_000], [b"x" * 20_000]])
    def test_not_more_than_so_much(self, place: Place, pieces: list[bytes]) -> None:
        """Whether the peer keeps up must show in time."""
        turns = Turns(place)
        connection, transport, _ = place.connect()
        turns.events = [lambda piece=piece: connection.write(piece) for piece in pieces]  # type: ignore[misc]
        turns.events.append(lambda: seen.append(len(transport.sent)))
        seen: list[int] = []
        turns.doIteration(None)
        assert seen[0] > 0

    def test_a_turn_that_fails_ends_all_the_same(self, place: Place) -> None:
        turns = Turns(place)
        connection, transport, _ = place.connect()
        turns.events = [lambda: connection.write(b"one"), lambda: 1 / 0]
        with pytest.raises(ZeroDivisionError):
            turns.doIteration(None)
        assert transport.sent == b"one"


def test_a_peer_that_is_gone(place: Place) -> None:
    connection, transport, _ = place.connect()
    transport.gone = True
    connection.write(b"one")
    assert not transport.connected
    connection.write(b"two")
    assert transport.sends == []


class TestWhoMayConnect:
    def test_so_many_from_one_address(self, place: Place) -> None:
        first, _, _ = place.connect()
        place.connect()
        assert place.refuses()
        assert not place.refuses("198.51.100.2")
        first.connectionLost()
        assert not place.refuses()
        assert place.admission.refused == 1

    def test_components_are_not_counted(self, place: Place) -> None:
        place.factory._admission = None
        for _ in range(5):
            connection, transport, _ = place.connect()
            connection.dataReceived(b"\n" * 100_000)
            assert transport.reading
            connection.connectionLost()


class TestReadingTooSlowly:
    def test_what_the_socket_does_not_take_goes_out_later_in_order(self, place: Place) -> None:
        connection, transport, stream = place.connect()
        written = [b"%06d" % number for number in range(30_000)]
        for piece in written[:20_000]:
            connection.write(piece)
        assert len(transport.sent) == ROOM
        assert connection.congested
        transport.reads(70_000)
        for piece in written[20_000:]:
            connection.write(piece)
        transport.reads(1_000_000)
        assert transport.sent == b"".join(written)
        assert not connection.congested
        assert not stream.lost

    def test_more_than_may_wait_closes_the_connection(self, place: Place) -> None:
        connection, transport, _ = place.connect()
        connection.write(b"x" * (ROOM + UNSENT))
        assert transport.connected
        connection.write(b"x")
        assert not transport.connected

    def test_who_is_slow_but_reads_may_be_sent_any_amount(self, place: Place) -> None:
        """It is what waits that counts, not what has ever waited."""
        connection, transport, _ = place.connect()
        connection.write(b"x" * 100_000)
        for _ in range(100):
            connection.write(b"x" * 50_000)
            transport.reads(50_000)
            assert connection.congested
        assert transport.connected

    def test_whether_anything_moves(self, place: Place) -> None:
        connection, transport, _ = place.connect()
        assert not connection.stuck
        connection.write(b"x" * 200_000)
        assert connection.stuck
        transport.reads(66_000)
        assert not connection.stuck
        assert connection.stuck
        transport.reads(200_000)
        assert not connection.stuck

    def test_word_is_given_when_all_is_out(self, place: Place) -> None:
        connection, transport, _ = place.connect()
        words: list[str] = []
        connection.when_clear(lambda: words.append("clear already"))
        assert words == []
        place.clock.advance(0)
        assert words == ["clear already"]
        connection.write(b"x" * 100_000)
        connection.when_clear(lambda: words.append("clear now"))
        place.clock.advance(0)
        transport.reads(50_000)
        assert words == ["clear already"]
        transport.reads(50_000)
        assert words == ["clear already", "clear now"]

    def test_a_closed_connection_sends_what_waits_and_gives_no_word(self, place: Place) -> None:
        connection, transport, _ = place.connect()
        connection.write(b"x" * 100_000)
        words: list[str] = []
        connection.when_clear(lambda: words.append("clear"))
        connection.close()
        assert transport.disconnecting
        transport.reads(100_000)
        assert len(transport.sent) == 100_000
        assert words == []


def test_answers_to_one_piece_of_input_go_out_together(place: Place) -> None:
    connection, transport, stream = place.connect()
    stream.answer = b"answer"
    connection.dataReceived(b"a question")
    assert transport.sent == b"answer"
