"""CPU time of a login, and logins a second: SCRAM, without TLS, with TLS new and resumed."""

import ssl
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench import options
from bench.load import Endpoint, LoadError, Loop, Session, log_in
from bench.login import Account, Mechanism
from bench.measure import cpu_nanoseconds, median
from bench.servers import Server, ServerError
from bench.table import number, table

_DESCRIPTION = """
Clients log in, twenty at a time: connection, TLS where there is some, SCRAM, resource binding, roster,
presence. The next ones log in when all are gone. Printed: CPU time of the server's processes per login,
in ms, and logins a second on the server's one core; `resumed` is how many of the TLS sessions that were
offered for resumption the server took.
"""

Way = Literal["plain", "TLS", "TLS resumed"]
_WAYS: tuple[Way, ...] = ("plain", "TLS", "TLS resumed")


@dataclass(slots=True)
class Figures:
    """What the rounds of one server gave."""

    milliseconds: dict[Way, list[float]] = field(default_factory=lambda: defaultdict(list))
    per_second: dict[Way, list[float]] = field(default_factory=lambda: defaultdict(list))
    offered: int = 0  # TLS sessions, for resumption
    resumed: int = 0


class Door:
    """The accounts of one server, which log in again and again."""

    def __init__(self, server: Server, accounts: int, mechanism: Mechanism) -> None:
        self.figures = Figures()
        self._server = server
        self._mechanism = mechanism
        self._accounts = [Account(f"visitor{number}") for number in range(accounts)]
        self._context = server.certificate.client_context()
        self._tls_sessions: list[ssl.SSLSession] = []
        server.add_accounts(self._accounts)
        self.round("plain", count=False)  # the load computes the salted passwords once, here

    def round(self, way: Way, *, count: bool = True) -> None:
        """Let all accounts log in and go; with `count`, note what it cost."""
        resume = self._tls_sessions if way == "TLS resumed" else []
        endpoint = Endpoint(self._server.port)
        if way != "plain":
            endpoint = Endpoint(self._server.tls_port, self._context)
        loop, pids = Loop(), self._server.processes()
        cpu, begun = cpu_nanoseconds(pids), time.monotonic()
        sessions = log_in(loop, endpoint, self._accounts, mechanism=self._mechanism, tls_sessions=resume)
        cpu, taken = cpu_nanoseconds(pids) - cpu, time.monotonic() - begun
        if count:
            self.figures.milliseconds[way].append(cpu / 1e6 / len(sessions))
            self.figures.per_second[way].append(len(sessions) / taken)
        if resume:
            self.figures.offered += len(sessions)
            self.figures.resumed += sum(bool(session.connection.tls.session_reused) for session in sessions)
        elif way == "TLS":
            self._tls_sessions = [_tls_session(session) for session in sessions]
        loop.close()


def _tls_session(session: Session) -> ssl.SSLSession:
    found = session.connection.tls.session
    assert found is not None
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit status 1 if a server could not be started."""
    parser = options.parser("logins", _DESCRIPTION)
    parser.add_argument("--accounts", type=int, default=200, help="logins a round (%(default)s)")
    parser.add_argument(
        "--mechanism",
        default="SCRAM-SHA-1",
        choices=("SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"),
        help="%(default)s unless given; it is the one all servers offer",
    )
    given = parser.parse_args(arguments)
    cores = options.take_cores()
    try:
        with options.running(options.chosen(given.servers), cores) as servers:
            doors = {server.version(): Door(server, given.accounts, given.mechanism) for server in servers}
            for _ in range(given.rounds):
                for door in doors.values():
                    for way in _WAYS:
                        door.round(way)
    except (ServerError, LoadError) as error:
        return options.refused(error)
    print(_figures({name: door.figures for name, door in doors.items()}))
    return 0


def _figures(figures: dict[str, Figures]) -> str:
    costs, speeds = [], []
    for name, figure in figures.items():
        # Where the server took no session back, those logins were new ones and stand there already.
        ways = [way for way in _WAYS if way != "TLS resumed" or figure.resumed]
        none = ["–"] * (len(_WAYS) - len(ways))
        costs.append([name, *(number(median(figure.milliseconds[way]), 2) for way in ways), *none])
        resumed = f"{figure.resumed} of {figure.offered}"
        speeds.append([name, *(number(median(figure.per_second[way]), 0) for way in ways), *none, resumed])
    return "\n\n".join(
        (table(["CPU ms a login", *_WAYS], costs), table(["logins a second", *_WAYS, "resumed"], speeds))
    )


if __name__ == "__main__":
    sys.exit(main())
