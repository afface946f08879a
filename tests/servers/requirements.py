"""What tests need that is not a Python package."""

import os
import shutil
from typing import NoReturn

import pytest

REQUIRE_ALL = "STELLWERK_TESTS_REQUIRE_ALL"


def require(program: str, package: str) -> str:
    """The program's path. Where it is not installed, the test is skipped, or fails if all are required."""
    found = shutil.which(program)
    if found is None:
        absent(f"`{program}` is not installed (Debian: apt-get install {package})")
    return found


def absent(reason: str) -> NoReturn:
    """Skip the test for that reason; with STELLWERK_TESTS_REQUIRE_ALL=1, fail it."""
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(f"{reason}, and {REQUIRE_ALL}=1", pytrace=False)
    pytest.skip(reason)
