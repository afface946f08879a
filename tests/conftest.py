"""What tests of all parts use."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_path() -> Iterator[Path]:
    """An empty directory with a path short enough for unix sockets in a home below it."""
    path = Path(tempfile.mkdtemp(prefix="stw-"))
    yield path
    shutil.rmtree(path)
