"""One port for HTTP and HTTPS."""

import datetime
import ssl
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from core_router.config import Rates
from core_router.runtime.http import HttpConnection, HttpFactory
from core_router.runtime.tcp import Batch
from core_router.runtime.tls import Certificates
from ctl.certificate import self_signed
from tests.core_router.runtime.test_tcp import Stream
from tests.core_router.runtime.transport import Transport


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    directory = tmp_path_factory.mktemp("certificates")
    contents = self_signed("localhost", [], datetime.datetime.now(datetime.UTC))
    files: list[Path] = [directory / "crt", directory / "key"]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return Certificates({"localhost": (files[0], files[1])})


@pytest.fixture
def connection(certificates: Certificates) -> HttpConnection:
    factory = HttpFactory(
        Clock(),
        Batch(),
        cast(Any, Stream),
        certificates,
        None,
        Rates(),
        tls_at_once=False,
        unsent_bytes=1000,
    )
    transport = Transport("192.0.2.1", 100_000)
    made = factory.buildProtocol(transport.getPeer())
    assert isinstance(made, HttpConnection)
    made.makeConnection(cast(Any, transport))
    return made


def hello() -> bytes:
    """The first bytes of a TLS client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    sent = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read()


def read(connection: HttpConnection) -> bytes:
    return cast(Stream, connection.stream).input


@pytest.mark.parametrize("piece", [1, 1000])
def test_a_hello_begins_tls(connection: HttpConnection, piece: int) -> None:
    data = hello()
    for at in range(0, len(data), piece):
        connection.dataReceived(data[at : at + piece])
        assert connection.secure
    assert read(connection) == b""
    assert connection.transport.sent.startswith(b"\x16\x03")  # the server's hello


def test_anything_else_is_plain(connection: HttpConnection) -> None:
    connection.dataReceived(b"GET / HTTP/1.1\r\n")
    assert not connection.secure
    assert read(connection) == b"GET / HTTP/1.1\r\n"


def test_what_comes_later_changes_nothing(connection: HttpConnection) -> None:
    connection.dataReceived(b"P")
    connection.dataReceived(hello())
    assert not connection.secure
    assert read(connection).startswith(b"P\x16")
