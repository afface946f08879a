"""Token buckets: what they let through in any time is a burst and what the rate gives, and all of that."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core_router.routing.rates import UNLIMITED, Allowance, Buckets, Rate

RATE = Rate.of(10, seconds=5)  # two a second, ten at once


def allowed(times: Sequence[float]) -> list[float]:
    """Those of the times at which one is taken for the same key."""
    buckets = Buckets(RATE, 10)
    return [time for time in times if buckets.take("key", time)]


def test_a_burst_at_once_then_one_at_a_time() -> None:
    assert len(allowed([0.0] * 20)) == 10
    assert allowed([0.0] * 20 + [0.4, 0.5, 0.9, 1.0])[10:] == [0.5, 1.0]


def test_an_unused_bucket_is_no_fuller_than_full() -> None:
    assert len(allowed([0.0] * 20 + [1000.0] * 20)) == 20


@given(st.lists(st.floats(0, 60), max_size=200).map(sorted))
def test_no_time_sees_more_than_burst_and_rate(times: list[float]) -> None:
    passed = allowed(times)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= RATE.burst + (passed[last] - passed[first]) * RATE.per_second + 1e-6


def test_nobody_gains_by_a_clock_that_is_set_back() -> None:
    assert allowed([100.0] * 10 + [50.0, 51.0, 100.5]) == [100.0] * 10 + [100.5]


def test_keys_have_a_bucket_each_and_only_so_many_are_remembered() -> None:
    buckets = Buckets(Rate.of(1, seconds=1000), 100)
    assert all(buckets.take(number, 0) for number in range(500))
    assert len(buckets) == 100
    assert not buckets.take(499, 0)
    assert not buckets.has(400, 0)
    assert buckets.has(1, 0)


def test_what_was_used_last_is_remembered() -> None:
    buckets = Buckets(Rate.of(2, seconds=1000), 2)
    for key in ("first", "second", "first", "third"):
        assert buckets.take(key, 0)
    assert not buckets.has("first", 0)
    assert buckets.has("second", 0)


def test_no_limit() -> None:
    assert Rate.of(0, seconds=60) is UNLIMITED
    buckets = Buckets(UNLIMITED, 1)
    assert all(buckets.take("key", 0) for _ in range(10_000))


class TestAllowance:
    """What one connection may send."""

    def test_within_the_burst_nothing_waits_and_nobody_asks_for_the_time(self) -> None:
        asked: list[None] = []

        def clock() -> float:
            asked.append(None)
            return 0

        allowance = Allowance(Rate.of(1000, seconds=10), Rate.of(100, seconds=10), clock)
        assert [allowance.spend(100, 10) for _ in range(10)] == [0] * 10
        assert len(asked) == 1
        assert allowance.spend(100, 10) > 0

    def test_what_is_too_much_is_waited_for(self) -> None:
        allowance = Allowance(Rate.of(1000, seconds=10), UNLIMITED, lambda: 0)
        assert allowance.spend(1500, 1) == 5  # 500 too many, 100 a second
        allowance = Allowance(UNLIMITED, Rate.of(100, seconds=10), lambda: 0)
        assert allowance.spend(1, 130) == 3

    def test_time_gives_back(self) -> None:
        time = 0.0
        allowance = Allowance(Rate.of(1000, seconds=10), UNLIMITED, lambda: time)
        assert allowance.spend(2000, 1) == 10
        time = 10.0
        assert allowance.spend(0, 1) == 0
        assert allowance.spend(100, 1) == 1

    @given(st.lists(st.tuples(st.integers(1, 3000), st.floats(0, 20)), max_size=50))
    def test_who_waits_as_told_keeps_to_the_rate(self, pieces: list[tuple[int, float]]) -> None:
        """At most two bursts more than the rate gives, and the piece that made it too much."""
        time, sent, rate = 0.0, 0, Rate.of(1000, seconds=10)
        allowance = Allowance(rate, UNLIMITED, lambda: time)
        for size, silence in pieces:
            time += silence
            assert sent <= 2 * rate.burst + time * rate.per_second + 1e-6
            sent += size
            time += allowance.spend(size, 1)
