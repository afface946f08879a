"""Conditions as people type them: `500000 < 12.50 once`, `SAP crosses above 120.5`, `SAP +5% in 1h`."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

from components.notifier.watch import hours, moments, prices
from components.notifier.watch.conditions import (
    Average,
    Change,
    Comparison,
    Condition,
    Measure,
    Price,
    instrument,
)

FORMS: Final = (
    "500000 < 12.50 once",
    "SAP crosses above 120.5 every time back 0.5",
    "SAP +5% in 1h every 4h",
    "SAP EUR < avg 20 hours mon-fri 09:00-17:30 Europe/Berlin until 2027-12-31",
)
MOST_QUOTES: Final = 10_000  # of a moving average
LONGEST_PERIOD: Final = 366 * moments.DAY

_WORDS: dict[Comparison, tuple[str, ...]] = {
    "<": ("<", "below", "under"),
    ">": (">", "above", "over"),
    "<=": ("<=", "=<", "≤"),
    ">=": (">=", "=>", "≥"),
}
_COMPARISONS = {word: comparison for comparison, words in _WORDS.items() for word in words}
_SIGNS = re.compile(r"<=|=<|>=|=>|[<>≤≥]")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9._:/^=+*&$#-]{0,31}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PERCENT = re.compile(r"([+\-−])([\d.,]+)%?")


class NotUnderstood(ValueError):
    """The text is no condition; the message says why, and shows what one looks like."""


def read(text: str, zone: str, now: int, named: Callable[[str], str | None] = lambda _: None) -> Condition:
    """The condition in a text.

    `zone` is the time zone of times that name none, `now` the moment from which a length of time counts;
    `named` knows the hours the configuration has a name for. Raises `NotUnderstood`.
    """
    return _Reader(text, zone, now, named).condition()


def symbol(text: str) -> str:
    """A security's symbol, or its number, as quotes name it. Raises `NotUnderstood`."""
    if not _SYMBOL.fullmatch(text.upper()):
        _refuse(f"{text!r} is no symbol: 1 to 32 letters, digits or . _ : / ^ = + * & $ # -")
    return text.upper()


class _Reader:
    """Takes the words from the front."""

    def __init__(self, text: str, zone: str, now: int, named: Callable[[str], str | None]) -> None:
        self._words = _SIGNS.sub(_apart, text).split()
        self._zone, self._now, self._named = zone, now, named

    def condition(self) -> Condition:
        name = symbol(self._take("the symbol"))
        currency = self._currency()
        condition = self._measured(instrument(name))
        currency = self._currency() or currency
        if currency:
            condition = replace(condition, symbol=instrument(name, currency))
        while self._words:
            condition = self._with_option(condition)
        _require_reachable(condition)
        return condition

    def _measured(self, name: str) -> Condition:
        word = self._take("what to watch for, such as `< 12.50`")
        lower = word.lower()
        if lower in _COMPARISONS:
            return self._limit(name, _COMPARISONS[lower], crossing=False)
        if lower in ("crosses", "cross", "crossing"):
            return self._crossing(name)
        match = _PERCENT.fullmatch(word)
        if match is None:
            _refuse(f"{word!r} is none of < > <= >=, crosses, +5%, -5%")
        return self._change(name, "+" if match[1] == "+" else "-", match[2])

    def _crossing(self, name: str) -> Condition:
        word = self._take("above or below").lower()
        words: dict[str, Comparison] = {"above": ">", "over": ">", "up": ">", "below": "<", "under": "<"}
        comparison = words.get(word) or ("<" if word == "down" else None)
        if comparison is None:
            _refuse(f"after crosses stands above or below, not {word!r}")
        return self._limit(name, comparison, crossing=True)

    def _limit(self, name: str, comparison: Comparison, *, crossing: bool) -> Condition:
        word = self._take("the limit, such as 12.50")
        if word.lower() not in ("avg", "average", "sma"):
            return Condition(name, Price(), comparison, _limit(word), crossing)
        return Condition(name, self._average(), comparison, 0, crossing)

    def _average(self) -> Measure:
        word = self._take("over how many quotes (avg 20) or how much time (avg 1h)")
        if not word.isdecimal():
            return Average(period=_length(word))
        if not 2 <= int(word) <= MOST_QUOTES:
            _refuse(f"an average is over 2 to {MOST_QUOTES} quotes, not {word}")
        return Average(quotes=int(word))

    def _change(self, name: str, sign: str, percent: str) -> Condition:
        if self._words and self._words[0] == "%":
            self._words.pop(0)
        level = _limit(percent)
        if self._take("in and a period, such as `in 1h`").lower() not in ("in", "within"):
            _refuse("after a percentage stands its period, such as `in 1h`")
        measure = Change(self._length_of_words("the period, such as 1h"), upwards=sign == "+")
        return Condition(name, measure, ">=" if sign == "+" else "<=", level if sign == "+" else -level)

    def _currency(self) -> str:
        """A word of three letters that is none of the grammar's."""
        word = self._words[0] if self._words else ""
        if not _CURRENCY.fullmatch(word.upper()) or word.lower() in ("for", "avg", "sma"):
            return ""
        return self._words.pop(0).upper()

    def _with_option(self, condition: Condition) -> Condition:
        word = self._take("").lower()
        match word:
            case "once":
                return condition if condition.once else replace(condition, once=True, pause=0)
            case "every":
                return self._repeated(condition)
            case "at" if [other.lower() for other in self._words[:2]] == ["most", "every"]:
                del self._words[:2]
                return self._repeated(condition)
            case "back":
                return replace(condition, back=self._back(condition))
            case "hours" | "during":
                return replace(condition, hours=self._hours())
            case "until":
                return replace(condition, until=self._until())
            case "for":
                return replace(condition, until=self._now + self._length_of_words("how long, such as 30d"))
        raise _refusal(f"{word!r} is none of once, every, back, hours, until, for")

    def _repeated(self, condition: Condition) -> Condition:
        if self._words and self._words[0].lower() == "time":
            self._words.pop(0)
            return replace(condition, once=False, pause=0)
        return replace(condition, once=False, pause=self._length_of_words("time, or a pause such as 1h"))

    def _back(self, condition: Condition) -> int:
        word = self._take("by how much, such as `back 0.20`")
        number = word.removesuffix("%")
        if self._words and self._words[0] == "%":
            word += self._words.pop(0)
        back = _limit(number)
        if isinstance(condition.measure, Price) and word.endswith("%"):
            return abs(condition.level) * back // (100 * prices.SCALE)
        if isinstance(condition.measure, Average) and word.endswith("%"):
            _refuse("back counts in the price's unit here, such as `back 0.20`")
        return back

    def _hours(self) -> hours.Hours:
        if self._words and (text := self._named(self._words[0].lower())) is not None:
            self._words.pop(0)
            return _hours(text, self._zone)
        words = []
        while self._words and self._words[0].lower() not in ("once", "every", "at", "back", "until", "for"):
            words.append(self._words.pop(0))
        return _hours(" ".join(words), self._zone)

    def _until(self) -> int:
        """A date means the end of that day."""
        word = self._take("a date, such as `until 2027-12-31`")
        try:
            day = date.fromisoformat(word)
        except ValueError:
            _refuse(f"{word!r} is no date such as 2027-12-31")
        local = datetime.combine(day + timedelta(days=1), datetime.min.time())
        if self._words and re.fullmatch(r"\d\d?:\d\d(:\d\d)?", self._words[0]):
            time = self._words.pop(0)
            try:
                local = datetime.fromisoformat(f"{day} {time.zfill(5 if time.count(':') == 1 else 8)}")
            except ValueError:
                _refuse(f"{time} is no time of day")
        zone = self._zone
        if self._words and self._words[0] == "UTC":
            zone = self._words.pop(0)
        return moments.moment_of(local.replace(tzinfo=ZoneInfo(zone)))

    def _length_of_words(self, what: str) -> int:
        """`1h`, and `1 hour`."""
        word = self._take(what)
        if word.isdecimal() and self._words:
            word += self._words.pop(0)
        return _length(word)

    def _take(self, what: str) -> str:
        if not self._words:
            _refuse(f"{what} is missing")
        return self._words.pop(0)


def _apart(sign: "re.Match[str]") -> str:
    return f" {sign[0]} "


def _require_reachable(condition: Condition) -> None:
    """What can never hold, or never hold again, is a mistake."""
    change = isinstance(condition.measure, Change)
    if not isinstance(condition.measure, Average) and not condition.level:
        _refuse("a limit of 0 tells nothing")
    if change and condition.level <= -100 * prices.SCALE:
        _refuse("no price falls by 100%")
    if (change or condition.upwards) and condition.level and condition.back >= abs(condition.level):
        _refuse(f"back {prices.shown(condition.back, 0)} is as much as the limit itself: it never comes back")


def _limit(text: str) -> int:
    try:
        return prices.limit(text)
    except prices.NoPrice as error:
        _refuse(str(error))


def _length(text: str) -> int:
    try:
        length = moments.length(text.lower())
    except ValueError as error:
        _refuse(str(error))
    if length > LONGEST_PERIOD:
        _refuse("366 days is the longest")
    return length


def _hours(text: str, zone: str) -> hours.Hours:
    try:
        return hours.read(text, zone)
    except hours.NoHours as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    raise _refusal(why)


def _refusal(why: str) -> NotUnderstood:
    return NotUnderstood(f"{why}. Examples: " + "; ".join(f"watch {form}" for form in FORMS))
