"""A server under measurement: configured, started, watched and stopped by the bench."""

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar

from bench.login import Account
from bench.measure import family
from bench.servers.certificate import Certificate


class ServerError(Exception):
    """The server is not installed, or did not start; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a server that is configured."""

    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Server(ABC):
    """One server with its own private directory and free loopback ports.

    `port` takes plain connections (login without TLS allowed), `tls_port` TLS from the first byte.
    """

    name: ClassVar[str]  # as it is called on the command line

    def __init__(
        self,
        directory: Path,
        *,
        core: int | None = None,
        rooms: bool = False,
        components: Mapping[str, str] | None = None,
    ) -> None:
        """`directory` is made and must be empty; `core` is the processor all its threads are pinned to.

        With `rooms`, it has conference rooms at `conference.localhost`; `components` are the domains of
        those that may connect (XEP-0114), with their secrets.
        """
        self.directory = directory
        self.port, self.tls_port, self.component_port = free_ports(3)
        self.rooms, self.components = rooms, components or {}
        self._core = core
        self._launches: list[Launch] = []  # once it is configured
        self._started: list[subprocess.Popen[bytes]] = []
        directory.mkdir(parents=True)
        self.certificate = Certificate.make(directory)

    def processes(self) -> list[int]:
        """The running server's processes, with their children."""
        return [pid for process in self._started for pid in family(process.pid)]

    @classmethod
    @abstractmethod
    def check_installed(cls) -> None:
        """Raise `ServerError` if the server is not installed."""

    @abstractmethod
    def version(self) -> str:
        """Name and version for the table."""

    @abstractmethod
    def configure(self) -> list[Launch]:
        """Write the configuration into the directory; returns what is to be started."""

    @abstractmethod
    def add_accounts(self, accounts: Iterable[Account]) -> None:
        """Make the accounts on the running server."""

    def ready(self) -> bool:
        """Whether it takes connections; asked while it starts."""
        return accepts(self.port) and accepts(self.tls_port)

    def start(self, *, limit: float = 60.0) -> None:
        """Configure it if it is not, start, and return when it is ready.

        Raises `ServerError` if it ends or never is.
        """
        self._launches = self._launches or self.configure()
        with (self.directory / "output.log").open("ab") as output:
            for launch in self._launches:
                self._started.append(self._start(launch, output))
        end = time.monotonic() + limit
        while not self.ready():
            if any(process.poll() is not None for process in self._started) or time.monotonic() > end:
                self.stop()
                said = (self.directory / "output.log").read_text(errors="replace")[-2000:]
                raise ServerError(f"{self.name} did not start; it said:\n{said}")
            time.sleep(0.05)

    def _start(self, launch: Launch, output: IO[bytes]) -> subprocess.Popen[bytes]:
        command = launch.command
        if self._core is not None:
            command = [installed("taskset"), "--cpu-list", str(self._core), *command]
        return subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, **launch.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def stop(self) -> None:
        """Stop it in order; kill what takes longer than ten seconds."""
        for process in reversed(self._started):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()


def installed(program: str) -> str:
    """The program's path. Raises `ServerError` naming it when it is not there."""
    found = shutil.which(program)
    if found is None:
        raise ServerError(f"`{program}` is not installed (or not in PATH)")
    return found


def free_ports(number: int) -> list[int]:
    """Ports of the loopback address that nobody uses at the moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
