"""A whole private installation of Stellwerk, made and run by its own command."""

import json
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from settings import Home
from tests.waiting import until

STANDARD_PORTS = (5222, 5223, 5269, 5270, 5280, 5347)
ROOT = Path(__file__).resolve().parents[2]


class CommandFailed(AssertionError):
    """`stellwerk …` ended with another status than 0; the message has what it printed."""


class Stellwerk:
    """One home with all its processes; use `start` and `stop`."""

    domain = "localhost"

    def __init__(self, directory: Path) -> None:
        """`directory` must not exist; its path must be short, for there are unix sockets below it."""
        self.home = Home(directory)
        offset = _free_offset()
        self.port = 5222 + offset
        self.tls_port = 5223 + offset
        self.http_port = 5280 + offset
        self.component_port = 5347 + offset
        self.command("init", "--domain", self.domain, "--port-offset", str(offset))
        self.configure(_on_loopback)

    @property
    def authority(self) -> Path:
        """The self-signed certificate."""
        return self.home.certificates / f"{self.domain}.crt"

    def command(self, *arguments: str, given: str | None = None) -> str:
        """Run `stellwerk ARGUMENTS`, with `given` as its input; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "ctl", "--home", str(self.home.path), *arguments],
            cwd=ROOT,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = f"{done.stdout}{done.stderr}"
            raise CommandFailed(f"`stellwerk {' '.join(arguments)}` exited with {done.returncode}:\n{said}")
        return done.stdout

    def configure(self, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
        """Change the configuration; what runs takes notice at its next start or `reload`."""
        document = tomlkit.parse(self.home.configuration.read_text())
        change(document)
        self.home.configuration.write_text(tomlkit.dumps(document))

    def add_component(self, domain: str, secret: str, *, hidden: bool = False) -> None:
        """Let a component of that domain connect, from the next start or `reload` on."""

        def change(document: tomlkit.TOMLDocument) -> None:
            tables: Any = document
            components = tables["core_router"].setdefault("component", {})
            components[domain] = {"secret": secret, "hidden": hidden}

        self.configure(change)

    def start(self) -> None:
        """Start everything; returns when all services are ready."""
        self.command("up", "--detach")

    def stop(self) -> None:
        """Stop everything."""
        self.command("down")

    def add_account(self, user: str, password: str) -> None:
        """Make an account on the running system."""
        self.command("user", "add", f"{user}@{self.domain}", "--password-stdin", given=f"{password}\n")

    def ask(self, service: str, command: str, **arguments: object) -> Mapping[str, Any]:
        """The result of a command on the service's control socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.home.control_socket(service)))
            connection.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
        assert answer["ok"], f"{service}, {command}: {answer['error']}"
        result: Mapping[str, Any] = answer["result"]
        return result

    def memory(self) -> int:
        """Bytes the router occupies."""
        return int(self.ask("core_router", "health")["memory"])

    def status(self, service: str) -> Mapping[str, Any]:
        """What `stellwerk status --json` says of a service."""
        services = json.loads(self.command("status", "--json"))["services"]
        [found] = [entry for entry in services if entry["name"] == service]
        return dict(found)

    def wait_until_running(self, service: str, *, other_than: int | None = None) -> Mapping[str, Any]:
        """Wait until the service runs, as another process than `other_than`; returns its status."""

        def running() -> bool:
            status = self.status(service)
            return bool(status["state"] == "running" and status["pid"] != other_than)

        until(running)
        return self.status(service)


def _on_loopback(document: tomlkit.TOMLDocument) -> None:
    tables: Any = document
    for listener in ("clients", "http"):
        tables.setdefault("core_router", {}).setdefault(listener, {})["addresses"] = ["127.0.0.1"]


def _free_offset() -> int:
    """A number that, added to the standard ports, gives ports nobody uses."""
    while True:
        offset = random.randrange(10_000, 25_000)
        if all(_is_free(port + offset) for port in STANDARD_PORTS):
            return offset


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
