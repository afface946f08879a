"""What a reload finds changed."""

from dataclasses import replace

import pytest

from core_router.config import Bounds, Clients, Component, RouterTable
from core_router.runtime.reload import applicable, changed_keys, is_reloadable

BEFORE = RouterTable(component={"a.localhost": Component("1"), "b.localhost": Component("2")})


def changed(after: RouterTable) -> set[str]:
    return set(changed_keys(BEFORE, after, "core_router"))


def test_nothing() -> None:
    assert changed(replace(BEFORE, clients=Clients(), component=dict(BEFORE.component))) == set()


@pytest.mark.parametrize(
    ("after", "keys"),
    [
        (replace(BEFORE, database="sqlite:///other"), {"core_router.database"}),
        (
            replace(BEFORE, clients=Clients(port=1, idle_ping=9)),
            {"core_router.clients.port", "core_router.clients.idle_ping"},
        ),
        (replace(BEFORE, limits=Bounds(depth=5)), {"core_router.limits.depth"}),
        (replace(BEFORE, more_domains=["other.example"]), {"core_router.more_domains"}),
    ],
)
def test_a_key_is_named_by_its_place(after: RouterTable, keys: set[str]) -> None:
    assert changed(after) == keys


def test_tables_of_tables_are_compared_by_name() -> None:
    after = replace(BEFORE, component={"b.localhost": Component("new"), "c.localhost": Component("3")})
    assert changed(after) == {f'core_router.component."{name}.localhost"' for name in "abc"}


@pytest.mark.parametrize(
    ("key", "guests", "reloadable"),
    [
        ("log_level", False, True),
        ("domain", False, False),
        ("core_router.database", False, False),
        ("core_router.clients.port", False, False),
        ("core_router.clients.idle_ping", False, True),
        ("core_router.login.plain", False, True),
        ("core_router.login.guests", False, False),
        ("core_router.login.guests", True, True),
        ("core_router.limits.depth", False, True),
        ("core_router.limits.multicast_addresses", False, False),
        ("core_router.component", False, True),
        ("core_router.components.port", False, False),
    ],
)
def test_what_is_applied_without_a_restart(key: str, guests: bool, reloadable: bool) -> None:
    assert is_reloadable(key, guests=guests) is reloadable


def test_what_needs_a_restart_stays_as_it_is() -> None:
    after = replace(
        BEFORE,
        database="sqlite:///other",
        clients=Clients(port=1, idle_ping=9),
        limits=Bounds(depth=5),
        component={"c.localhost": Component("3")},
    )
    reloadable = {"core_router.clients.idle_ping", "core_router.limits.depth", "core_router.component"}
    applied = applicable(BEFORE, after, "core_router", reloadable.__contains__)
    assert applied == replace(
        BEFORE, clients=Clients(idle_ping=9), limits=Bounds(depth=5), component=after.component
    )
    assert set(changed_keys(applied, after, "")) == {"database", "clients.port"}
