"""Servers for clients of other makers: Stellwerk as a whole, and Prosody to see that the tests are right."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import SERVERS
from tests.clients.people import PASSWORD, Terminals
from tests.clients.profanity import Profanity
from tests.servers.peer import Peer
from tests.servers.requirements import require
from tests.servers.stellwerk import Stellwerk


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """An empty directory with a path short enough for sockets below it."""
    path = Path(tempfile.mkdtemp(prefix="stw-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def stellwerk(directory: Path) -> Iterator[Stellwerk]:
    """A whole installation, running."""
    made = Stellwerk(directory / "home")
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def prosody(directory: Path) -> Iterator[Peer]:
    """Prosody with a room service, running."""
    require("prosody", "prosody")
    made = Peer(SERVERS["prosody"](directory / "prosody", rooms=True))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(params=["stellwerk", "prosody"])
def server(request: pytest.FixtureRequest) -> Stellwerk | Peer:
    """Either of them."""
    found: Stellwerk | Peer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def terminals(short_path: Path) -> Iterator[Terminals]:
    """Opens terminals with profanity, and puts them away."""
    opened: list[Profanity] = []

    def open_terminal(jid: str, port: int) -> Profanity:
        directory = short_path / str(len(opened))
        directory.mkdir()
        opened.append(Profanity(directory, jid, PASSWORD, port))
        return opened[-1]

    yield open_terminal
    for profanity in opened:
        profanity.quits()
