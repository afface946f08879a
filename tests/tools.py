"""Programs of other makers a test talks to; `tests/tools.sh` installs them."""

import shutil

import pytest


def needs(*commands: str) -> pytest.MarkDecorator:
    """Skip the test where one of the commands is missing (and fail it where nothing may be skipped)."""
    missing = [command for command in commands if shutil.which(command) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
