"""TOML tables read into dataclasses, with every problem reported at once.

A field's type and its `Annotated[..., msgspec.Meta(...)]` bounds are the rule; a nested dataclass (or
`Dataclass | None`) is a sub-table, `dict[str, Dataclass]` a table of sub-tables, `list[Dataclass]` an
array of tables.
`ValueError` raised by a dataclass's `__post_init__` is reported at that table.
"""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class SettingsError(Exception):
    """The configuration cannot be used; `problems` has one line for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Problems(list[str]):
    """Problems found so far, one line each: file, place, what is wrong, what would be right."""

    def __init__(self, file: str | Path) -> None:
        super().__init__()
        self.file = file

    def at(self, place: str, what: str) -> None:
        """Note a problem at a dotted place, such as `core_router.clients.port`."""
        self.append(f"{self.file}: {place}: {what}" if place else f"{self.file}: {what}")

    def finish(self) -> None:
        """Raise `SettingsError` if anything was noted."""
        if self:
            raise SettingsError(list(self))


def load(path: Path) -> dict[str, Any]:
    """The file's tables. Raises `SettingsError` if it is missing, unreadable or not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        # All keys have defaults, but nobody wants only these: an editor that is just writing the file.
        if not text.strip():
            raise SettingsError([f"{path}: is empty; `stellwerk init` writes one with every key"])
        return tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError([f"{path}: no such file; `stellwerk init` writes one"]) from None
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: not TOML: {error}"]) from None


def read(kind: type[T], table: object, place: str, problems: Problems) -> T | None:
    """`table` as an instance of the dataclass `kind`; None when something was noted in `problems`."""
    if not isinstance(table, Mapping):
        problems.at(place, f"expected a table, found {_called(table)}")
        return None
    before = len(problems)
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            problems.at(_join(place, key), _unknown(key, list(fields)))
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], _join(place, name), problems)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.at(_join(place, name), "is required")
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:
        problems.at(place, str(error))
        return None


def _value(hint: Any, value: object, place: str, problems: Problems) -> Any:
    if dataclasses.is_dataclass(hint):
        return read(typing.cast(type, hint), value, place, problems)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType and dataclasses.is_dataclass(arguments[0]):  # a table that may be left out
        return read(typing.cast(type, arguments[0]), value, place, problems)
    kind = typing.cast(type, arguments[-1]) if arguments and dataclasses.is_dataclass(arguments[-1]) else None
    if origin is dict and kind and isinstance(value, Mapping):
        return {key: read(kind, item, _join(place, key), problems) for key, item in value.items()}
    if origin is list and kind and isinstance(value, list):
        return [read(kind, item, f"{place}[{at}]", problems) for at, item in enumerate(value)]
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        problems.at(place, f"{_lower(str(error))}; found {_called(value)}")
        return None


def _join(place: str, key: str) -> str:
    shown = key if key.replace("_", "").replace("-", "").isalnum() else f'"{key}"'
    return f"{place}.{shown}" if place else shown


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    if close:
        return f"unknown key; did you mean `{close[0]}`?"
    return f"unknown key; known here: {', '.join(sorted(known))}"


def _called(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
