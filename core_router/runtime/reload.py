"""What changes when the configuration is read again, and what must wait for a restart."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any


def changed_keys(before: Any, after: Any, place: str) -> Iterator[str]:
    """The dotted keys in which two configurations of one dataclass differ."""
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        where = f"{place}.{field.name}" if place else field.name
        if is_dataclass(old) and is_dataclass(new):
            yield from changed_keys(old, new, where)
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from (f'{where}."{key}"' for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        elif old != new:
            yield where
