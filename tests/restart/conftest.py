"""Real processes of our own, which the tests end as they please."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.restart.installation import Installation


@pytest.fixture
def home(short_path: Path) -> Iterator[Installation]:
    """A home whose router and room service are not started yet."""
    made = Installation(short_path / "h")
    yield made
    made.kill()
