"""Connections nobody has logged in on: the oldest gives way, those who are in stay."""

from dataclasses import dataclass

from core_router.runtime.strangers import Strangers


@dataclass(eq=False)
class Connection:
    admitted: bool = False
    open: bool = True
    peer: str = "192.0.2.7:40000"

    def abort(self) -> None:
        self.open = False


def connect(strangers: Strangers, number: int) -> list[Connection]:
    made = [Connection() for _ in range(number)]
    for connection in made:
        strangers.add(connection)
    return made


def test_the_oldest_gives_way() -> None:
    strangers = Strangers(3)
    made = connect(strangers, 5)
    assert [connection.open for connection in made] == [False, False, True, True, True]
    assert strangers.closed == 2


def test_fewer_than_there_are() -> None:
    strangers = Strangers(5)
    made = connect(strangers, 5)
    strangers.most = 2
    made += connect(strangers, 1)
    assert [connection.open for connection in made] == [False] * 4 + [True] * 2


def test_who_has_logged_in_stays_and_takes_no_room() -> None:
    strangers = Strangers(3)
    first, *others = connect(strangers, 3)
    first.admitted = True
    connect(strangers, 1)
    assert first.open and all(other.open for other in others)
    connect(strangers, 1)
    assert first.open
    assert [other.open for other in others] == [False, True]


def test_who_is_gone_takes_no_room() -> None:
    strangers = Strangers(2)
    first, second = connect(strangers, 2)
    strangers.discard(first)
    strangers.discard(first)
    connect(strangers, 1)
    assert second.open
    assert strangers.closed == 0


def test_any_number_of_logins_goes_through() -> None:
    strangers = Strangers(2)
    for _ in range(1000):
        [connection] = connect(strangers, 1)
        connection.admitted = True
        assert connection.open
    assert strangers.closed == 0
    assert len(strangers._connections) == 2
