"""What tests need that is not a Python package."""

import shutil
from typing import NoReturn

import pytest


def require(program: str, package: str) -> str:
    """The program's path. Where it is not installed, the test is skipped."""
    found = shutil.which(program)
    if found is None:
        absent(f"`{program}` is not installed (Debian: apt-get install {package})")
    return found


def absent(reason: str) -> NoReturn:
    """Skip the test; where all are required (STELLWERK_TESTS_REQUIRE_ALL), that counts as a failure."""
    pytest.skip(reason)
