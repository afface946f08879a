"""The control socket: a JSON object a line in, one out, in order (docs/ARCHITECTURE.md)."""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

LINE_LIMIT = 4 * 1024 * 1024  # bytes; a longer line ends the connection; a calendar must pass

Arguments = Mapping[str, Any]
Command = Callable[[Arguments], Awaitable[Mapping[str, Any]]]


class CommandError(Exception):
    """The command cannot be done; the text says why and what to do."""


class ControlSocket:
    """Listens on a unix socket that only the owner can open."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._path, self._commands = path, commands
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Start listening; what a dead process left behind is replaced. Raises `OSError`."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LINE_LIMIT)
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Stop listening, end all connections, remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._connections):
            writer.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while line := await reader.readline():
                answer = await self._answer(line)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except ValueError:  # the line is over the limit
            log.warning("control socket: line over %d bytes, connection ended", LINE_LIMIT)
        except ConnectionError:
            pass
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except ValueError:
            return _failure('not JSON; send one object a line, such as {"command": "health"}')
        name = request.pop("command", None) if isinstance(request, dict) else None
        command = self._commands.get(name) if isinstance(name, str) else None
        if command is None:
            return _failure(f"unknown command {name!r}; known here: {', '.join(sorted(self._commands))}")
        try:
            return {"ok": True, "result": await command(request)}
        except CommandError as error:
            return _failure(str(error))
        except Exception:
            log.exception("control command %s failed", name)
            return _failure(f"{name} failed; the log has the details")


def _failure(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}
