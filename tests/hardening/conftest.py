"""A router for those who attack it: its rates are small, and the tests themselves are exempt from them."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.core_router.conftest import alice, bob, no_errors_are_logged, world
from tests.hardening.attackers import COMPONENT, SECRET, Neighbourhood
from tests.servers.stellwerk import Stellwerk

__all__ = ["alice", "bob", "no_errors_are_logged", "world"]

RATES = {
    "client_stanzas": 200,
    "client_bytes": 20_000,
    "connections": 40,
    "new_connections": 60,
    "failed_logins": 5,
    "exempt": ["127.0.0.1/32"],
}


@pytest.fixture(scope="package")
def server() -> Iterator[Stellwerk]:
    """The running installation."""
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.add_component(COMPONENT, SECRET)
    made.configure(_with_small_rates)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def _with_small_rates(document: tomlkit.TOMLDocument) -> None:
    router: Any = document["core_router"]
    router["rates"] = RATES
    router["clients"]["login_timeout"] = 10


@pytest.fixture
def here(server: Stellwerk, runner: asyncio.Runner) -> Iterator[Neighbourhood]:
    """Parties that connect from where no limits are."""
    made = Neighbourhood(server, "127.0.0.1")
    yield made
    runner.run(made.ends())


@pytest.fixture
def there(server: Stellwerk, runner: asyncio.Runner) -> Iterator[Neighbourhood]:
    """Parties that connect from an address nobody has connected from before."""
    made = Neighbourhood.elsewhere(server)
    yield made
    runner.run(made.ends())
