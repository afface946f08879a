"""An office with a rule for ann and bob, one after the other, and a team's room."""

from typing import Any

import pytest

from tests.components.notifier.alerts.machines import Machines
from tests.components.notifier.office import Office, Somebody

PEOPLE = {
    "persons": {"ann": {"mail": "ann@mail.example"}, "bob": {}, "carol": {}},
    "teams": {"ops": {"members": ["ann", "bob"]}},
    "policies": {
        "servers": {"steps": [{"tell": ["ann"], "wait": 300}, {"tell": ["bob"], "wait": 600}]},
    },
}


@pytest.fixture
def office() -> Office:
    return furnished(tell=["policy:servers"])


def furnished(kind: type[Office] = Office, /, **alerts: Any) -> Office:
    """An office with these settings of `[notifier.alerts]`, where everybody is at their desk."""
    office = kind(people=PEOPLE, alerts=alerts)
    for name in PEOPLE["persons"]:
        office.person(f"{name}@example").sends("<presence/>").ignores()
    return office


@pytest.fixture
def machines(office: Office) -> Machines:
    return Machines(office)


@pytest.fixture
def ann(office: Office) -> Somebody:
    return office.person("ann@example")


@pytest.fixture
def bob(office: Office) -> Somebody:
    return office.person("bob@example")
