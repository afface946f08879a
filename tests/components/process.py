"""A component as a process of its own, attached to some server, with a private home."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from settings import Home
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]


class ComponentProcess:
    """`python -m components.NAME`; its output goes to the log of its home."""

    def __init__(self, name: str, home: Home, configuration: str) -> None:
        """`configuration` is the text of the home's stellwerk.toml."""
        self.name, self.home = name, home
        for directory in (home.state, home.run, home.logs):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.configure(configuration)
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, configuration: str) -> None:
        """Write the configuration file."""
        self.home.configuration.write_text(configuration)

    def start(self) -> None:
        """Start it, and wait until it is connected."""
        self.launch()
        until(lambda: self.health().get("link") == "up")

    def launch(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        module = f"components.{self.name}"
        return [sys.executable, "-m", module, "--config", str(self.home.configuration), *arguments]

    @property
    def log(self) -> Path:
        """What it has written."""
        return self.home.logs / f"{self.name}.log"

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def wait(self) -> int:
        """Its exit status, once it has ended; negative for the signal that killed it."""
        assert self._process is not None
        status, self._process = self._process.wait(30), None
        return status

    def stop(self) -> int:
        """End it in order."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it without warning."""
        self.signal(signal.SIGKILL)
        self.wait()

    def end(self) -> None:
        """Whatever the test has left."""
        if self._process is not None:
            self.kill()

    def health(self) -> dict[str, Any]:
        """Its health; empty while it cannot be asked."""
        try:
            answer: dict[str, Any] = self.asks({"command": "health"})["result"]
        except OSError:
            return {}
        return answer

    def asks(self, request: object) -> dict[str, Any]:
        """The answer of the control socket to one request."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.home.control_socket(self.name)))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile("rb").readline())
        return answer
