"""A real installation: router and rooms under their supervisor, the notifier as a process that tests kill."""

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import tomlkit

from components.common.elements import attribute
from tests.components.process import ComponentProcess
from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import authenticate, bind, open_stream
from tests.scenarios.stream import Stream
from tests.servers.ports import free_ports
from tests.servers.stellwerk import Stellwerk

PASSWORD = "pencil-and-paper"
ALERTS = "alerts@alerts.localhost"


class Premises:
    """Use `start` and `stop`."""

    def __init__(self, directory: Path, **tables: Any) -> None:
        """`tables` are those below `[notifier]`, as in the configuration file."""
        self.stellwerk = Stellwerk(directory)
        [self.http_port] = free_ports(1)

        def change(document: tomlkit.TOMLDocument) -> None:
            content: Any = document
            content["core_router"]["clients"]["require_tls"] = False
            content["notifier"]["http"]["port"] = self.http_port
            for name, table in tables.items():
                content["notifier"].setdefault(name, {}).update(table)

        self.stellwerk.configure(change)
        self.stellwerk.command("disable", "notifier")
        home = self.stellwerk.home
        self.notifier = ComponentProcess("notifier", home, home.configuration.read_text())
        self._token = (home.secrets / "notifier-http").read_text().strip()

    def start(self) -> None:
        """Everything, and wait until it is ready."""
        self.stellwerk.start()
        self.notifier.start()

    def stop(self) -> None:
        """Everything."""
        self.notifier.end()
        self.stellwerk.stop()

    async def client(self, user: str, resource: str = "phone") -> Client:
        """A client that is logged in and available; its account is made."""
        self.stellwerk.add_account(user, PASSWORD)
        party = Party(user, await Stream.open(self.stellwerk.port), self.stellwerk.domain)
        await open_stream(party)
        await authenticate(party, user, PASSWORD, "SCRAM-SHA-256")
        client = await bind(party, resource)
        await client.becomes_available()
        return client

    def request(self, method: str, path: str, value: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer. Raises `OSError` when nobody answers."""
        content = None if value is None else json.dumps(value).encode()
        url = f"http://127.0.0.1:{self.http_port}{path}"
        request = urllib.request.Request(url, content, method=method, headers=self._headers(headers))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def ask(self, command: str, **arguments: object) -> Mapping[str, Any]:
        """A command on the notifier's control socket."""
        return self.stellwerk.ask("notifier", command, **arguments)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        usual = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return usual | {name.replace("_", "-"): value for name, value in more.items()}


async def says(client: Client, body: str) -> None:
    """Write to the notifier."""
    await client.sends(f"<message type='chat' to='{ALERTS}'><body>{attribute(body)}</body></message>")
