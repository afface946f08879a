"""Files of a home: written whole or not at all, and for the owner alone."""

import os
from pathlib import Path

OWNER_ONLY = 0o600
DIRECTORY = 0o700


def write(path: Path, content: str | bytes, mode: int = OWNER_ONLY) -> None:
    """Replace a file in one step, so that a reader or a power cut never meets half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)  # the umask had its say at `open`
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def make_directory(path: Path) -> None:
    """A directory that only its owner enters; fine if it is there already."""
    path.mkdir(mode=DIRECTORY, exist_ok=True)
    path.chmod(DIRECTORY)


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log, without those that are empty; none if there is no such file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 64 * 1024))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in lines if line.strip()][-count:]
