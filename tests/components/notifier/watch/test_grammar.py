"""Conditions as text: every form, written again the same, and every mistake with its remedy."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from components.notifier.watch.conditions import Condition
from components.notifier.watch.grammar import NotUnderstood, read
from components.notifier.watch.moments import moment_of
from tests.components.notifier.watch.test_matching import conditions

NOW = moment_of(datetime(2026, 5, 4, 10, 0, tzinfo=UTC))
NAMED = {"xetra": "mon-fri 09:00-17:30 Europe/Berlin"}


def parsed(text: str) -> Condition:
    """As somebody in Berlin types it."""
    return read(text, "Europe/Berlin", NOW, NAMED.get)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("500000 < 12.50 once", "500000 < 12.50 once"),
        ("500000<12,50", "500000 < 12.50 once"),
        ("sap below 12.5 eur", "SAP EUR < 12.50 once"),
        ("SAP EUR >= 120 every time", "SAP EUR >= 120.00 every time"),
        ("SAP crosses above 120.5", "SAP crosses above 120.50 once"),
        ("SAP crosses down 120.5 at most every 2 hours", "SAP crosses below 120.50 every 2h"),
        ("SAP +5% in 1h every 90 min", "SAP +5% in 1h every 90m"),
        ("SAP -2.5 % within 3 days", "SAP -2.5% in 3d once"),
        ("SAP −2.5% in 1d back 1%", "SAP -2.5% in 1d once back 1%"),
        ("SAP < avg 20", "SAP < avg 20 once"),
        ("SAP crosses above avg 1h back 0.1", "SAP crosses above avg 1h once back 0.1"),
        ("SAP > 200 back 1%", "SAP > 200.00 once back 2"),
        ("SAP > 2 hours 10:00-12:00", "SAP > 2.00 once hours mon-fri 10:00-12:00 Europe/Berlin"),
        ("SAP > 2 during xetra", "SAP > 2.00 once hours mon-fri 09:00-17:30 Europe/Berlin"),
        ("SAP > 2 until 2026-12-31", "SAP > 2.00 once until 2026-12-31 23:00:00 UTC"),
        ("SAP > 2 until 2026-07-01 9:30", "SAP > 2.00 once until 2026-07-01 07:30:00 UTC"),
        ("SAP > 2 for 2 weeks", "SAP > 2.00 once until 2026-05-18 10:00:00 UTC"),
        ("BRK.B > 2", "BRK.B > 2.00 once"),
        ("EUR/USD < 1.07123", "EUR/USD < 1.07123 once"),
    ],
)
def test_forms(text: str, canonical: str) -> None:
    """What is understood, as it is shown; and that is understood again, wherever."""
    condition = parsed(text)
    assert condition.text() == canonical
    assert read(canonical, "Asia/Tokyo", 0) == condition


@given(conditions())
def test_every_condition_is_read_again(condition: Condition) -> None:
    """The text is what the store keeps."""
    again = read(condition.text(), "UTC", 0)
    assert again.text() == condition.text()
    assert (again.measure, again.level, again.hours, again.until) == (
        condition.measure,
        condition.level,
        condition.hours,
        condition.until,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the symbol is missing"),
        ("SAP", "what to watch for, such as `< 12.50` is missing"),
        ("SAP =! 5", "'=!' is none of"),
        ("SAP <", "the limit, such as 12.50 is missing"),
        ("SAP < twelve", "'twelve' is not a number such as 12.50"),
        ("SAP < 1,250", "write 1250 or 1.250"),
        ("SAP < 0", "a limit of 0 tells nothing"),
        ("SAP crosses 120", "after crosses stands above or below, not '120'"),
        ("SAP +5%", "in and a period, such as `in 1h` is missing"),
        ("SAP +5% in", "the period, such as 1h is missing"),
        ("SAP +5% in soon", "'soon' is no length of time"),
        ("SAP +5% in 0h", "no time at all"),
        ("SAP +5% in 60w", "366 days is the longest"),
        ("SAP -100% in 1h", "no price falls by 100%"),
        ("SAP < avg 1", "2 to 10000 quotes, not 1"),
        ("SAP < 5 twice", "'twice' is none of once, every"),
        ("SAP < 5 every", "time, or a pause such as 1h is missing"),
        ("SAP > 5 back 5", "never comes back"),
        ("SAP < avg 20 back 5%", "back counts in the price's unit"),
        ("SAP < 5 until tomorrow", "'tomorrow' is no date"),
        ("SAP < 5 until 2026-01-01 29:00", "no time of day"),
        ("SAP < 5 hours", "the times are missing"),
        ("S;P < 5", "'S;P' is no symbol"),
        ("A" * 33 + " < 5", "is no symbol"),
    ],
)
def test_mistakes(text: str, told: str) -> None:
    """What is wrong, and examples of what is right."""
    with pytest.raises(NotUnderstood) as refused:
        parsed(text)
    assert told in str(refused.value)
    assert "watch 500000 < 12.50 once" in str(refused.value)
