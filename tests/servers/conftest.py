"""The room service as a component of servers of other makers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import SERVERS, ServerError
from settings import Home
from tests.components.process import ComponentProcess
from tests.servers.foreign import ROOMS, SECRET, Foreign
from tests.servers.peer import Peer
from tests.servers.requirements import absent


@pytest.fixture(scope="module", params=["prosody", "ejabberd"])
def foreign(request: pytest.FixtureRequest) -> Iterator[Foreign]:
    """Each of the servers, running, with a room service that is not."""
    kind = SERVERS[request.param]
    try:
        kind.check_installed()
    except ServerError as error:
        absent(str(error))
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    server = kind(directory / "server", components={ROOMS: SECRET})
    made = Foreign(Peer(server), directory / "server", Home(directory / "rooms"))
    try:
        made.server.start()
        yield made
    finally:
        made.server.stop()
        shutil.rmtree(directory)


@pytest.fixture
def rooms(foreign: Foreign) -> Iterator[ComponentProcess]:
    """The room service, connected."""
    process = foreign.rooms()
    try:
        process.start()
        yield process
    finally:
        process.end()
