"""The control socket of a process: one JSON object a line in, one out."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATIENCE = 5.0  # seconds to wait for an answer
LONGEST_ANSWER = 64 * 1024 * 1024  # bytes; a list of all accounts fits


class Unreachable(Exception):
    """Nobody answers on the socket, or not in time, or not in the agreed form."""


class Refused(Exception):
    """The process answered that it cannot do it; the text says what is wrong and what to do."""


def ask(path: Path, command: str, /, *, patience: float = PATIENCE, **arguments: object) -> Mapping[str, Any]:
    """The result of a command. Raises `Unreachable` or `Refused`."""
    request = json.dumps({"command": command, **arguments}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(patience)
            connection.connect(str(path))
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                line = answers.readline(LONGEST_ANSWER)
    except OSError as error:
        raise Unreachable(f"{path}: {error.strerror or error}") from None
    return result_of(line, str(path))


def result_of(line: bytes, source: str) -> Mapping[str, Any]:
    """What a line of answer holds. Raises `Unreachable` if it is not an answer, `Refused` if it says no."""
    try:
        answer = json.loads(line)
    except ValueError:
        raise Unreachable(f"{source}: no answer" if not line else f"{source}: not an answer") from None
    if not isinstance(answer, dict):
        raise Unreachable(f"{source}: not an answer")
    if not answer.get("ok"):
        raise Refused(str(answer.get("error", "refused without a reason")))
    result = answer.get("result", {})
    return result if isinstance(result, dict) else {}
