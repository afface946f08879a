"""The HTTP server over real sockets: who may ask, how much, and what is answered."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import ClientSession

from components.common.entrance import NotCommitted
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.config import HttpSettings, TokenSettings
from components.notifier.http import Call, HttpServer, Reply, Route
from tests.servers.ports import free_ports

pytestmark = pytest.mark.usefixtures("runner")

R = TypeVar("R")
RIGHT = {"Authorization": "Bearer pass"}


def echo(call: Call, transaction: Transaction) -> Reply:
    return Reply({"said": call.object(), "by": call.token, "number": call.path.get("number")}, 201)


def refuses(call: Call, transaction: Transaction) -> Reply:
    raise StanzaError(call.path["condition"], "that is why")


def breaks(call: Call, transaction: Transaction) -> Reply:
    raise RuntimeError("secret details")


def fails(call: Call, transaction: Transaction) -> Reply:
    raise NotCommitted


ROUTES = [
    Route("POST", "/v1/echo/{number}", echo, "echo"),
    Route("POST", "/v1/own/{number}", echo, "echo", checks="own"),
    Route("POST", "/v1/small", echo, "echo", body_bytes=5),
    Route("GET", "/v1/refuses/{condition}", refuses, "echo"),
    Route("GET", "/v1/breaks", breaks, "echo"),
    Route("GET", "/v1/fails", fails, "echo"),
    Route("DELETE", "/v1/empty", lambda call, transaction: Reply(), "echo"),
]


class Served:
    """The server for the time of a test."""

    def __init__(self, path: Path, **tokens: TokenSettings) -> None:
        [port] = free_ports(1)
        tokens = tokens or {"shop": TokenSettings(secret="pass"), "poor": TokenSettings("poor", scopes=["x"])}
        self.settings = HttpSettings(port=port, body_bytes=100, tokens=tokens)
        self.server = HttpServer(self.settings, path, ROUTES, self._perform)
        self.url = f"http://127.0.0.1:{port}"

    async def __aenter__(self) -> "Served":
        await self.server.open()
        self.session = ClientSession()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.session.close()
        await self.server.close()

    async def _perform(self, work: Callable[[Transaction], R]) -> R:
        return work(Transaction(datetime.now(UTC)))

    async def asks(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        headers = headers or RIGHT
        async with self.session.request(method, self.url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.json() if await answer.read() else None


async def test_a_request_and_its_answer(tmp_path: Path) -> None:
    async with Served(tmp_path) as served:
        answer = await served.asks("POST", "/v1/echo/7", b'{"a": "\xc3\xa4"}')
        assert answer == (201, {"said": {"a": "ä"}, "by": "shop", "number": "7"})
        assert await served.asks("DELETE", "/v1/empty") == (204, None)


@pytest.mark.parametrize(
    ("header", "status", "says"),
    [
        ("", 401, "Authorization: Bearer TOKEN"),
        ("Basic cGFzcw==", 401, "Authorization: Bearer TOKEN"),
        ("Bearer ", 401, "Authorization: Bearer TOKEN"),
        ("Bearer wrong", 401, "not known here"),
        ("Bearer pässe", 401, "not known here"),
        ("Bearer poor", 403, "the token poor may not do this: add 'echo' to its scopes"),
        ("bearer pass", 201, ""),
    ],
)
async def test_who_may_ask(tmp_path: Path, header: str, status: int, says: str) -> None:
    async with Served(tmp_path) as served:
        found, answer = await served.asks("POST", "/v1/echo/7", b"{}", Authorization=header)
        assert found == status
        assert says in answer.get("error", "")
        assert (await served.asks("POST", "/v1/own/7", b"{}", Authorization=header))[0] == 201


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"x" * 101, 413, "more than 100 bytes"),
        (b"", 400, "not JSON"),
        (b"[1]", 400, "not an object"),
        (b"\xff", 400, "not JSON"),
        (b"[" * 100, 400, "not JSON"),
    ],
)
async def test_bodies(tmp_path: Path, body: bytes, status: int, says: str) -> None:
    """Too long, no JSON, none at all."""
    async with Served(tmp_path) as served:
        found, answer = await served.asks("POST", "/v1/echo/7", body)
        assert found == status and says in answer["error"]


@pytest.mark.parametrize(
    ("coding", "body", "status", "says"),
    [
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0), 201, ""),
        ("Deflate", zlib.compress(b'{"a": 1}'), 201, ""),
        ("identity", b'{"a": 1}', 201, ""),
        ("gzip", gzip.compress(b"0" * 10_000_000, mtime=0)[:90], 413, "more than 100 bytes"),
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)[:-1], 400, "ends too early"),
        ("gzip", b'{"a": 1}', 400, "not compressed with gzip"),
        ("br", b"x", 415, "expected gzip or none, found 'br'"),
    ],
)
async def test_compressed_bodies(tmp_path: Path, coding: str, body: bytes, status: int, says: str) -> None:
    """RFC 9110 §8.4, §15.5.16; what is small and becomes big is not unpacked."""
    async with Served(tmp_path) as served:
        answer = await served.asks("POST", "/v1/echo/7", body, **RIGHT, **{"Content-Encoding": coding})
        assert answer[0] == status and says in answer[1].get("error", "")


async def test_a_route_may_take_less(tmp_path: Path) -> None:
    async with Served(tmp_path) as served:
        assert (await served.asks("POST", "/v1/small", b'{"a":1}'))[0] == 413


async def test_a_giant_is_refused_before_it_has_come(tmp_path: Path) -> None:
    """The answer comes while most of the body is still to be sent."""
    async with Served(tmp_path) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.settings.port)
        lines = [
            "POST /v1/echo/7 HTTP/1.1",
            "Host: x",
            "Authorization: Bearer pass",
            "Content-Length: 9999999999",
        ]
        head = "\r\n".join([*lines, "", ""])
        writer.write(head.encode() + b"x" * 200)
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        writer.close()


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/v1/refuses/item-not-found", 404, "that is why"),
        ("/v1/refuses/conflict", 409, "that is why"),
        ("/v1/refuses/resource-constraint", 429, "that is why"),
        ("/v1/refuses/jid-malformed", 400, "that is why"),
        ("/v1/breaks", 500, "this has failed here; the log of the notifier has the details"),
        ("/v1/fails", 503, "try again"),
        ("/nowhere", 404, "there is nothing at /nowhere"),
        ("/v1/echo/7", 405, "/v1/echo/7 takes POST"),
    ],
)
async def test_errors_are_json_that_helps(tmp_path: Path, path: str, status: int, says: str) -> None:
    async with Served(tmp_path) as served:
        found, answer = await served.asks("GET", path)
        assert found == status and says in answer["error"]
        assert "secret details" not in answer["error"]


async def test_secrets_in_files(tmp_path: Path) -> None:
    """A file that is missing or empty ends the process with its name."""
    (tmp_path / "token").write_text("from-file\n")
    async with Served(tmp_path, shop=TokenSettings(secret_file="token")) as served:
        assert (await served.asks("POST", "/v1/echo/7", b"{}", Authorization="Bearer from-file"))[0] == 201
    (tmp_path / "token").write_text("\n")
    with pytest.raises(OSError, match="token is empty"):
        await Served(tmp_path, shop=TokenSettings(secret_file="token")).server.open()
    with pytest.raises(OSError, match="absent"):
        await Served(tmp_path, shop=TokenSettings(secret_file="absent")).server.open()


async def test_port_0_is_closed(tmp_path: Path) -> None:
    """Nobody listens."""
    server = HttpServer(HttpSettings(port=0), tmp_path, ROUTES, Served(tmp_path)._perform)
    await server.open()
    assert server.ports == []
    await server.close()


@pytest.mark.parametrize("text", ["\\u0000", "\\ud83d", "\\uDE00 x"])
async def test_characters_that_no_database_takes(tmp_path: Path, text: str) -> None:
    """A commit that is refused would end the process, and the sender would send the same again."""
    async with Served(tmp_path) as served:
        status, answer = await served.asks("POST", "/v1/echo/7", f'{{"a": ["{text}"]}}'.encode())
        assert (status, answer["error"]) == (400, "the body has a NUL character, or half of a surrogate pair")
        assert (await served.asks("POST", "/v1/echo/7", b'{"a": "\\ud83d\\ude00 \\\\u0000"}'))[0] == 201
