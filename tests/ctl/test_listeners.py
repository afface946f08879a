"""Which ports the configuration opens, and whether they can be had."""

import socket
from pathlib import Path

import pytest

from ctl.listeners import Listener, listeners, obstacle


def test_ports_are_those_of_the_file_and_else_those_shipped(shipped_files: Path) -> None:
    document = {"core_router": {"clients": {"addresses": ["192.0.2.1", "::"], "port": 6222}}}

    opened = {(one.key, one.address, one.port) for one in listeners(document, ["core_router"])}

    assert opened >= {
        ("core_router.clients.port", "192.0.2.1", 6222),
        ("core_router.clients.port", "::", 6222),
        ("core_router.clients.tls_port", "192.0.2.1", 5223),
        ("core_router.clients.tls_port", "::", 5223),
    }


def test_a_closed_port_and_a_service_that_is_off_open_nothing(shipped_files: Path) -> None:
    closed = {"core_router": {"addresses": ["127.0.0.1"], "port": 0}}

    assert listeners(closed, ["core_router"]) == []
    assert listeners({}, ["muc"]) == []


def test_a_port_in_use_is_in_use_for_every_address_of_its_family() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert "in use" in str(obstacle(Listener("a.port", "0.0.0.0", port)))
        assert "in use" in str(obstacle(Listener("a.port", "127.0.0.1", port)))
        assert obstacle(Listener("a.port", "127.0.0.2", port)) is None


def test_an_address_this_machine_does_not_have() -> None:
    assert "has no such address" in str(obstacle(Listener("a.port", "192.0.2.1", 0)))


def test_a_port_that_needs_a_privilege(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    assert "choose a port from 1024 upwards" in str(obstacle(Listener("a.port", "127.0.0.1", 80)))
