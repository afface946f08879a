"""What changes when the configuration is read again, and what must wait for a restart."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

_T = TypeVar("_T")


def changed_keys(before: Any, after: Any, place: str) -> Iterator[str]:
    """The dotted keys in which two configurations of one dataclass differ."""
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        where = _key(place, field.name)
        if is_dataclass(old) and is_dataclass(new):
            yield from changed_keys(old, new, where)
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from (f'{where}."{key}"' for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        elif old != new:
            yield where


def applicable(before: _T, after: _T, place: str, reloadable: Callable[[str], bool]) -> _T:
    """`after`, but as it was before in each key that is not reloadable: what holds until the next restart.

    A table of tables, such as that of the components, is one key.
    """
    values: dict[str, Any] = {}
    for field in fields(before):  # type: ignore[arg-type]  # a dataclass
        old, new = getattr(before, field.name), getattr(after, field.name)
        where = _key(place, field.name)
        if is_dataclass(old):
            values[field.name] = applicable(old, new, where, reloadable)
        else:
            values[field.name] = new if reloadable(where) else old
    return replace(before, **values)  # type: ignore[type-var]


def _key(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
