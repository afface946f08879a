"""The router's own key: kept between restarts, and apart from the database.

From it are made the tokens of clients (XEP-0484), their resources (XEP-0386) and what disguises
accounts that do not exist. A new one makes all tokens void.
"""

import os
import secrets
from pathlib import Path

_BYTES = 32


def kept_key(path: Path) -> bytes:
    """The key in the file; the first start makes one, which its owner alone may read.

    Raises ValueError when the file holds none, OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text())
    except ValueError:
        key = b""
    if len(key) < _BYTES:
        raise ValueError(f"{path} holds no key; delete it, and the next start makes one")
    return key
