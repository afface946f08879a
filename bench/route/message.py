"""CPU time per delivered message: clients in pairs, one or several messages in flight per sender."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.load import Endpoint, LoadError, Loop, Session, log_in
from bench.login import Account
from bench.measure import cpu_nanoseconds
from bench.servers import Server
from bench.talk import Count, Talk


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """One way of talking."""

    tls: bool
    in_flight: int

    def __str__(self) -> str:
        return f"{'TLS' if self.tls else 'plain'} ×{self.in_flight}"


@dataclass(slots=True)
class Figures:
    """What the rounds of one server gave."""

    microseconds: dict[Case, list[float]] = field(default_factory=lambda: defaultdict(list))
    per_second: dict[Case, list[float]] = field(default_factory=lambda: defaultdict(list))
    count: Count = field(default_factory=Count)


class Talkers:
    """The clients of one server, logged in once over plain TCP and once over TLS."""

    def __init__(self, server: Server, clients: int) -> None:
        self.figures = Figures()
        self._server = server
        self._loop = Loop()
        accounts = [Account(f"talker{number}") for number in range(clients)]
        server.add_accounts(accounts)
        self._sessions: dict[bool, list[Session]] = {
            False: log_in(self._loop, Endpoint(server.port), accounts),
            True: log_in(
                self._loop, Endpoint(server.tls_port, server.certificate.client_context()), accounts
            ),
        }

    def round(self, case: Case, *, warm_up: float, seconds: float) -> None:
        """Talk for a while and add what it cost to the figures."""
        pids = self._server.processes()
        talk = Talk(self._loop, self._sessions[case.tls])
        talk.start(case.in_flight)
        self._loop.run_for(warm_up)
        cpu, delivered = cpu_nanoseconds(pids), talk.delivered
        self._loop.run_for(seconds)
        cpu, delivered = cpu_nanoseconds(pids) - cpu, talk.delivered - delivered
        self.figures.count += talk.stop()
        if not delivered:
            raise LoadError(f"{self._server.name} delivered nothing in {seconds} s ({case})")
        self.figures.microseconds[case].append(cpu / 1000 / delivered)
        self.figures.per_second[case].append(delivered / seconds)

    def close(self) -> None:
        """End the sessions."""
        self._loop.close()


def measure(
    servers: Sequence[Server], cases: Sequence[Case], *, clients: int, rounds: int, seconds: float
) -> dict[str, Figures]:
    """Every server in turn, round by round, so that the machine's moods fall on all alike."""
    groups = {server.name: Talkers(server, clients) for server in servers}
    for _ in range(rounds):
        for case in cases:
            for talkers in groups.values():
                talkers.round(case, warm_up=seconds / 4, seconds=seconds)
    for talkers in groups.values():
        talkers.close()
    return {name: talkers.figures for name, talkers in groups.items()}
