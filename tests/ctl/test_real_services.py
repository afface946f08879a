"""The command with the real router and room service."""

import os
import shutil
import signal
import socket
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.stellwerk import CommandFailed, Stellwerk
from tests.waiting import until


@pytest.fixture(scope="module")
def stellwerk() -> Iterator[Stellwerk]:
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def test_every_service_is_ready_with_its_figures(stellwerk: Stellwerk) -> None:
    router, muc = stellwerk.status("core_router"), stellwerk.status("muc")

    assert router["state"] == muc["state"] == "running"
    assert muc["link"] == "up"
    until(lambda: set(stellwerk.status("core_router")["link"].values()) == {"up"})
    assert router["memory"] > 1024 * 1024
    assert router["pid"] != muc["pid"]


def test_what_processes_make_is_for_the_owner_alone(stellwerk: Stellwerk) -> None:
    made = [path for path in stellwerk.home.path.rglob("*") if path.suffix != ".crt"]

    assert {path.name for path in made} >= {"core_router.sock", "muc.sock", "supervisor.sock", "muc.log"}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_client_given_the_certificate_trusts_the_server(stellwerk: Stellwerk) -> None:
    context = ssl.create_default_context(cafile=stellwerk.authority)
    with (
        socket.create_connection(("127.0.0.1", stellwerk.tls_port)) as plain,
        context.wrap_socket(plain, server_hostname=stellwerk.domain) as secured,
    ):
        assert secured.version() in ("TLSv1.2", "TLSv1.3")


def test_the_administrator_has_an_account(stellwerk: Stellwerk) -> None:
    assert "admin@localhost" in stellwerk.command("user", "list")


def test_accounts_are_made_and_removed_with_and_without_a_running_router(stellwerk: Stellwerk) -> None:
    stellwerk.command("user", "add", "on@localhost", "--password", "secret")
    stellwerk.command("stop", "core_router")
    try:
        stellwerk.command("user", "add", "off@localhost", "--password", "secret")
        stellwerk.command("user", "remove", "on@localhost")
        listed = stellwerk.command("user", "list")
    finally:
        stellwerk.command("start", "core_router")

    assert "off@localhost" in listed
    assert "on@localhost" not in listed
    assert stellwerk.command("user", "list") == listed


def test_an_account_that_exists_is_refused_in_one_line(stellwerk: Stellwerk) -> None:
    with pytest.raises(CommandFailed, match=r"exited with 1:\nstellwerk: .*admin@localhost.*\n$"):
        stellwerk.command("user", "add", "admin@localhost", "--password", "secret")


def test_a_killed_room_service_returns_with_its_link_and_the_router_is_not_disturbed(
    stellwerk: Stellwerk,
) -> None:
    router, before = stellwerk.status("core_router"), stellwerk.status("muc")

    os.kill(before["pid"], signal.SIGKILL)

    after = stellwerk.wait_until_running("muc", other_than=before["pid"])
    assert after["pid"] != before["pid"]
    until(lambda: stellwerk.status("muc")["link"] == "up")
    assert stellwerk.status("core_router")["pid"] == router["pid"]


def test_the_room_service_is_disabled_and_enabled_again(stellwerk: Stellwerk) -> None:
    router = stellwerk.status("core_router")

    stellwerk.command("disable", "muc")
    assert stellwerk.status("muc")["state"] == "disabled"
    until(lambda: stellwerk.status("core_router")["link"]["conference.localhost"] == "down")

    stellwerk.command("enable", "muc")
    assert stellwerk.status("muc")["link"] == "up"
    assert stellwerk.status("core_router")["pid"] == router["pid"]


def test_every_mistake_in_the_configuration_is_reported_once_and_nothing_is_restarted(
    stellwerk: Stellwerk,
) -> None:
    good = stellwerk.home.configuration.read_text()
    before = stellwerk.status("muc")
    bad = good.replace("login_timeout = 30", 'login_timeout = "soon"').replace("[muc]", "[muc]\ncolour = 1")
    stellwerk.home.configuration.write_text(bad)
    try:
        with pytest.raises(CommandFailed) as refused:
            stellwerk.command("check")
        with pytest.raises(CommandFailed):
            stellwerk.command("restart", "muc")
    finally:
        stellwerk.home.configuration.write_text(good)

    lines = str(refused.value).splitlines()
    assert lines[0] == "`stellwerk check` exited with 2:"
    assert len(lines) == 3
    assert any("core_router.clients.login_timeout" in line for line in lines)
    assert any("muc.colour" in line for line in lines)
    assert stellwerk.status("muc")["pid"] == before["pid"]
