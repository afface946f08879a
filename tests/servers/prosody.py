"""A private Prosody on loopback, as a server of another maker that hosts our components (XEP-0114)."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import authenticate, bind, open_stream
from tests.scenarios.stream import Stream
from tests.servers.ports import free_ports, listens
from tests.servers.requirements import require
from tests.waiting import until

PASSWORD = "mellon"

_CONFIGURATION = """\
modules_enabled = {{ "disco"; "roster"; "saslauth"; "offline"; "ping"; "posix" }}
modules_disabled = {{ "s2s"; "tls" }}
run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
component_ports = {{ {component_port} }}
component_interfaces = {{ "127.0.0.1" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
log = {{ info = "{directory}/prosody.log" }}
VirtualHost "{domain}"
"""


class Prosody:
    """One Prosody with one virtual host; use `start` and `stop`."""

    domain = "localhost"

    def __init__(self, directory: Path, components: Mapping[str, str]) -> None:
        """Files go to `directory`; `components` are domains with their secrets."""
        self.port, self.component_port = free_ports(2)
        self.log = directory / "prosody.log"
        self._directory = directory
        self._program = require("prosody", "prosody")
        self._configuration = directory / "prosody.cfg.lua"
        hosted = "".join(
            f'Component "{domain}"\ncomponent_secret = "{secret}"\n' for domain, secret in components.items()
        )
        self._configuration.write_text(
            _CONFIGURATION.format(
                directory=directory, port=self.port, component_port=self.component_port, domain=self.domain
            )
            + hosted
        )
        self._users: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            [self._program, "--config", str(self._configuration), "-F"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: listens(self.port) and listens(self.component_port))

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    async def client(self, user: str, resource: str) -> Client:
        """A client that is logged in and available; the account is made at the first time."""
        if user not in self._users:
            self._users.add(user)
            # Prosody with `internal_plain` reads this at login.
            accounts = self._directory / self.domain / "accounts"
            accounts.mkdir(parents=True, exist_ok=True)
            (accounts / f"{user}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        party = Party(user, await Stream.open(self.port), self.domain)
        await open_stream(party)
        await authenticate(party, user, PASSWORD, "PLAIN")
        client = await bind(party, resource)
        await client.becomes_available()
        return client
