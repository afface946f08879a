"""Exactness at the edges: what a feed sends, what a person writes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.notifier.watch.prices import HIGHEST, SCALE, NoPrice, limit, quoted, shown


@given(st.decimals(min_value=Decimal("0.00000001"), max_value=Decimal("19999999"), places=8))
def test_a_float_gives_the_decimal_back(price: Decimal) -> None:
    """Whatever has up to 15 digits is the same number as text, as float and as limit."""
    exact = int(price * SCALE)
    assert quoted(str(price)) == exact
    assert limit(f"{price:f}") == exact
    if len(price.normalize().as_tuple().digits) <= 15:
        assert quoted(float(price)) == exact


@given(st.integers(1, HIGHEST), st.integers(0, 99))
def test_large_prices(whole: int, cents: int) -> None:
    """A price of ten billion is exact to the cent."""
    if whole < HIGHEST:
        assert quoted(float(f"{whole}.{cents:02}")) == whole * SCALE + cents * SCALE // 100


@pytest.mark.parametrize(
    "price",
    [
        *(0, -1.5, 0.0, float("nan"), float("inf"), float("-inf"), 1e11, 1e-9),
        *("", "NaN", "-1", "0", "1e11", "Infinity", "1_000", "twelve", "12,50", "１２", "0.000000001"),
    ],
)
def test_what_is_no_price(price: float | str) -> None:
    """Not a number, negative, nothing, absurd."""
    with pytest.raises(NoPrice):
        quoted(price)


def test_feeds_are_rounded_at_the_ninth_decimal() -> None:
    """Arithmetic in floats leaves dust."""
    assert quoted(0.1 + 0.2) == quoted("0.30000000000000004") == 3 * SCALE // 10


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.50", 1_250_000_000),
        ("12,50", 1_250_000_000),
        ("7", 7 * SCALE),
        (".5", SCALE // 2),
        ("007.10", 71 * SCALE // 10),
    ],
)
def test_what_people_write(text: str, number: int) -> None:
    """A comma will do."""
    assert limit(text) == number


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,250", "write 1250 or 1.250"),
        ("1,250,000", "write 1250000 or"),
        ("12.123456789", "more than 8 decimals"),
        ("90000000000", "more than 10,000,000,000"),
        ("-5", "such as 12.50"),
        ("1e5", "such as 12.50"),
        ("12.50.1", "such as 12.50"),
        ("٣", "such as 12.50"),
    ],
)
def test_what_people_must_not_write(text: str, told: str) -> None:
    """What can be read in two ways, or would be rounded, is refused with the remedy."""
    with pytest.raises(NoPrice, match=told):
        limit(text)


@given(st.integers(-HIGHEST * SCALE, HIGHEST * SCALE))
def test_shown_is_read_again(scaled: int) -> None:
    """No digit is lost."""
    assert Decimal(shown(scaled)) * SCALE == scaled
    assert len(shown(scaled).partition(".")[2]) >= 2
