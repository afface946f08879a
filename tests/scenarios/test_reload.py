"""`stellwerk reload core_router`: what is changed in the file holds at once, and nobody is disturbed."""

import asyncio
import datetime
import os
import re
import shutil
import signal
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from ctl.certificate import self_signed
from tests.scenarios.component import Components, handshake
from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import open_stream
from tests.scenarios.scene import Scene
from tests.scenarios.stream import Stream
from tests.servers.stellwerk import CommandFailed, Stellwerk
from tests.waiting import until

pytestmark = pytest.mark.slow

IRC, OTHER = "irc.localhost", "b.example"
Change = Callable[[Any], None]


@pytest.fixture
def server() -> Iterator[Stellwerk]:
    """A router that is this test's alone, without other services."""
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.command("disable", "muc", "bots", "notifier")
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


@pytest.fixture
def scene(server: Stellwerk, runner: asyncio.Runner) -> Iterator[Scene]:
    made = Scene(server)
    yield made
    runner.run(made.ends())


@pytest.fixture
def components(server: Stellwerk, runner: asyncio.Runner) -> Iterator[Components]:
    made = Components(server.component_port)
    yield made
    runner.run(made.end())


@pytest.fixture
def alice(scene: Scene, runner: asyncio.Runner) -> Client:
    return runner.run(scene.connect("alice"))


def reload(server: Stellwerk, change: Change) -> dict[str, list[str]]:
    """Change the file and have the router read it."""
    server.configure(change)
    return dict(server.ask("core_router", "reload"))


async def test_components_and_their_secrets(server: Stellwerk, components: Components, alice: Client) -> None:
    def with_secret(secret: str) -> Change:
        def change(document: Any) -> None:
            document["core_router"].setdefault("component", {})[IRC] = {"secret": secret}

        return change

    async def joins(secret: str) -> Party:
        party = await components.opened(IRC)
        await party.sends(handshake(party, secret))
        return party

    key = f'core_router.component."{IRC}"'
    assert reload(server, with_secret("first")) == {"applied": [key], "restart_needed": []}
    first = await joins("first")
    await first.receives_next("<handshake/>")
    assert reload(server, with_secret("second"))["applied"] == [key]
    await (await joins("first")).is_told("not-authorized")
    await alice.sends(f"<message to='{IRC}' id='1'/>")
    await first.receives("<message id='1'/>")
    second = await joins("second")
    await second.receives_next("<handshake/>")
    await first.is_told("conflict")

    def in_file(document: Any) -> None:
        document["core_router"]["component"][IRC] = {"secret_file": "secrets/irc"}

    file = server.home.secrets / "irc"
    file.write_text("second")
    assert reload(server, in_file)["applied"] == [key]
    assert server.ask("core_router", "reload")["applied"] == []
    file.write_text("third")
    assert server.ask("core_router", "reload")["applied"] == [key]
    await (await joins("third")).receives_next("<handshake/>")
    await second.is_told("conflict")


async def test_another_domain_with_its_certificate(server: Stellwerk, alice: Client) -> None:
    def change(document: Any) -> None:
        document["core_router"]["more_domains"] = [OTHER]

    with pytest.raises(AssertionError, match=f"put the one for {OTHER} there"):
        reload(server, change)
    await alice.is_answered()
    certificate, key = self_signed(OTHER, [], datetime.datetime.now(datetime.UTC))
    file = server.home.certificates / f"{OTHER}.crt"
    file.write_bytes(certificate)
    file.with_suffix(".key").write_bytes(key)
    assert reload(server, change)["applied"] == ["core_router.more_domains"]
    context = ssl.create_default_context(cafile=file)
    stream = Stream(
        *await asyncio.open_connection("127.0.0.1", server.tls_port, ssl=context, server_hostname=OTHER)
    )
    await open_stream(Party("a client", stream, OTHER))
    await stream.close()
    await alice.is_answered()


async def test_limits_and_login(server: Stellwerk, scene: Scene, alice: Client) -> None:
    def change(document: Any) -> None:
        document["core_router"]["limits"]["roster_items"] = 1
        document["core_router"]["login"]["plain"] = False
        document["core_router"]["contact"]["admin"] = ["mailto:root@example.org"]

    assert reload(server, change)["applied"] == [
        "core_router.contact.admin",
        "core_router.limits.roster_items",
        "core_router.login.plain",
    ]
    roster = "<query xmlns='jabber:iq:roster'><item jid='{}@localhost'/></query>"
    assert (await alice.asks(roster.format("a"), kind="set")).get("type") == "result"
    assert (await alice.asks(roster.format("b"), kind="set")).get("type") == "error"


def test_log_level(server: Stellwerk) -> None:
    def level(name: str) -> Change:
        return lambda document: document.update(log_level=name)

    log = server.home.logs / "core_router.log"
    assert reload(server, level("error"))["applied"] == ["log_level"]
    os.kill(server.status("core_router")["pid"], signal.SIGHUP)
    assert reload(server, level("info"))["applied"] == ["log_level"]
    said = len(log.read_text())
    os.kill(server.status("core_router")["pid"], signal.SIGHUP)
    until(lambda: "reloaded: " in log.read_text()[said:])


async def test_a_broken_file_changes_nothing_and_says_why(server: Stellwerk, alice: Client) -> None:
    good = server.home.configuration.read_text()
    process = server.status("core_router")["pid"]
    for broken, why in (
        (good + "\n[core_router.limit]\n", "core_router.limit: unknown key"),
        ("log_level = ", "not TOML"),
        (good.replace("roster_items = 2000", "roster_items = 'many'"), "core_router.limits.roster_items"),
    ):
        server.home.configuration.write_text(broken)
        with pytest.raises(CommandFailed, match=why):
            server.command("reload", "core_router")
        with pytest.raises(AssertionError, match=why):
            server.ask("core_router", "reload")
        os.kill(process, signal.SIGHUP)
        until(lambda why=why: re.search(f"not reloaded: .*{why}", _log(server)))
    server.home.configuration.write_text(good)
    assert server.ask("core_router", "reload") == {"applied": [], "restart_needed": []}
    await alice.is_answered()
    assert server.status("core_router")["pid"] == process


async def test_what_needs_a_restart_is_said_until_there_is_one(server: Stellwerk, alice: Client) -> None:
    def change(document: tomlkit.TOMLDocument) -> None:
        document["domain"] = "elsewhere.example"
        document["core_router"]["clients"]["port"] = 1  # type: ignore[index]

    file = server.home.certificates / "elsewhere.example.crt"
    for end in (".crt", ".key"):
        shutil.copy(server.home.certificates / f"localhost{end}", file.with_suffix(end))
    server.configure(change)
    for _ in range(2):
        assert server.ask("core_router", "reload") == {
            "applied": [],
            "restart_needed": ["core_router.clients.port", "domain"],
        }
    await alice.is_answered()


def _log(server: Stellwerk) -> str:
    return (server.home.logs / "core_router.log").read_text()
