"""A server of another maker in the place of Stellwerk: shows whether a test asks for the right thing."""

from pathlib import Path

from bench.login import DOMAIN, Account
from bench.measure import memory_bytes
from bench.servers import Server


class Peer:
    """One of the servers the benches know, as a scenario's server."""

    domain = DOMAIN

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def name(self) -> str:
        """Which of them it is."""
        return self._server.name

    @property
    def port(self) -> int:
        """The clients' port."""
        return self._server.port

    @property
    def tls_port(self) -> int:
        """The clients' port with TLS from the first byte."""
        return self._server.tls_port

    @property
    def component_port(self) -> int:
        """The port components connect to (XEP-0114)."""
        return self._server.component_port

    @property
    def authority(self) -> Path:
        """The certificate."""
        return self._server.certificate.certificate

    def start(self) -> None:
        """Start it."""
        self._server.start()

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()

    def add_account(self, user: str, password: str) -> None:
        """Make an account."""
        self._server.add_accounts([Account(user, password)])

    def memory(self) -> int:
        """Bytes its processes occupy."""
        return memory_bytes(self._server.processes())
