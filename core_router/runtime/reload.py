"""What changes when the configuration is read again, and what must wait for a restart."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

# Keys that are applied without a restart, or tables all of whose keys are.
_RELOADABLE: Final = frozenset(
    (
        "administrators",  # they are none of the router's business
        "log_level",
        "core_router.more_domains",
        "core_router.clients.require_tls",
        "core_router.clients.login_timeout",
        "core_router.clients.idle_ping",
        "core_router.clients.idle_timeout",
        "core_router.login",
        "core_router.http.origins",
        "core_router.http.trusted_proxies",
        "core_router.tls",
        "core_router.limits",
        "core_router.contact",
        "core_router.shared_groups",
        "core_router.rates",
        "core_router.link",
        "core_router.resumption",
        "core_router.component",
    )
)
_TOLD_TO_COMPONENTS: Final = "core_router.limits.multicast_addresses"  # when they connect
_GUESTS: Final = "core_router.login.guests"


def is_reloadable(key: str, *, guests: bool) -> bool:
    """Whether a key is applied without a restart; `guests`: whether the router was started with some.

    One that was not is put together in a way that costs less.
    """
    if key == _GUESTS:
        return guests
    return (key in _RELOADABLE or key.rpartition(".")[0] in _RELOADABLE) and key != _TOLD_TO_COMPONENTS


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
