"""The control socket: a JSON object a line in, one out, in order (docs/ARCHITECTURE.md)."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport

from core_router.runtime.control import LINE_LIMIT, Command, CommandError, answer, listen, text_argument


def fails(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise CommandError("the house is on fire; leave it")


def breaks(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise ZeroDivisionError


async def later(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"later": text_argument(arguments, "what")}


COMMANDS: dict[str, Command] = {
    "echo": lambda arguments: dict(arguments),
    "fails": fails,
    "breaks": breaks,
    "later": later,
}


def asked(line: bytes) -> dict[str, Any]:
    return asyncio.run(answer(COMMANDS, line))


class TestAnswer:
    def test_a_command_gets_the_other_keys(self) -> None:
        assert asked(b'{"command": "echo", "a": 1, "b": ["\xc3\xbc"]}') == {
            "ok": True,
            "result": {"a": 1, "b": ["ü"]},
        }

    def test_it_may_take_its_time(self) -> None:
        assert asked(b'{"command": "later", "what": "x"}') == {"ok": True, "result": {"later": "x"}}

    @pytest.mark.parametrize("arguments", ["{}", '{"what": ""}', '{"what": 1}', '{"what": null}'])
    def test_a_missing_argument_is_named(self, arguments: str) -> None:
        line = json.dumps({"command": "later", **json.loads(arguments)})
        assert asked(line.encode()) == {"ok": False, "error": "`what` is missing; it is a string"}

    def test_what_cannot_be_done_says_why(self) -> None:
        assert asked(b'{"command": "fails"}') == {"ok": False, "error": "the house is on fire; leave it"}

    def test_the_unexpected_is_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        assert asked(b'{"command": "breaks"}') == {
            "ok": False,
            "error": "breaks failed; the log has the details",
        }
        assert "ZeroDivisionError" in caplog.text
        caplog.clear()

    @pytest.mark.parametrize("line", [b"", b"health", b"{", b"\xff", b"[" * 60_000, b"{'command': 'echo'}"])
    def test_what_is_no_json_is_told_what_is(self, line: bytes) -> None:
        answered = asked(line)
        assert not answered["ok"]
        assert answered["error"].startswith("not JSON; send one object a line")

    @pytest.mark.parametrize(
        "line",
        [b"1", b"[]", b"null", b"{}", b'{"command": "stop"}', b'{"command": 1}', b'{"command": ["echo"]}'],
    )
    def test_an_unknown_command_is_told_the_known_ones(self, line: bytes) -> None:
        answered = asked(line)
        assert not answered["ok"]
        assert answered["error"].endswith("known here: breaks, echo, fails, later")


class Reactor:
    """Makes the socket, as a reactor would, and keeps the factory."""

    def __init__(self) -> None:
        self.factory: Factory

    def listenUNIX(self, path: str, factory: Factory, mode: int) -> socket.socket:
        self.factory = factory
        made = socket.socket(socket.AF_UNIX)
        made.bind(path)
        self.mode_when_made = stat.S_IMODE(Path(path).stat().st_mode)
        Path(path).chmod(mode)
        return made


class Visitor:
    """One connection to the control socket."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self.reactor = Reactor()
        self.socket = listen(self.reactor, path, commands)
        self.transport = StringTransport()
        made: Any = self.reactor.factory.buildProtocol(None)
        self.protocol = made
        made.makeConnection(self.transport)

    def answers(self) -> list[Any]:
        lines = self.transport.value().splitlines()
        self.transport.clear()
        return [json.loads(line) for line in lines]


class TestConnection:
    @pytest.fixture
    def visitor(self, short_path: Path) -> Visitor:
        return Visitor(short_path / "run" / "core_router.sock", COMMANDS)

    def test_a_line_in_a_line_out(self, visitor: Visitor) -> None:
        visitor.protocol.dataReceived(b'{"command": "echo", "n": 1}\n')
        assert visitor.answers() == [{"ok": True, "result": {"n": 1}}]

    def test_lines_may_come_in_pieces_and_together(self, visitor: Visitor) -> None:
        for byte in b'{"command": "echo", "n": 1}\n{"command": "echo", "n": 2}\n{"comm':
            visitor.protocol.dataReceived(bytes([byte]))
        assert [one["result"]["n"] for one in visitor.answers()] == [1, 2]

    def test_answers_keep_the_order_of_the_questions(self, short_path: Path) -> None:
        waiting: Deferred[Mapping[str, Any]] = Deferred()

        async def slow(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            return await waiting

        visitor = Visitor(short_path / "x.sock", {**COMMANDS, "slow": slow})
        visitor.protocol.dataReceived(b'{"command": "slow"}\n{"command": "echo"}\n')
        assert visitor.answers() == []
        waiting.callback({"slow": True})
        assert [one["result"] for one in visitor.answers()] == [{"slow": True}, {}]
        visitor.protocol.dataReceived(b'{"command": "echo"}\n')
        assert len(visitor.answers()) == 1

    def test_a_line_that_is_too_long_ends_the_connection(self, visitor: Visitor) -> None:
        visitor.protocol.dataReceived(b'{"command": "echo", "a": "' + b"x" * LINE_LIMIT + b'"}\n')
        assert visitor.transport.disconnecting
        assert visitor.answers() == []

    def test_one_that_is_just_not_too_long_does_not(self, visitor: Visitor) -> None:
        line = b'{"command": "echo", "a": ""}'
        line = line.replace(b'""', b'"' + b"x" * (LINE_LIMIT - len(line)) + b'"')
        visitor.protocol.dataReceived(line + b"\n")
        assert visitor.answers()[0]["ok"]


class TestSocket:
    def test_only_the_owner_can_open_it(self, short_path: Path) -> None:
        """At no moment could anybody else."""
        path = short_path / "run" / "core_router.sock"
        before = os.umask(0)
        try:
            visitor = Visitor(path, COMMANDS)
        finally:
            assert os.umask(before) == 0  # it is as it was
        assert stat.S_IMODE(path.stat().st_mode) == visitor.reactor.mode_when_made == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_what_a_dead_process_left_is_replaced(self, short_path: Path) -> None:
        path = short_path / "core_router.sock"
        Visitor(path, COMMANDS).socket.close()
        Visitor(path, COMMANDS)
        assert path.is_socket()
