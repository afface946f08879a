"""The files that come with Stellwerk: the documented default configuration and `supervisord.conf`."""

import sysconfig
from pathlib import Path

from ctl.failure import Failure


def shipped(name: str) -> Path:
    """Where a shipped file lies: beside the packages in a checkout, else under `share/stellwerk`."""
    checkout = Path(__file__).resolve().parent.parent
    installed = Path(sysconfig.get_path("data")) / "share" / "stellwerk"
    for directory in (checkout, installed):
        if (directory / name).is_file():
            return directory / name
    raise Failure(f"{name} is neither in {checkout} nor in {installed}: install the package again")
