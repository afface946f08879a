"""The server the scenarios run against, and its scene.

STELLWERK_TESTS_AGAINST=prosody (or ejabberd) runs them against that server instead: not to judge it,
but to see whether a scenario that fails is right.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import SERVERS
from tests.scenarios.component import ECHO, QUIET, SECRET, Components
from tests.scenarios.scene import Connect, Scene, Server
from tests.servers.peer import Peer
from tests.servers.stellwerk import Stellwerk

AGAINST = os.environ.get("STELLWERK_TESTS_AGAINST", "stellwerk")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server, one for all scenarios: each uses accounts of its own."""
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = _installation(directory) if AGAINST == "stellwerk" else _peer(directory)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def _installation(directory: Path) -> Stellwerk:
    made = Stellwerk(directory / "home")
    for domain in (ECHO, QUIET):
        made.add_component(domain, SECRET, hidden=domain == QUIET)
    return made


def _peer(directory: Path) -> Peer:
    return Peer(SERVERS[AGAINST](directory / "server", rooms=True))


@pytest.fixture
def components(server: Server, runner: asyncio.Runner) -> Iterator[Components]:
    """Connects components, which are gone when the test ends; a peer has none for us."""
    if not isinstance(server, Stellwerk):
        pytest.skip(f"the components of the scenarios are not configured in {AGAINST}")
    made = Components(server.component_port)
    yield made
    runner.run(made.end())


@pytest.fixture
def scene(server: Server, runner: asyncio.Runner) -> Iterator[Scene]:
    """The running server with nobody connected; whoever connects is gone when the test ends."""
    made = Scene(server)
    yield made
    runner.run(made.ends())


@pytest.fixture
def connect(scene: Scene) -> Connect:
    """`await connect("alice")`: a logged-in client, see `Scene.connect`."""
    return scene.connect
