"""The bot and the rooms on another maker's server: components like any others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Home
from tests.components.muc.test_process import ENTER, HELP, USER, says
from tests.components.process import ComponentProcess
from tests.servers.prosody import Prosody
from tests.waiting import until

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("runner")]

CONFIGURATION = """\
domain = "localhost"
[muc]
router = "127.0.0.1:{port}"
secret = "mellon"
[muc.rooms.help]
[bots]
router = "127.0.0.1:{port}"
secret = "friend"
[bots.rooms."help@conference.localhost"]
greeting = "Welcome, {{nick}}!"
"""


@pytest.fixture
def prosody(short_path: Path) -> Iterator[Prosody]:
    """A server that knows both."""
    directory = short_path / "prosody"
    directory.mkdir()
    server = Prosody(directory, {"conference.localhost": "mellon", "bots.localhost": "friend"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def services(prosody: Prosody, short_path: Path) -> Iterator[dict[str, ComponentProcess]]:
    """Both, running; the bot is in the room."""
    text = CONFIGURATION.format(port=prosody.component_port)
    made = {name: ComponentProcess(name, Home(short_path), text) for name in ("muc", "bots")}
    for process in made.values():
        process.start()
    until(lambda: made["bots"].asks({"command": "figures"})["result"]["rooms_entered"] == 1)
    yield made
    for process in made.values():
        process.end()


async def test_it_greets_and_answers(prosody: Prosody, services: dict[str, ComponentProcess]) -> None:
    """Also after it was killed, and then nobody a second time."""
    alice = await prosody.client("alice", "desk")
    await alice.sends(f"<presence to='{HELP}/alice'>{ENTER}</presence>")
    await alice.receives(
        f"<presence from='{HELP}/alice'><x xmlns='{USER}'><status code='110'/></x></presence>",
        f"<message from='{HELP}/Helper'><body>Welcome, alice!</body></message>",
    )
    services["bots"].kill()
    services["bots"].start()
    until(lambda: services["bots"].asks({"command": "figures"})["result"]["rooms_entered"] == 1)
    await says(alice, HELP, "!who")
    await alice.receives(f"<message from='{HELP}/Helper'><body>1 here besides me: alice</body></message>")
    left = [stanza.findtext("{*}body") or "" for stanza in alice.stream.received]
    assert not [body for body in left if body.startswith("Welcome")]
