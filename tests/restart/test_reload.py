"""The configuration changes while people talk: what can be applied is, and nobody notices."""

import time
from typing import Any

import pytest
import tomlkit

from bench.restart.crowd import fall_silent, talk
from bench.restart.installation import Installation, InstallationError, until
from bench.restart.scenario import Size, gathered

pytestmark = pytest.mark.slow

SIZE = Size(clients=9, rooms=3, rate=3.0)


def configure(home: Installation, **keys: Any) -> None:
    """Change keys of the room service."""
    document: Any = tomlkit.parse(home.home.configuration.read_text())
    document["muc"].update(keys)
    home.home.configuration.write_text(tomlkit.dumps(document))


async def test_the_room_service_while_people_talk(home: Installation) -> None:
    """Another secret, too: the stream begins anew with it, and the link goes on."""
    async with gathered(home, SIZE) as crowd:
        talking, rooms = talk(crowd.people, SIZE.rate), home.ask("muc", "figures")["rooms"]
        (home.home.path / "secrets" / "muc").write_text("speak friend\n")
        configure(home, name="Salons", rooms={"lobby": {"name": "Lobby"}}, message_bytes=5000)
        home.ask("core_router", "reload")
        reloaded = home.ask("muc", "reload")
        assert reloaded["restart_needed"] == []
        assert set(reloaded["applied"]) >= {"muc.name", "muc.rooms", "muc.message_bytes", "muc.secret"}
        await until(lambda: home.ask("muc", "health")["link"] == "up", "the link is up again")
        await crowd.heard_after(time.monotonic())
        assert home.ask("muc", "figures")["rooms"] == rooms + 1

        configure(home, message_bytes="many")
        with pytest.raises(InstallationError, match=r"nothing changed: .*message_bytes: expected `int`"):
            home.ask("muc", "reload")
        said = len(crowd.rooms[0].witness)
        await until(lambda: len(crowd.rooms[0].witness) > said + 5, "they talk on")
        await fall_silent(talking)
        await crowd.settle()
        verdict = crowd.judge()
    assert verdict.good, verdict
    assert verdict.expected
