"""Stellwerk: the router alone, in a home of its own; no service has anything to do with the figures."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tomlkit

from bench.login import DOMAIN, Account
from bench.servers.server import Launch, Server, ServerError
from settings import VERSION, Home

_ROOT = Path(__file__).resolve().parents[2]


class Stellwerk(Server):
    """`python -m core_router`, with the defaults of `stellwerk init` but for what the load needs."""

    name = "stellwerk"

    def version(self) -> str:
        """The version of this tree."""
        return f"Stellwerk {VERSION}"

    def configure(self) -> Launch:
        """A home as the operator makes it; login without TLS allowed, no log of everyday events."""
        home = Home(self.directory / "home")
        made = subprocess.run(
            [sys.executable, "-m", "ctl", "init", "--home", str(home.path), "--domain", DOMAIN],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise ServerError(f"`stellwerk init` failed:\n{made.stdout}{made.stderr}")
        shutil.copy(self.certificate.certificate, home.certificates)
        shutil.copy(self.certificate.key, home.certificates)
        self._write(home.configuration)
        return Launch(
            [sys.executable, "-m", "core_router", "--config", str(home.configuration)],
            {"PYTHONPATH": str(_ROOT)},
        )

    def add_accounts(self, accounts: Iterable[Account]) -> None:
        """Over the control socket, as `stellwerk user add` does."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(Home(self.directory / "home").control_socket("core_router")))
            answers = connection.makefile()
            for account in accounts:
                request = {"command": "user-add", "jid": account.jid, "password": account.password}
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(answers.readline())
                if not answer["ok"]:
                    raise ServerError(f"{account.jid}: {answer['error']}")

    def _write(self, path: Path) -> None:
        document: Any = tomlkit.parse(path.read_text())
        document["log_level"] = "warning"
        router = document.setdefault("core_router", {})
        router.setdefault("clients", {}).update(
            addresses=["127.0.0.1"], port=self.port, tls_port=self.tls_port, require_tls=False
        )
        router.setdefault("components", {})["port"] = self.component_port
        path.write_text(tomlkit.dumps(document))
