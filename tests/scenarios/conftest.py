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
from tests.scenarios.scene import Connect, Scene, Server
from tests.servers.peer import Peer
from tests.servers.stellwerk import Stellwerk

AGAINST = os.environ.get("STELLWERK_TESTS_AGAINST", "stellwerk")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server, one for all scenarios: each uses accounts of its own."""
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = (
        Stellwerk(directory / "home")
        if AGAINST == "stellwerk"
        else Peer(SERVERS[AGAINST](directory / "s", rooms=True))
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


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
