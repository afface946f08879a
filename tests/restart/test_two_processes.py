"""Two processes that say they are the same component."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.restart.installation import DOMAIN, Installation, until
from settings import Home
from tests.components.process import ComponentProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def other(home: Installation, short_path: Path) -> Iterator[ComponentProcess]:
    """Another room service, in a home of its own, with the address and the secret of the first."""
    secret = (home.home.secrets / "muc").read_text().strip()
    configuration = (
        f'domain = "{DOMAIN}"\n[muc]\nrouter = "127.0.0.1:{home.component_port}"\nsecret = "{secret}"\n'
    )
    directory = short_path / "other"
    directory.mkdir()
    process = ComponentProcess("muc", Home(directory), configuration)
    yield process
    process.end()


async def test_the_one_that_lives_stays_and_a_dead_one_gives_way(
    home: Installation, other: ComponentProcess
) -> None:
    """The second is refused, tries again and again, and takes over when the first is frozen."""
    await home.start()
    other.launch()
    await until(lambda: "is connected, and alive" in other.log.read_text(), "the second is refused")
    assert other.health()["link"] == "down"
    assert home.ask("muc", "health")["link"] == "up"

    home.signal("muc", signal.SIGSTOP)
    await until(lambda: other.health()["link"] == "up", "the second takes over")
    home.signal("muc", signal.SIGCONT)
    await until(lambda: home.ask("muc", "health")["link"] == "down", "the first notices")
    assert other.health()["link"] == "up"
