"""The control socket: a JSON object a line in, one out, in order (docs/ARCHITECTURE.md)."""

import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

log = logging.getLogger(__name__)

LINE_LIMIT = 65536  # bytes; a longer line ends the connection

Arguments = Mapping[str, Any]
Command = Callable[[Arguments], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]


class CommandError(Exception):
    """The command cannot be done; the text says why, and what to do."""


async def answer(commands: Mapping[str, Command], line: bytes) -> dict[str, Any]:
    """The answer to one request."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return _failure('not JSON; send one object a line, such as {"command": "health"}')
    name = request.pop("command", None) if isinstance(request, dict) else None
    command = commands.get(name) if isinstance(name, str) else None
    if command is None:
        return _failure(f"unknown command {name!r}; known here: {', '.join(sorted(commands))}")
    try:
        result = command(request)
        return {"ok": True, "result": await result if isinstance(result, Awaitable) else result}
    except CommandError as error:
        return _failure(str(error))
    except Exception:
        log.exception("control command %s", name)
        return _failure(f"{name} failed; the log has the details")


def text_argument(arguments: Arguments, name: str) -> str:
    """A required argument. Raises `CommandError`."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise CommandError(f"`{name}` is missing; it is a string")
    return value


def _failure(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


class _ControlConnection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = LINE_LIMIT

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._commands = commands
        self._lines: list[bytes] = []  # waiting for the answer to the one before

    def lineReceived(self, line: bytes) -> None:
        self._lines.append(line)
        if len(self._lines) == 1:
            Deferred.fromCoroutine(self._answer_all())

    async def _answer_all(self) -> None:
        while self._lines:
            reply = await answer(self._commands, self._lines[0])
            self.sendLine(json.dumps(reply, ensure_ascii=False).encode())  # type: ignore[no-untyped-call]
            del self._lines[0]


class _ControlFactory(Factory):
    noisy = False

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._commands = commands

    def buildProtocol(self, addr: IAddress | None) -> _ControlConnection:
        return _ControlConnection(self._commands)


def listen(reactor: Any, path: Path, commands: Mapping[str, Command]) -> Any:
    """Answer on a unix socket only its owner can open; what a dead process left there is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        return reactor.listenUNIX(str(path), _ControlFactory(commands), mode=0o600)
    finally:
        os.umask(before)
