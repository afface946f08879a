"""Stellwerk in a home of its own: the router alone, or the router and the room service."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from bench.login import DOMAIN, Account
from bench.servers.server import Launch, Server, ServerError
from settings import VERSION, Home

_RATES = ("client_bytes", "client_stanzas", "connections", "new_connections")
_ROOT = Path(__file__).resolve().parents[2]


class Stellwerk(Server):
    """`python -m core_router`, with the defaults of `stellwerk init` but for what the load needs."""

    name = "stellwerk"

    @classmethod
    def check_installed(cls) -> None:
        """It is: this is its tree."""

    def version(self) -> str:
        """The version of this tree."""
        return f"Stellwerk {VERSION}"

    def configure(self) -> list[Launch]:
        """A home as the operator makes it; login without TLS allowed, no log of everyday events."""
        made = subprocess.run(
            [sys.executable, "-m", "ctl", "init", "--home", str(self._home.path), "--domain", DOMAIN],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise ServerError(f"`stellwerk init` failed:\n{made.stdout}{made.stderr}")
        shutil.copy(self.certificate.certificate, self._home.certificates)
        shutil.copy(self.certificate.key, self._home.certificates)
        self._write(self._home.configuration)
        modules = ["core_router", *(["components.muc"] if self.rooms else [])]
        return [
            Launch(
                [sys.executable, "-m", module, "--config", str(self._home.configuration)],
                {"PYTHONPATH": str(_ROOT)},
            )
            for module in modules
        ]

    def ready(self) -> bool:
        """When the router says so; with rooms, their service must have its link, too."""
        try:
            [health] = self._ask([{"command": "health"}])
        except OSError:  # the socket is not there yet
            return False
        linked = not self.rooms or health["link"][f"conference.{DOMAIN}"] == "up"
        return bool(health["state"] == "ready" and linked)

    def add_accounts(self, accounts: Iterable[Account]) -> None:
        """Over the control socket, as `stellwerk user add` does."""
        self._ask([{"command": "user-add", "jid": a.jid, "password": a.password} for a in accounts])

    @property
    def _home(self) -> Home:
        return Home(self.directory / "home")

    def _ask(self, requests: Iterable[Mapping[str, str]]) -> list[Any]:
        """What the router answers on its control socket. Raises `ServerError` if it refuses."""
        results = []
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._home.control_socket("core_router")))
            answers = connection.makefile()
            for request in requests:
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(answers.readline())
                if not answer["ok"]:
                    raise ServerError(f"{request}: {answer['error']}")
                results.append(answer["result"])
        return results

    def _write(self, path: Path) -> None:
        document: Any = tomlkit.parse(path.read_text())
        document["log_level"] = "warning"
        router = document.setdefault("core_router", {})
        router.setdefault("clients", {}).update(
            addresses=["127.0.0.1"], port=self.port, tls_port=self.tls_port, require_tls=False
        )
        router.setdefault("components", {})["port"] = self.component_port
        # The rates are counted, as they are for everybody's clients, but never reached; the default
        # would be not to count what comes from this machine.
        router.setdefault("rates", {}).update(exempt=[], **dict.fromkeys(_RATES, 1_000_000_000))
        router.setdefault("http", {})["port"] = 0
        # The owner of ten thousand rooms is one user here.
        document.setdefault("muc", {})["rooms_per_user"] = 0
        document["muc"]["router"] = f"127.0.0.1:{self.component_port}"
        path.write_text(tomlkit.dumps(document))
