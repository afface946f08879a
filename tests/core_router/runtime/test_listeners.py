"""The listening sockets, on loopback."""

import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.protocol import Factory

from core_router.runtime.listeners import ListenError, bind, serve
from tests.servers.ports import free_ports, listens

KEY = "core_router.clients.port"


@pytest.fixture
def port() -> int:
    [free] = free_ports(1)
    return free


@pytest.fixture
def opened() -> Iterator[list[socket.socket]]:
    """Closed again at the end."""
    sockets: list[socket.socket] = []
    yield sockets
    for one in sockets:
        one.close()


def test_it_listens_at_each_address(port: int, opened: list[socket.socket]) -> None:
    opened += bind(["127.0.0.1", "127.0.0.2"], port, KEY)
    for address in ("127.0.0.1", "127.0.0.2"):
        socket.create_connection((address, port), timeout=10).close()


def test_port_0_is_closed() -> None:
    assert bind(["127.0.0.1"], 0, KEY) == []


def test_a_port_in_use_is_named_with_the_setting_and_the_remedy(
    port: int, opened: list[socket.socket]
) -> None:
    opened += bind(["127.0.0.2"], port, KEY)
    with pytest.raises(ListenError) as caught:
        bind(["127.0.0.1", "127.0.0.2"], port, KEY)
    assert str(caught.value) == (
        f"{KEY}: cannot listen on 127.0.0.2 port {port}: "
        "another program uses it; stop that one or choose another port"
    )
    assert not listens(port)  # nothing is half open: that asks at 127.0.0.1


def test_an_address_that_is_not_this_machines(port: int) -> None:
    with pytest.raises(ListenError, match=f"cannot listen on 192.0.2.1 port {port}: "):
        bind(["192.0.2.1"], port, KEY)


@pytest.mark.parametrize(
    ("number", "why"),
    [(errno.EACCES, "ports below 1024 need a permission"), (errno.ENOBUFS, "No buffer space available")],
)
def test_what_else_the_system_says(monkeypatch: pytest.MonkeyPatch, port: int, number: int, why: str) -> None:
    def refuse(*_arguments: Any, **_settings: Any) -> socket.socket:
        raise OSError(number, "No buffer space available")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(ListenError, match=why):
        bind(["127.0.0.1"], port, KEY)


class TestWithoutIpv6:
    """Where the machine has none, `::` beside `0.0.0.0` is no mistake."""

    @pytest.fixture(autouse=True)
    def no_ipv6(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make = socket.create_server

        def refuse(address: tuple[str, int], **settings: Any) -> socket.socket:
            if ":" in address[0]:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            return make(address, **settings)

        monkeypatch.setattr(socket, "create_server", refuse)

    def test_the_other_address_does(self, port: int, opened: list[socket.socket]) -> None:
        opened += bind(["127.0.0.1", "::"], port, KEY)
        assert [one.family for one in opened] == [socket.AF_INET]

    def test_alone_it_is_one(self, port: int) -> None:
        with pytest.raises(ListenError, match="Address family not supported"):
            bind(["::"], port, KEY)


def test_whoever_connects_before_the_router_serves_waits_and_is_served(port: int) -> None:
    """So that a restart refuses nobody."""
    accepted: list[socket.socket] = []

    class Reactor:
        def adoptStreamPort(self, number: int, family: int, factory: Factory) -> socket.socket:
            own = socket.socket(fileno=socket.dup(number))
            assert own.family == family
            accepted.append(own)
            return own

    sockets = bind(["127.0.0.1"], port, KEY)
    early = socket.create_connection(("127.0.0.1", port), timeout=10)
    [adopted] = serve(Reactor(), Factory(), sockets)
    assert sockets[0].fileno() == -1  # the reactor's own handle is the only one
    adopted.setblocking(True)
    connection, _ = adopted.accept()
    connection.sendall(b"served")
    assert early.recv(6) == b"served"
    for one in (connection, early, adopted):
        one.close()
