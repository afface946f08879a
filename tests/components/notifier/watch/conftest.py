"""A notifier with a stock watch, and somebody who watches."""

import pytest

from tests.components.notifier.office import Office, Somebody
from tests.components.notifier.watch.trading import URL


@pytest.fixture
def office() -> Office:
    """A notifier that posts answers."""
    return Office(watch={"answers_url": URL, "hours": {"xetra": "mon-fri 09:00-17:30 Europe/Berlin"}})


@pytest.fixture
def ann(office: Office) -> Somebody:
    """Who watches."""
    return office.person("ann@example")
