"""CPU time of a change of presence: one user with many contacts online, all of whom are told."""

import re
import sys
from collections.abc import Sequence

from bench import options
from bench.load import Endpoint, LoadError, Loop, Session, log_in
from bench.login import Account
from bench.measure import cpu_nanoseconds, median, spread
from bench.servers import Server, ServerError
from bench.table import number, ratio, table

_DESCRIPTION = """
One user with many contacts online changes presence again and again, each time when all contacts have
heard of the change before (RFC 6121 §4.4.2). Printed: CPU time of the server's processes per change, in
ms, and per delivery, in µs.
"""
_END = b"</presence>"
_AT_A_TIME = 100  # requests that wait for an answer: servers have their limits
_STATUS = re.compile(rb"<status>([0-9]+)</status>")


class Contact:
    """Hears presence; `heard` is the number of the last change, `missed` counts what is not in order."""

    def __init__(self, session: Session) -> None:
        self.heard = 0
        self.missed = 0
        self._buffer = b""
        session.connection.receive = self.receive

    def receive(self, data: bytes) -> None:
        """Read what arrived."""
        *complete, self._buffer = (self._buffer + data).split(_END)
        for stanza in complete:
            match = _STATUS.search(stanza)
            if match is not None:
                self.missed += int(match[1]) != self.heard + 1
                self.heard = int(match[1])


class Audience:
    """One user of a server, with contacts who are all online."""

    def __init__(self, server: Server, contacts: int) -> None:
        self.milliseconds: list[float] = []
        self._server = server
        self._loop = Loop()
        self._changes = 0
        user, accounts = Account("star"), [Account(f"contact{number}") for number in range(contacts)]
        server.add_accounts([user, *accounts])
        [self._user] = log_in(self._loop, Endpoint(server.port), [user])
        self._sessions = log_in(self._loop, Endpoint(server.port), accounts)
        for first in range(0, contacts, _AT_A_TIME):
            chosen = slice(first, first + _AT_A_TIME)
            self._subscribe(user, accounts[chosen], self._sessions[chosen])
        self.contacts = [Contact(session) for session in self._sessions]

    def _subscribe(self, user: Account, accounts: Sequence[Account], sessions: Sequence[Session]) -> None:
        """Let contacts subscribe to the user's presence (RFC 6121 §3.1)."""
        received = bytearray()
        self._user.connection.receive = received.extend
        for session in sessions:
            session.connection.send(f"<presence type='subscribe' to='{user.jid}'/>".encode())
        asked = re.compile(rb"type=.subscribe.")
        self._loop.run_until(lambda: len(asked.findall(received)) == len(accounts), "the requests")
        heard = {session.jid: bytearray() for session in sessions}
        for session in sessions:
            session.connection.receive = heard[session.jid].extend
        for account in accounts:
            self._user.connection.send(f"<presence type='subscribed' to='{account.jid}'/>".encode())
        # The user's presence follows the approval (§3.1.5).
        there = self._user.jid.encode()
        self._loop.run_until(lambda: all(there in text for text in heard.values()), "the presence")

    def round(self, seconds: float) -> None:
        """Change presence for a while and note what a change costs."""
        pids = self._server.processes()
        self._change()
        cpu, changes = cpu_nanoseconds(pids), self._changes
        for _ in self._loop.clock(seconds):
            self._change()
        self.milliseconds.append((cpu_nanoseconds(pids) - cpu) / 1e6 / (self._changes - changes))

    def _change(self) -> None:
        self._changes += 1
        show = ("away", "dnd", "xa")[self._changes % 3]
        self._user.connection.send(
            f"<presence><show>{show}</show><status>{self._changes}</status></presence>".encode()
        )
        heard = self._changes
        self._loop.run_until(lambda: all(contact.heard == heard for contact in self.contacts), "a change")

    def close(self) -> None:
        """End the sessions."""
        self._loop.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit status 1 if a server could not be started."""
    parser = options.parser("presence", _DESCRIPTION)
    parser.add_argument("--contacts", type=int, default=500, help="contacts online (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round (%(default)s)")
    given = parser.parse_args(arguments)
    cores = options.take_cores()
    try:
        with options.running(options.chosen(given.servers), cores) as servers:
            audiences = {server.version(): Audience(server, given.contacts) for server in servers}
            for _ in range(given.rounds):
                for audience in audiences.values():
                    audience.round(given.seconds)
            for audience in audiences.values():
                audience.close()
    except (ServerError, LoadError) as error:
        return options.refused(error)
    print(_figures(audiences, given.contacts))
    return 0


def _figures(audiences: dict[str, Audience], contacts: int) -> str:
    reference = median(next(iter(audiences.values())).milliseconds)
    rows = []
    for name, audience in audiences.items():
        value = median(audience.milliseconds)
        rows.append(
            [
                name,
                f"{number(value, 2)} ±{spread(audience.milliseconds):.0%}",
                number(value * 1000 / contacts, 1),
                ratio(value, reference),
                str(sum(contact.missed for contact in audience.contacts)),
            ]
        )
    return table([f"{contacts} contacts", "CPU ms a change", "µs a delivery", "ratio", "missed"], rows)


if __name__ == "__main__":
    sys.exit(main())
