"""Memory per idle session, as clients of today have them; and whether all of them are still there.

A session is logged in, has its roster, is available, gets carbons (XEP-0280), can be resumed (XEP-0198),
and says nothing but what it is asked for.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench.load import Endpoint, LoadError, Loop, Session, log_in
from bench.login import Account
from bench.measure import settled_memory
from bench.servers import Server

# Before the first reading, so that what is allocated once (code, caches, pools) is not counted.
_FIRST = 100
_SWITCHED_ON = (
    b"<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>"
    b"<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
)
_PING = re.compile(rb"<iq\b[^>]*\bid=['\"]([^'\"]+)['\"][^>]*><ping\b")
_AT_ONCE = 500  # messages of the roll call on their way, lest they wait for each other


@dataclass(frozen=True, slots=True)
class Held:
    """What became of so many idle sessions."""

    bytes: float  # that each of them added to a freshly started server
    sessions: int
    reached: int  # by a message of another of them, after all that time


class IdleSession:
    """Answers what it is asked, so that nobody takes it for dead, and keeps what else it hears."""

    __slots__ = ("_handled", "_heard", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._handled = 0  # XEP-0198 §4: stanzas since stream management is enabled
        self._heard = b""
        session.connection.receive = self._receive
        session.connection.send(_SWITCHED_ON)

    @property
    def ready(self) -> bool:
        """Whether everything is switched on. Raises `LoadError` if the server does not do that."""
        if b"<failed" in self._heard or b"type='error'" in self._heard.replace(b'"', b"'"):
            raise LoadError(f"carbons and stream management are not to be had: {self._heard!r}")
        return b"<enabled" in self._heard and b"id='carbons'" in self._heard.replace(b'"', b"'")

    def forget(self) -> None:
        """What has come so far is of no interest."""
        self._heard = b""

    def writes(self, to: "IdleSession", text: str) -> None:
        """Send a message."""
        self._session.connection.send(
            f"<message type='chat' to='{to._session.jid}'><body>{text}</body></message>".encode()
        )

    def has_read(self, text: str) -> bool:
        """Whether a message said that."""
        return f"<body>{text}</body>".encode() in self._heard

    def _receive(self, data: bytes) -> None:
        self._heard += data
        for found in _PING.finditer(data):
            self._session.connection.send(b"<iq type='result' id='%b'/>" % found[1])
            self._handled += 1
        if b"<r " in data or b"<r/>" in data:
            self._session.connection.send(b"<a xmlns='urn:xmpp:sm:3' h='%d'/>" % self._handled)


def measure(server: Server, *, tls: bool, sessions: int, hold: float) -> Held:
    """What `sessions` sessions are to a freshly started server once they were silent for `hold` seconds."""
    context = server.certificate.client_context() if tls else None
    endpoint = Endpoint(server.tls_port if tls else server.port, context)
    accounts = [Account(f"idle{number}") for number in range(_FIRST + sessions)]
    server.add_accounts(accounts)
    loop = Loop()
    pids = server.processes()
    _arrive(loop, endpoint, accounts[:_FIRST])
    loop.run_for(hold)
    before = settled_memory(pids, loop.run_for)
    idle = _arrive(loop, endpoint, accounts[_FIRST:])
    loop.run_for(hold)
    after = settled_memory(pids, loop.run_for)
    reached = _roll_call(loop, idle)
    loop.close()
    return Held((after - before) / sessions, sessions, reached)


def _arrive(loop: Loop, endpoint: Endpoint, accounts: Sequence[Account]) -> list[IdleSession]:
    """One after the other, each ready before many more come."""
    arrived: list[IdleSession] = []
    for first in range(0, len(accounts), _FIRST):
        some = [IdleSession(session) for session in log_in(loop, endpoint, accounts[first : first + _FIRST])]
        loop.run_until(partial(_ready, some), "carbons and stream management")
        for session in some:
            session.forget()
        arrived += some
    return arrived


def _roll_call(loop: Loop, idle: Sequence[IdleSession]) -> int:
    """Let each write to another one, any of them; how many have got what was for them."""
    order = random.sample(idle, len(idle))
    calls = [(writer, order[at - 1], f"roll call {at}") for at, writer in enumerate(order)]
    for first in range(0, len(calls), _AT_ONCE):
        some = calls[first : first + _AT_ONCE]
        for writer, reader, text in some:
            writer.writes(reader, text)
        loop.quiet_or(partial(_all_read, some), silence=10)
    return sum(reader.has_read(text) for _, reader, text in calls)


def _ready(idle: Sequence[IdleSession]) -> bool:
    return all(session.ready for session in idle)


def _all_read(calls: Sequence[tuple[IdleSession, IdleSession, str]]) -> bool:
    return all(reader.has_read(text) for _, reader, text in calls)
