"""What tests of the router use."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.core_router.world import Client, World

# Nothing is timed here, and a failure shows how to repeat it.
settings.register_profile("router", deadline=None, database=None, print_blob=True)
settings.load_profile("router")


@pytest.fixture
def world() -> World:
    """A router with the default configuration and no accounts."""
    return World()


@pytest.fixture
def alice(world: World) -> Client:
    """A client of alice's, available, with the resource `home`."""
    return world.client("alice@localhost/home")


@pytest.fixture
def bob(world: World) -> Client:
    """A client of bob's, available, with the resource `desk`."""
    return world.client("bob@localhost/desk")


@pytest.fixture(autouse=True)
def no_errors_are_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What the router logs as an error is one; a test that provokes it clears `caplog`."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, f"logged: {errors}"
