"""Prosody, as Debian packages it, with the functions the measured router has and no others."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench.login import DOMAIN, Account
from bench.servers.registration import register
from bench.servers.server import Launch, Server, installed

# `register_ibr` serves to make the accounts and costs nothing afterwards.
_MODULES = (
    *("disco", "roster", "saslauth", "tls", "offline", "ping", "version", "posix", "carbons", "smacks"),
    "register_ibr",
)
_DISABLED = ("s2s",)

_CONFIGURATION = """\
network_backend = "epoll"
modules_enabled = {{ {modules} }}
modules_disabled = {{ {disabled} }}
run_as_root = true
daemonize = false
pidfile = {pidfile}
data_path = {data}
certificates = {directory}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
component_ports = {{ {component_port} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
allow_registration = true
authentication = "internal_hashed"
log = {{ warn = {log} }}
VirtualHost {domain}
ssl = {{ certificate = {certificate}; key = {key} }}
"""
_ROOMS = f"""Component "conference.{DOMAIN}" "muc"\n"""
_COMPONENT = """\
Component {domain}
    component_secret = {secret}
"""


class Prosody(Server):
    """Prosody on its epoll backend, files as the store, no debug log."""

    name = "prosody"

    @classmethod
    def check_installed(cls) -> None:
        """Its program must be in PATH."""
        installed("prosody")

    def version(self) -> str:
        """From `prosodyctl about`; `prosody --version` would start a server."""
        said = subprocess.run(
            [installed("prosodyctl"), "--config", str(self._write()), "about"],
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"Prosody (\d[\w.]*)", said.stdout)
        return f"Prosody {found[1]}" if found else "Prosody"

    def configure(self) -> list[Launch]:
        """One virtual host; the TLS key is the bench's."""
        return [Launch([installed("prosody"), "--config", str(self._write()), "-F"])]

    def add_accounts(self, accounts: Iterable[Account]) -> None:
        """By in-band registration."""
        register(self.port, accounts)

    def _write(self) -> Path:
        (self.directory / "data").mkdir(exist_ok=True)
        path = self.directory / "prosody.cfg.lua"
        path.write_text(
            _CONFIGURATION.format(
                modules="; ".join(map(_lua, _MODULES)),
                disabled="; ".join(map(_lua, _DISABLED)),
                pidfile=_lua(self.directory / "prosody.pid"),
                data=_lua(self.directory / "data"),
                directory=_lua(self.directory),
                port=self.port,
                tls_port=self.tls_port,
                component_port=self.component_port,
                log=_lua(self.directory / "prosody.log"),
                domain=_lua(DOMAIN),
                certificate=_lua(self.certificate.certificate),
                key=_lua(self.certificate.key),
            )
            + (_ROOMS if self.rooms else "")
            + "".join(
                _COMPONENT.format(domain=_lua(domain), secret=_lua(secret))
                for domain, secret in self.components.items()
            )
        )
        return path


def _lua(value: object) -> str:
    return json.dumps(str(value))
