"""XEP-0033 is taken from the room service, and given back, while people talk: nobody notices."""

import time
from typing import Any

import pytest
import tomlkit

from bench.restart.crowd import fall_silent, talk
from bench.restart.installation import Installation
from bench.restart.scenario import Size, gathered

pytestmark = pytest.mark.slow

SIZE = Size(clients=12, rooms=3, rate=5.0)
ROOMS = "conference.localhost"


def allow(home: Installation, multicast: bool) -> list[str]:
    """Change the configuration, and have the router read it; the keys it has applied."""
    document: Any = tomlkit.parse(home.home.configuration.read_text())
    document["core_router"]["component"][ROOMS]["multicast"] = multicast
    home.home.configuration.write_text(tomlkit.dumps(document))
    applied: list[str] = home.ask("core_router", "reload")["applied"]
    return applied


async def test_while_people_talk(home: Installation) -> None:
    """What is on its way in the one form arrives in the other, once and in its place."""
    async with gathered(home, SIZE) as crowd:
        talking = talk(crowd.people, SIZE.rate)
        for multicast in (False, True, False, True):
            assert any(ROOMS in key for key in allow(home, multicast))
            await crowd.heard_after(time.monotonic())
        await fall_silent(talking)
        await crowd.settle()
        await crowd.count_archives()
        verdict = crowd.judge()
    assert verdict.good, verdict
    assert verdict.expected > 20
