"""The control socket (docs/ARCHITECTURE.md)."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.common.control import LINE_LIMIT, Arguments, CommandError, ControlSocket

pytestmark = pytest.mark.usefixtures("runner")


async def _echo(arguments: Arguments) -> Mapping[str, Any]:
    return dict(arguments)


async def _refuse(arguments: Arguments) -> Mapping[str, Any]:
    raise CommandError("no; do something else")


async def _fail(arguments: Arguments) -> Mapping[str, Any]:
    raise LookupError("mistake")


@pytest.fixture
def path(runner: asyncio.Runner, short_path: Path) -> Iterator[Path]:
    """The path of an open control socket; something dead lay there before."""
    found = short_path / "run" / "x.sock"
    found.parent.mkdir()
    found.touch()
    control = ControlSocket(found, {"echo": _echo, "refuse": _refuse, "fail": _fail})
    runner.run(control.open())
    yield found
    runner.run(control.close())
    assert not found.exists()


async def asks(path: Path, *lines: bytes) -> list[dict[str, Any]]:
    """The answers to lines sent at once."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"".join(line + b"\n" for line in lines))
    answers = [json.loads(await reader.readline()) for _ in lines]
    writer.close()
    return answers


async def test_answers_in_order(path: Path) -> None:
    requests = [json.dumps({"command": "echo", "n": number, "text": "ü"}).encode() for number in range(20)]
    assert await asks(path, *requests) == [{"ok": True, "result": {"n": n, "text": "ü"}} for n in range(20)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"health", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "unknown command"),
        (b"{}", "known here: echo, fail, refuse"),
        (b'{"command": ["echo"]}', "unknown command"),
        (b'{"command": "refuse"}', "no; do something else"),
        (b'{"command": "fail"}', "the log has the details"),
    ],
)
async def test_refusals_leave_the_connection_open(path: Path, line: bytes, said: str) -> None:
    refusal, answer = await asks(path, line, b'{"command": "echo"}')
    assert not refusal["ok"]
    assert said in refusal["error"]
    assert answer["ok"]


async def test_a_line_that_is_too_long_ends_the_connection(path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"x" * (2 * LINE_LIMIT) + b"\n")
    with contextlib.suppress(ConnectionResetError):  # what it has not read, it throws away
        assert await reader.read() == b""
    writer.close()
    assert (await asks(path, b'{"command": "echo"}'))[0]["ok"]


def test_only_the_owner_may_connect(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
