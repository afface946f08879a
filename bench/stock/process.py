"""The router and the notifier as processes, with a database full of watches."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit
from sqlalchemy import create_engine

from bench.login import DOMAIN
from bench.servers.server import Launch, free_ports
from bench.servers.stellwerk import Stellwerk
from bench.stock.engine import rows
from components.notifier.component import PROGRAM
from components.notifier.watch import storage
from settings.engines import migrate

TOKEN = "bench-token"
ALERTS = f"alerts.{DOMAIN}"


class Notifying(Stellwerk):
    """A home whose notifier has watches of one owner, besides those the load adds."""

    def __init__(self, directory: Path, *, core: int | None, watches: int, owner: str) -> None:
        super().__init__(directory, core=core)
        self._watches, self._owner = watches, owner
        self.http_port, self.lines_port = free_ports(2)

    def configure(self) -> list[Launch]:
        """As the router's; and the notifier, its tables filled before it starts."""
        launches = super().configure()
        document: Any = tomlkit.parse(self._home.configuration.read_text())
        notifier = document.setdefault("notifier", {})
        notifier["router"] = f"127.0.0.1:{self.component_port}"
        notifier["http"] = {"port": self.http_port, "tokens": {"bench": {"secret": TOKEN}}}
        notifier["watch"] = {
            "matches_per_minute": 0,
            "watches_per_person": 0,
            "lines": {"port": self.lines_port},
        }
        self._home.configuration.write_text(tomlkit.dumps(document))
        self._fill()
        [router] = launches
        command = [part.replace("core_router", "components.notifier") for part in router.command]
        return [router, Launch(command, router.environment)]

    def ready(self) -> bool:
        """When the router has the notifier's link, and the watches are loaded."""
        try:
            [health] = self._ask([{"command": "health"}])
        except OSError:
            return False
        return bool(health["link"].get(ALERTS) == "up") and self._home.control_socket("notifier").exists()

    def figures(self) -> dict[str, float]:
        """The notifier's."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._home.control_socket("notifier")))
            connection.sendall(b'{"command": "figures"}\n')
            answer = json.loads(connection.makefile().readline())
        figures: dict[str, float] = answer["result"]
        return figures

    def notifier(self) -> int:
        """Its pid."""
        return self._started[1].pid

    def _fill(self) -> None:
        self._home.state.mkdir(exist_ok=True, mode=0o700)
        engine = create_engine(f"sqlite:///{self._home.state / 'notifier.sqlite'}")
        migrate(engine, "notifier", PROGRAM.migrations)
        with engine.begin() as connection:
            connection.execute(storage.watches.insert(), rows(self._watches, self._owner))
            connection.exec_driver_sql("INSERT INTO counter VALUES ('prompt', ?)", (self._watches,))
        engine.dispose()


def lines(quotes: Sequence[tuple[str, str]]) -> bytes:
    """As the line protocol wants them."""
    return "".join([f"{symbol} {price}\n" for symbol, price in quotes]).encode()
