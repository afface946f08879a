"""Waiting for what another process does."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], patience: float = 60.0) -> None:
    """Look again and again until the condition holds; fail when it does not within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)
