"""A home of its own with the router and the room service, whose processes are started and ended here."""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import tomlkit

from settings import Home

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 180.0  # seconds; a machine may be busy

Service = Literal["core_router", "muc"]
SERVICES: tuple[Service, ...] = ("core_router", "muc")
DOMAIN = "localhost"
PASSWORD = "bench-password"


class InstallationError(Exception):
    """A process did not do what it should; the message says which and what."""


class Installation:
    """The processes of one home; use `start` and `stop`."""

    def __init__(self, directory: Path, changes: Mapping[str, Any] | None = None) -> None:
        """`directory` must be short and not exist; `changes` are keys of `[core_router]`, by table."""
        self.home = Home(directory)
        offset = _free_offset()
        self.port, self.component_port = 5222 + offset, 5347 + offset
        done = subprocess.run(
            [sys.executable, "-m", "ctl", "--home", str(directory), "init", "--domain", DOMAIN,
             "--port-offset", str(offset)],
            cwd=_ROOT, env=_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise InstallationError(f"`stellwerk init`: {done.stdout}{done.stderr}")
        self._configure(changes or {})
        self.modules: dict[Service, str] = {"core_router": "core_router", "muc": "components.muc"}
        self._processes: dict[Service, subprocess.Popen[bytes]] = {}

    def _configure(self, changes: Mapping[str, Any]) -> None:
        document: Any = tomlkit.parse(self.home.configuration.read_text())
        router = document.setdefault("core_router", {})
        router.setdefault("clients", {}).update(addresses=["127.0.0.1"], require_tls=False)
        for table, keys in changes.items():
            router.setdefault(table, {}).update(keys)
        self.home.configuration.write_text(tomlkit.dumps(document))

    async def start(self, *services: Service) -> None:
        """Start these, or all, and wait until they are ready."""
        for service in services or SERVICES:
            self.launch(service)
        for service in services or SERVICES:
            await self.ready(service)

    def launch(self, service: Service) -> None:
        """Start one."""
        command = [sys.executable, "-m", self.modules[service], "--config", str(self.home.configuration)]
        with (self.home.logs / f"{service}.log").open("ab") as log:
            self._processes[service] = subprocess.Popen(
                command, cwd=_ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def ready(self, service: Service) -> None:
        """Wait until it says that it is ready, the room service with its link."""
        process = self._processes[service]
        try:
            await until(lambda: process.poll() is not None or self._is_ready(service), "it is ready")
        except InstallationError:
            process.kill()
        if process.poll() is not None:
            raise InstallationError(f"{service} does not become ready:\n{self._log(service)}")

    def _is_ready(self, service: Service) -> bool:
        try:
            health = self.ask(service, "health")
        except (OSError, ValueError):
            return False
        return bool(health["state"] == "ready" and (service == "core_router" or health["link"] == "up"))

    async def end(self, service: Service, number: signal.Signals) -> None:
        """Send the signal, and wait until the process is gone."""
        process = self._processes[service]
        process.send_signal(number)
        await until(lambda: process.poll() is not None, f"{service} ends")
        if number is signal.SIGTERM and process.returncode != 0:
            raise InstallationError(f"{service} ended with {process.returncode}:\n{self._log(service)}")

    def signal(self, service: Service, number: signal.Signals) -> None:
        """Send it."""
        self._processes[service].send_signal(number)

    def has_ended(self, service: Service) -> bool:
        """Whether the process is gone."""
        return self._processes[service].poll() is not None

    async def stop(self) -> None:
        """End what runs, components first."""
        for service in reversed(SERVICES):
            if service in self._processes and self._processes[service].poll() is None:
                await self.end(service, signal.SIGTERM)

    def kill(self) -> None:
        """End what is left, whatever happened."""
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    def ask(self, service: Service, command: str, **arguments: object) -> Any:
        """The result of a command on the control socket. Raises OSError when nobody listens."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.home.control_socket(service)))
            connection.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
        if not answer["ok"]:
            raise InstallationError(f"{service}, {command}: {answer['error']}")
        return answer["result"]

    def add_accounts(self, users: Iterable[str]) -> None:
        """Make the accounts."""
        for user in users:
            self.ask("core_router", "user-add", jid=f"{user}@{DOMAIN}", password=PASSWORD)

    def copy_database(self, service: Service) -> Path:
        """A copy of the files of a process that was just killed, as they are."""
        copy = Path(tempfile.mkdtemp(prefix="stw-db-"))
        for file in self.home.state.glob(f"{service}.sqlite*"):
            shutil.copy(file, copy)
        return copy / f"{service}.sqlite"

    def memory(self, service: Service) -> int:
        """Bytes resident."""
        return int(self.ask(service, "health")["memory"])

    def pid(self, service: Service) -> int:
        """Of the process."""
        return self._processes[service].pid

    def _log(self, service: Service) -> str:
        return "".join((self.home.logs / f"{service}.log").open().readlines()[-20:])


async def until(true: Callable[[], bool], what: str, patience: float = _PATIENCE) -> None:
    """Look again and again until it is true. Raises `InstallationError` saying what was waited for."""
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            raise InstallationError(f"waited in vain until {what}")
        await asyncio.sleep(0.01)


def integrity(copy: Path) -> str:
    """What SQLite finds when it opens the copy: `ok`, or what is wrong. The copy is removed."""
    with sqlite3.connect(copy) as database:
        [answer, *_] = [row[0] for row in database.execute("PRAGMA integrity_check")]
    database.close()
    shutil.rmtree(copy.parent)
    return str(answer)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_ROOT)}


def _free_offset() -> int:
    while True:
        offset = random.randrange(10_000, 25_000)
        if all(_is_free(port + offset) for port in (5222, 5223, 5269, 5270, 5280, 5281, 5347)):
            return offset


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
