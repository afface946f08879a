"""A room's configuration: settings declared one by one, values kept only where they differ.

A setting is a field of the configuration form (XEP-0045 §16.5.3) and a value in the store; a room
with the default configuration holds an empty mapping.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from components.common.errors import StanzaError
from components.common.forms import Field, Option, boolean

T = TypeVar("T")

LONGEST_LINE = 500  # characters; names stand in lists of many rooms


@dataclass(frozen=True, slots=True, eq=False)
class Setting(Generic[T]):
    """One field of the form. Values are what JSON has: text, truth, number, list."""

    var: str
    label: str
    type: str  # of the field, XEP-0004 §3.3
    default: T
    decode: Callable[[Sequence[str]], T]  # raises ValueError, saying what would be right
    encode: Callable[[T], Sequence[str]]
    options: tuple[Option, ...] = ()

    def field(self, value: T) -> Field:
        """The field, filled with the present value."""
        return Field(self.var, self.encode(value), self.type, self.label, self.options)


def yes_or_no(var: str, label: str, default: bool) -> Setting[bool]:
    """A boolean field."""
    return Setting(var, label, "boolean", default, boolean, lambda value: ["1" if value else "0"])


def line(var: str, label: str, private: bool = False) -> Setting[str]:
    """A line of text of at most `LONGEST_LINE` characters, empty by default; shown in dots if `private`."""
    return Setting(
        var,
        label,
        "text-private" if private else "text-single",
        "",
        _line,
        lambda value: [value] if value else [],
    )


def number(var: str, label: str, default: int, bounds: range, absent: tuple[str, ...] = ()) -> Setting[int]:
    """A number within bounds; one of the words `absent` stands for 0."""

    def decode(values: Sequence[str]) -> int:
        value = _one(values).strip()
        if value in absent:
            return 0
        if not value.isascii() or not value.isdecimal() or int(value) not in bounds:
            raise ValueError(f"expected a number from {bounds.start} to {bounds.stop - 1}")
        return int(value)

    return Setting(var, label, "text-single", default, decode, lambda value: [str(value)])


def choice(var: str, label: str, default: str, options: Sequence[Option]) -> Setting[str]:
    """One of several words."""
    words = [option.value for option in options]

    def decode(values: Sequence[str]) -> str:
        if len(values) != 1 or values[0] not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return values[0]

    return Setting(var, label, "list-single", default, decode, lambda value: [value], tuple(options))


def choices(var: str, label: str, default: Sequence[str], options: Sequence[Option]) -> Setting[list[str]]:
    """Any of several words."""
    words = [option.value for option in options]

    def decode(values: Sequence[str]) -> list[str]:
        if not set(values) <= set(words):
            raise ValueError(f"expected some of {', '.join(words)}")
        return [word for word in words if word in values]

    return Setting(var, label, "list-multi", list(default), decode, lambda value: value, tuple(options))


def _line(values: Sequence[str]) -> str:
    value = _one(values)
    if len(value) > LONGEST_LINE:
        raise ValueError(f"expected at most {LONGEST_LINE} characters")
    return value


def _one(values: Sequence[str]) -> str:
    if len(values) > 1:
        raise ValueError("expected one value")
    return values[0] if values else ""


class RoomConfig:
    """The values of one room; immutable, a change makes a new one."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] = {}) -> None:
        self._values = values

    def __getitem__(self, setting: Setting[T]) -> T:
        value: T = self._values.get(setting.var, setting.default)
        return value

    def with_values(self, changes: Mapping[Setting[Any], Any]) -> "RoomConfig":
        """A configuration with some values set."""
        values = dict(self._values)
        for setting, value in changes.items():
            values[setting.var] = value
            if value == setting.default:
                del values[setting.var]
        return RoomConfig(values)

    def submitted(
        self, settings: Iterable[Setting[Any]], values: Mapping[str, Sequence[str]]
    ) -> "RoomConfig":
        """A configuration with the fields of a submitted form; fields that are not ours are ignored.

        Raises `not-acceptable` for an impossible value (§10.1.3).
        """
        changes: dict[Setting[Any], Any] = {}
        for setting in settings:
            if setting.var in values:
                try:
                    changes[setting] = setting.decode(values[setting.var])
                except ValueError as error:
                    raise StanzaError("not-acceptable", f"{setting.label}: {error}") from None
        return self.with_values(changes)

    def differences(self, other: "RoomConfig") -> set[str]:
        """The `var`s of all settings that differ."""
        keys = self._values.keys() | other._values.keys()
        missing = object()
        return {key for key in keys if self._values.get(key, missing) != other._values.get(key, missing)}

    def stored(self) -> str:
        """For the store."""
        return json.dumps(self._values, ensure_ascii=False) if self._values else ""

    @classmethod
    def restored(cls, stored: str) -> "RoomConfig":
        """From the store."""
        return cls(json.loads(stored)) if stored else cls()
