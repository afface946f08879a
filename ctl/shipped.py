"""The files that come with Stellwerk: the documented default configuration and `supervisord.conf`."""

import sysconfig
from pathlib import Path

from ctl.failure import Failure

SHIPPED_IN = (
    Path(__file__).resolve().parent.parent,  # a checkout
    Path(sysconfig.get_path("data")) / "share" / "stellwerk",  # an installed package
)


def shipped(name: str) -> Path:
    """Where a shipped file lies: beside the packages in a checkout, else under `share/stellwerk`."""
    for directory in SHIPPED_IN:
        if (directory / name).is_file():
            return directory / name
    looked = " nor in ".join(map(str, SHIPPED_IN))
    raise Failure(f"{name} is neither in {looked}: install the package again")
