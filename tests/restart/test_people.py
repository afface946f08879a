"""People talk, join, leave and change their nicknames while services end and return: nobody notices.

The same with more people, and a hundred times, by `make bench-restart`.
"""

import signal

import pytest

from bench.restart.installation import Installation, Service
from bench.restart.scenario import Outcome, Size, outages, router_killed

pytestmark = pytest.mark.slow

SIZE = Size(clients=12, rooms=3, rate=3.0, pause=0.5)


def nobody_noticed(outcome: Outcome) -> None:
    """Each message arrived once, in order, at all who were there; nobody saw a false leave or join."""
    assert outcome.verdict.good, outcome.verdict
    assert outcome.verdict.expected > 20
    assert outcome.broken == []
    assert outcome.new_sessions == 0


@pytest.mark.parametrize("service", ["muc", "core_router"])
async def test_restarted_in_order(home: Installation, service: Service) -> None:
    nobody_noticed(await outages(home, service, signal.SIGTERM, 3, SIZE))


async def test_the_room_service_is_killed(home: Installation) -> None:
    """At a random moment; the database is consistent, and what it holds is what people saw."""
    nobody_noticed(await outages(home, "muc", signal.SIGKILL, 4, SIZE))


async def test_the_router_is_killed(home: Installation) -> None:
    """Everybody has to log in again, but no message that was acknowledged is lost."""
    outcome = await router_killed(home, 3, SIZE)
    assert outcome.verdict.lost == 0, outcome.verdict
    assert outcome.verdict.expected > 20
    assert outcome.verdict.doubled == 0, outcome.verdict
    assert outcome.verdict.refused == 0, outcome.verdict
    assert outcome.broken == []
    assert outcome.new_sessions == 3 * SIZE.clients
