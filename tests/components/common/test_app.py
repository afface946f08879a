"""How long to wait before connecting again."""

from components.common.app import BackOff


def test_doubled_and_capped() -> None:
    back_off = BackOff(spread=lambda: 1.0)
    assert [back_off.next() for _ in range(9)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_spread_over_the_second_half() -> None:
    assert BackOff(spread=lambda: 0.0).next() == 0.05
    assert 0.05 <= BackOff().next() <= 0.1


def test_success_begins_anew() -> None:
    back_off = BackOff(spread=lambda: 1.0)
    back_off.next()
    back_off.next()
    back_off.reset()
    assert back_off.next() == 0.1


def test_many_attempts() -> None:
    """A router that is away for weeks."""
    back_off = BackOff(spread=lambda: 1.0)
    assert {back_off.next() for _ in range(5000)} >= {10.0}
