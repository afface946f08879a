"""The index finds what looking at every condition finds; and each kind of condition by example."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.notifier.watch import grammar
from components.notifier.watch.conditions import Average, Change, Condition, Measure, Price
from components.notifier.watch.hours import read
from components.notifier.watch.matching import Engine
from components.notifier.watch.moments import DAY, HOUR, MINUTE, SECOND, moment_of
from components.notifier.watch.prices import SCALE, quoted
from components.notifier.watch.series import series
from components.notifier.watch.watches import Phase, Standing, Watch
from tests.components.notifier.watch.naive import NaiveWatch

MONDAY = moment_of(datetime(2026, 5, 4, 8, 0, tzinfo=UTC))
HOURS = read("mon-fri 09:00-17:30 Europe/Berlin", "UTC")


class Exchange:
    """An engine with one security, whose clock the quotes move."""

    def __init__(self, *conditions: str, now: int = MONDAY) -> None:
        self.engine, self.now = Engine(), now
        self.watches = [self.watch(n, text) for n, text in enumerate(conditions)]

    def watch(self, number: int, text: str) -> Watch:
        """One more watch."""
        condition = grammar.read(f"SAP {text}", "Europe/Berlin", self.now)
        watch = Watch(number, "ann@example", condition, Standing(Phase.ARMED))
        self.engine.admit(watch)
        return watch

    def quotes(self, *prices: str, every: int = SECOND) -> list[str]:
        """The prices at which the first watch told."""
        return [price for price in prices if 0 in self.quote(price, every)]

    def quote(self, price: str, after: int = SECOND) -> list[int]:
        """The numbers of those who told."""
        self.now += after
        return [match.watch.number for match in self.engine.feed([("SAP", quoted(price), self.now)]).matches]


@pytest.mark.parametrize(
    ("condition", "prices", "told"),
    [
        ("< 12.50 once", "12.51 12.50 12.49999999 12.40 12.60 12.40", "12.49999999"),
        ("<= 12.50 once", "12.50000001 12.50 12.40", "12.50"),
        ("> 12.50 once", "12.50 12.50000001", "12.50000001"),
        (">= 12.50 once", "12.4 12.5", "12.5"),
        ("< 12.50 every time", "12.40 12.30 12.50 12.49", "12.40 12.49"),
        ("< 12.50 every time back 0.20", "12.40 12.60 12.45 12.70 12.41 12.40", "12.40 12.41"),
        ("> 5 every time back 1", "6 4.5 5.5 4 5.1", "6 5.1"),
        ("crosses above 120.5 once", "121 120.5 120.6", "120.6"),
        ("crosses above 120.5 every time", "120 121 122 120.5 120.6", "121 120.6"),
        ("crosses below 10 every time", "9 10 9 10.5 9.99", "9 9.99"),
        ("+5% in 1h once", "100 104.99999999 105 120", "105"),
        ("+5% in 1h every time", "100 90 94.49 94.5 99 94 95", "94.5 95"),
        ("-10% in 1h every time back 2%", "100 90 91.9 90 92 90", "90 90"),
        ("> avg 3 once", "1 2 3", "3"),
        ("< avg 3 every time", "3 2 2 3 2 2 1", "2 2"),
        ("crosses above avg 3 once", "9 9 9 9 8 10", "10"),
    ],
)
def test_kinds_of_conditions(condition: str, prices: str, told: str) -> None:
    """Each tells at exactly these quotes."""
    assert Exchange(condition).quotes(*prices.split()) == told.split()


def test_a_crossing_knows_the_last_quote() -> None:
    """What was on the near side when the watch was made crosses with the next quote."""
    exchange = Exchange()
    exchange.quote("119")
    exchange.watch(0, "crosses above 120 once")
    exchange.watch(1, "crosses below 120 once")
    assert exchange.quote("121") == [0]
    assert exchange.quote("119") == [1]


def test_at_most_every_hour() -> None:
    """What is met again in the pause is told when it is over, if it still holds."""
    exchange = Exchange("< 10 every 1h")
    assert exchange.quotes("9", "11", "9", "9", every=MINUTE) == ["9"]
    assert exchange.quote("9.5", after=57 * MINUTE - SECOND) == []
    assert exchange.quote("9.4", after=SECOND) == [0]
    assert exchange.quotes("11", "9", every=MINUTE) == []
    assert exchange.quote("11", after=HOUR) == []
    assert exchange.quote("9", after=SECOND) == [0]


def test_a_change_outside_the_period_is_none() -> None:
    """100 is forgotten after an hour, and a 240th part of it."""
    exchange = Exchange("+5% in 1h once")
    exchange.quote("100")
    assert exchange.quote("104", after=HOUR - SECOND) == []
    assert exchange.quote("105", after=17 * SECOND) == []
    assert exchange.quote("109.2", after=SECOND) == [0]


def test_a_mean_over_a_period_waits_for_it() -> None:
    """One quote is no mean."""
    exchange = Exchange("< avg 1h once")
    assert exchange.quotes("10", "9", "8", every=20 * MINUTE) == []
    assert exchange.quote("9", after=19 * MINUTE) == []
    assert exchange.quote("8", after=MINUTE) == [0]


def test_outside_its_hours_a_watch_sees_nothing() -> None:
    """Neither to tell nor to count again: what opens beyond the level has crossed it."""
    exchange = Exchange("crosses above 120 every time hours 09:00-17:30")
    friday = moment_of(datetime(2026, 5, 8, 15, 29, 59, tzinfo=UTC))
    assert exchange.quote("119", friday - exchange.now) == []
    assert exchange.quote("125", SECOND) == []
    assert exchange.quote("119", 2 * DAY) == []
    assert exchange.quote("125", moment_of(datetime(2026, 5, 11, 7, 0, tzinfo=UTC)) - exchange.now) == [0]


def test_an_end() -> None:
    """From that moment on nothing is told; the watch says that it has expired."""
    exchange = Exchange("< 10 every time until 2026-05-04 11:00")
    [watch] = exchange.watches
    assert exchange.quote("9", after=moment_of(datetime(2026, 5, 4, 8, 59, 59, tzinfo=UTC)) - exchange.now)
    assert exchange.quote("11", after=SECOND) == []
    assert watch.standing.phase is Phase.EXPIRED
    assert exchange.quote("9") == []


def test_late_quotes_change_nothing() -> None:
    """Of a symbol's quotes, one that is older than the last is passed over; one of the same moment is not."""
    engine = Engine()
    watch = Watch(1, "ann@example", grammar.read("SAP < 10", "UTC", 0), Standing(Phase.ARMED))
    engine.admit(watch)
    outcome = engine.feed([("SAP", 11 * SCALE, 100), ("SAP", 9 * SCALE, 99), ("SAP", 12 * SCALE, 100)])
    assert (outcome.taken, outcome.late, outcome.matches) == (2, 1, [])
    assert engine.instruments["SAP"].price == 12 * SCALE


def test_symbols_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many, only those somebody watches are remembered."""
    monkeypatch.setattr("components.notifier.watch.matching.MOST_INSTRUMENTS", 2)
    engine = Engine()
    outcome = engine.feed([("A", SCALE, 1), ("B", SCALE, 1), ("C", SCALE, 1)])
    assert (outcome.taken, outcome.unknown, [*engine.instruments]) == (2, 1, ["A", "B"])
    watch = Watch(1, "ann@example", grammar.read("C < 10", "UTC", 0), Standing(Phase.ARMED))
    engine.admit(watch)
    assert len(engine.feed([("C", SCALE, 2)]).matches) == 1


def test_a_watch_that_is_dismissed_leaves_nothing() -> None:
    """Neither a threshold nor an instrument that nobody quotes."""
    exchange = Exchange("< 10 every 1h", "crosses above 12")
    for watch in exchange.watches:
        exchange.engine.dismiss(watch)
    assert not exchange.engine.instruments


def test_many_at_once() -> None:
    """A fall through a thousand limits meets each, the first first; the recovery arms them again."""
    exchange = Exchange()
    for number in range(1000):
        exchange.watch(number, f"< {1000 + number} every time")
    assert exchange.quote("999.5") == [*range(999, -1, -1)]
    assert exchange.quote("3000") == []
    assert exchange.quote("1990") == [*range(999, 990, -1)]


# -- the index and the naive reading ----------------------------------------------------------------

LEVELS = st.integers(95, 105).map(lambda level: level * SCALE)
MEASURES: st.SearchStrategy[Measure] = st.one_of(
    st.just(Price()),
    st.builds(Change, st.sampled_from([30 * SECOND, 600 * SECOND]), st.booleans()),
    st.builds(Average, st.integers(2, 5)),
    st.builds(lambda period: Average(period=period), st.sampled_from([30 * SECOND, 600 * SECOND])),
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """Any condition whose levels the quotes below come near to."""
    measure = draw(MEASURES)
    comparison = draw(st.sampled_from(["<", "<=", ">", ">="]))
    level = 0
    if isinstance(measure, Price):
        level = draw(LEVELS)
    elif isinstance(measure, Change):
        level = draw(st.integers(1, 4)) * SCALE * (1 if measure.upwards else -1)
        comparison = ">=" if measure.upwards else "<="
    return Condition(
        "SAP",
        measure,
        comparison,
        level,
        crossing=draw(st.booleans()),
        back=draw(st.sampled_from([0, 0, SCALE // 2])),
        once=draw(st.booleans()),
        pause=draw(st.sampled_from([0, 0, 50 * SECOND])),
        until=draw(st.sampled_from([None, None, MONDAY + 300 * SECOND])),
        hours=draw(st.sampled_from([None, None, HOURS])),
    )


QUOTES = st.lists(
    st.tuples(
        st.integers(940, 1060).map(lambda tenths: tenths * SCALE // 10),
        st.sampled_from([0, SECOND, SECOND, 20 * SECOND, 300 * SECOND, 9 * HOUR]),
    ),
    max_size=60,
)


@given(st.lists(conditions(), min_size=1, max_size=12), QUOTES)
def test_the_index_finds_what_a_scan_finds(
    wanted: Sequence[Condition], quotes: list[tuple[int, int]]
) -> None:
    """For any conditions and any quotes, the same watches tell at the same quotes."""
    engine, now = Engine(), MONDAY
    for number, condition in enumerate(wanted):
        engine.admit(Watch(number, "ann@example", condition, Standing(Phase.ARMED)))
    naive = [NaiveWatch(condition) for condition in wanted]
    for price, later in quotes:
        now += later
        outcome = engine.feed([("SAP", price, now)])
        told = {match.watch.number for match in outcome.matches}
        assert told == {number for number, watch in enumerate(naive) if watch.sees(price, now)}
        assert len(outcome.matches) == len(told)


@given(st.lists(conditions(), min_size=1, max_size=8), QUOTES, QUOTES)
def test_what_is_taken_back_has_not_happened(
    wanted: Sequence[Condition], kept: list[tuple[int, int]], undone: list[tuple[int, int]]
) -> None:
    """Quotes whose commit failed leave every watch where it stood, and match again when they come again."""
    engine, now = Engine(), MONDAY
    wanted = [
        replace(condition, measure=Price(), level=condition.level or 100 * SCALE) for condition in wanted
    ]
    watches = [
        Watch(n, "ann@example", condition, Standing(Phase.ARMED)) for n, condition in enumerate(wanted)
    ]
    for watch in watches:
        engine.admit(watch)
    feeds = []
    for part in (kept, undone):
        feed = []
        for price, later in part:
            now += later
            feed.append(("SAP", price, now))
        feeds.append(feed)
    engine.feed(feeds[0])
    before = [watch.standing for watch in watches]
    outcome = engine.feed(feeds[1])
    engine.take_back(outcome)
    assert [watch.standing for watch in watches] == before
    again = engine.feed(feeds[1])
    # A watch in its pause that was met before stays asleep, which ends later at the same quotes.
    assert [(m.watch.number, m.moment) for m in again.matches] == [
        (m.watch.number, m.moment) for m in outcome.matches
    ]


@given(MEASURES, QUOTES, QUOTES)
def test_a_series_goes_on_from_its_state(
    measure: Measure, first: list[tuple[int, int]], then: list[tuple[int, int]]
) -> None:
    """What another process reads from the store is all that is needed."""
    one, now = series(measure), MONDAY
    for price, later in first:
        now += later
        one.next(price, now)
    other = series(measure)
    other.restore(one.state())
    assert other.reference() == one.reference()
    for price, later in then:
        now += later
        assert other.next(price, now) == one.next(price, now)
