"""Rooms to a file: a short-lived process of the room service's reads the database and writes them."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ctl.failure import Failure
from ctl.programs import environment, named
from settings import Home

_SERVICE, _WRITER = "components.muc", "components.muc.portable"


def write_rooms(home: Home, rooms: Sequence[str], archive: bool, output: Path | None) -> None:
    """The rooms to a new file, which only the owner can read, or to standard output. Raises `Failure`."""
    (muc,) = named(home, ["muc"])
    command = [_WRITER if word == _SERVICE else word for word in muc.command]
    command += ["--archive"] * archive + ["--", *rooms]
    with _opened(output) as out:
        done = subprocess.run(
            command,
            cwd=home.path,
            env={**os.environ, **environment(home)},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    if done.returncode:
        if output:
            output.unlink()
        lines = done.stderr.splitlines() or [f"the export ended with status {done.returncode}"]
        raise Failure(*lines, status=done.returncode if done.returncode in (1, 2) else 1)


def _opened(output: Path | None) -> BinaryIO:
    if output is None:
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    try:
        return open(output, "xb", opener=_private)
    except FileExistsError:
        raise Failure(f"{output} exists already; nothing was written") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
