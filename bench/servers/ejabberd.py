"""ejabberd, as Debian packages it, with the functions the measured router has and no others."""

import json
from collections.abc import Iterable
from pathlib import Path

from bench.login import DOMAIN, Account
from bench.servers.registration import register
from bench.servers.server import Launch, Server, ServerError, installed

_CONFIGURATION = """\
loglevel: warning
log_rotate_count: 0
hosts: [{domain}]
certfiles: [{pem}]
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
c2s_protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1, cipher_server_preference, no_compression]
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 1024
    max_stanza_size: 262144
    shaper: none
    access: all
    starttls: true
  - port: {tls_port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 1024
    max_stanza_size: 262144
    shaper: none
    access: all
    tls: true
{components}modules:
  mod_carboncopy: {{}}
  mod_disco: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_stream_mgmt: {{}}
  mod_version: {{}}
  mod_register:
    access: all
    ip_access: all
    password_strength: 0
"""
_COMPONENT = """\
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_service
    hosts:
      {domain}:
        password: {secret}
"""
_ROOMS = """\
  mod_muc:
    max_users: 10000
    default_room_options: {mam: false, max_users: 10000}
"""

# One scheduler, for the one core it is pinned to. Busy waiting off: idle schedulers would otherwise
# spin for a while after each piece of work, which is CPU time, but not the cost of a message.
_NO_BUSY_WAIT = ["+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"]
_RUNTIME = ["+K", "true", "+P", "250000", "+S", "1:1", *_NO_BUSY_WAIT]


class Ejabberd(Server):
    """ejabberd on one scheduler, Mnesia as the store, no Erlang distribution."""

    name = "ejabberd"

    @classmethod
    def check_installed(cls) -> None:
        """Erlang must be in PATH, ejabberd below /usr/lib."""
        installed("erl")
        _library()

    def version(self) -> str:
        """From the package's directory, which bears it."""
        return f"ejabberd {_library().name.removeprefix('ejabberd-')}"

    def configure(self) -> list[Launch]:
        """Started without its control script, which wants a system user and a node name."""
        pem = self.directory / "ejabberd.pem"
        pem.write_bytes(self.certificate.certificate.read_bytes() + self.certificate.key.read_bytes())
        pem.chmod(0o600)
        configuration = self.directory / "ejabberd.yml"
        configuration.write_text(
            _CONFIGURATION.format(
                domain=json.dumps(DOMAIN),
                pem=json.dumps(str(pem)),
                port=self.port,
                tls_port=self.tls_port,
                components=self._components(),
            )
            + (_ROOMS if self.rooms else "")
        )
        database = json.dumps(str(self.directory / "database"))
        environment = {
            "ERL_LIBS": str(_library().parent),
            "EJABBERD_CONFIG_PATH": str(configuration),
            "EJABBERD_LOG_PATH": str(self.directory / "ejabberd.log"),
            "ERL_CRASH_DUMP": str(self.directory / "crash.dump"),
            "HOME": str(self.directory),
        }
        command = [installed("erl"), *_RUNTIME, "-noinput", "-mnesia", "dir", database, "-s", "ejabberd"]
        return [Launch(command, environment)]

    def add_accounts(self, accounts: Iterable[Account]) -> None:
        """By in-band registration."""
        register(self.port, accounts)

    def _components(self) -> str:
        return "".join(
            _COMPONENT.format(port=self.component_port, domain=json.dumps(domain), secret=json.dumps(secret))
            for domain, secret in self.components.items()
        )


def _library() -> Path:
    for pattern in ("ejabberd-[0-9]*/ebin/ejabberd.app", "*/ejabberd-[0-9]*/ebin/ejabberd.app"):
        for found in sorted(Path("/usr/lib").glob(pattern)):
            return found.parent.parent
    raise ServerError("ejabberd is not installed below /usr/lib")
