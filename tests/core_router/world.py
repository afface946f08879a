"""The whole router in memory: `alice = world.client("alice@localhost/home")`, `alice.sends("<message …/>")`.

A `World` is a `core_router.app.Server` with a store in memory, connections that are no sockets and a
clock that only the test moves. Everything happens at once: when `sends` returns, the server is done.

    world = World(limits=Bounds(resources=2))
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    rooms = world.component("conference.localhost")
    alice.sends("<message to='bob@localhost/desk'><body>Hello</body></message>")
    bob.receives("<message from='alice@localhost/home'><body>Hello</body></message>")
    alice.receives_nothing()
    world.later(minutes=5)

Patterns are those of `tests.scenarios.matching`.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from core_router.app import Server
from core_router.config import Component as ComponentTable
from core_router.config import Config, RouterTable
from core_router.store.interfaces import Verifier
from core_router.store.memory import MemoryAccounts, memory_stores
from core_router.streams.client import ClientStream
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from core_router.streams.negotiation.scram import HASHES, make_verifier
from core_router.xmpp.jid import parse_jid
from core_router.xmpp.namespaces import COMPONENT
from settings import Home
from settings.common import Common
from tests.core_router import login
from tests.core_router.connection import BINDINGS, MemoryConnection
from tests.core_router.peer import Peer

_P = TypeVar("_P", bound=Peer)

__all__ = ["PASSWORD", "Client", "Component", "Peer", "World"]

PASSWORD = "open sesame, Ali"  # of every account
SECRET = "the component's secret"  # of every component
HOST = "192.0.2.1"  # where everybody connects from
START = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


class Client(Peer):
    """A logged-in client: its full address is `jid`, its account's `bare`."""

    jid: str
    bare: str

    def becomes_available(self, priority: int | None = None) -> None:
        """Send initial presence (RFC 6121 §4.2) and claim its echo (§4.2.2)."""
        wanted = "" if priority is None else f"<priority>{priority}</priority>"
        self.sends(f"<presence>{wanted}</presence>").receives(f"<presence from='{self.jid}'/>")


class Component(Peer):
    """A component. Its stanzas match patterns as if their namespace were `jabber:client`."""


class World:
    """One router and everybody who talks to it."""

    def __init__(self, domain: str = "localhost", **tables: Any) -> None:
        """`tables` are fields of `core_router.config.RouterTable`."""
        self.clock = Clock()
        self.stores = memory_stores()
        assert isinstance(self.stores.accounts, MemoryAccounts)
        self.accounts = self.stores.accounts
        self.domain = domain
        self.config = Config(Path("stellwerk.toml"), Home(Path()), Common(domain), RouterTable(**tables), {})
        self.config = replace(self.config, secrets=dict.fromkeys(self.config.router.component, SECRET))
        self.server: Server
        self.restart()

    def restart(self) -> None:
        """Start a new router on what the last one has stored; connections to that are forgotten."""
        self.server = Server(
            self.config,
            stores=self.stores,
            key=bytes(32),
            now=self.now,
            in_thread=_at_once,
            call_later=self.clock.callLater,
        )
        Deferred.fromCoroutine(self.server.begin())

    def reconfigure(self, **tables: Any) -> None:
        """What a reload does, with these fields of `RouterTable` changed."""
        router = replace(self.config.router, **tables)
        self.config = replace(self.config, router=router, secrets=dict.fromkeys(router.component, SECRET))
        self.server.reconfigure(self.config)
        self.clock.advance(0)

    # -- time ---------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """What the server takes for the time."""
        return START + timedelta(seconds=self.clock.seconds())

    def later(self, **time: float) -> None:
        """Time passes, given as for `timedelta`."""
        self.clock.advance(timedelta(**time).total_seconds())

    # -- parties ------------------------------------------------------------------------------------

    def account(self, jid: str, password: str = PASSWORD) -> None:
        """Make an account, unless it is there."""
        bare = parse_jid(jid).bare
        if bare not in self.accounts.rows:
            Deferred.fromCoroutine(self.accounts.create(bare, _verifiers(password), self.now()))

    def stranger(
        self,
        name: str = "a stranger",
        *,
        secure: bool = True,
        bindings: Mapping[str, bytes] = BINDINGS,
        host: str = HOST,
    ) -> Peer:
        """Somebody on the clients' port who has not said anything; `secure`: TLS is in place."""
        return self._connect(Peer, name, self.server.new_client, secure=secure, bindings=bindings, host=host)

    def client(
        self, jid: str, *, available: bool = True, priority: int | None = None, mechanism: str = ""
    ) -> Client:
        """A client with this full address, or with a resource of the server's choice for a bare one.

        With `available`, its initial presence is sent and the echo claimed. With a `mechanism` the
        login goes the whole way of STARTTLS and SASL, without one it takes a short cut.
        """
        address = parse_jid(jid)
        self.account(jid)
        client = self._connect(Client, jid, self.server.new_client, secure=not mechanism, bindings=BINDINGS)
        login.open_stream(client, self.domain)
        if mechanism:
            login.start_tls(client, self.domain)
            login.authenticate(client, address.local, PASSWORD, mechanism)
        else:
            assert isinstance(client.stream, ClientStream)
            client.stream.authenticated(address.to_bare())
            client.stream.restart()
        login.open_stream(client, self.domain)
        client.jid, client.bare = login.bind(client, address.resource), address.bare
        if available:
            client.becomes_available(priority)
        return client

    def guest(self) -> Client:
        """A client without an account (SASL ANONYMOUS), available."""
        guest = self._connect(Client, "a guest", self.server.new_client, secure=True, bindings={})
        login.open_stream(guest, self.domain)
        guest.sends(login.auth("ANONYMOUS")).receives_next(f"<success xmlns='{SASL}'/>")
        login.open_stream(guest, self.domain)
        guest.jid = login.bind(guest)
        guest.bare = guest.jid.partition("/")[0]
        guest.becomes_available()
        return guest

    def component(self, domain: str, *, hidden: bool = False) -> Component:
        """A component that is connected; it is configured first if it is not."""
        tables = self.config.router.component
        if domain not in tables:
            self.reconfigure(component={**tables, domain: ComponentTable(secret=SECRET, hidden=hidden)})
        component = self.caller(domain).opens(COMPONENT, to=domain)
        digest = hashlib.sha1(f"{component.header['id']}{SECRET}".encode()).hexdigest()
        component.sends(f"<handshake>{digest}</handshake>").receives_next("<handshake/>")
        return component

    def caller(self, name: str = "a caller") -> Component:
        """Somebody on the components' port who has not said anything."""
        return self._connect(Component, name, self.server.new_component, secure=False, bindings={})

    def _connect(
        self,
        kind: type[_P],
        name: str,
        make_stream: Callable[[MemoryConnection], Any],
        *,
        secure: bool,
        bindings: Mapping[str, bytes],
        host: str = HOST,
    ) -> _P:
        connection = MemoryConnection(self.clock, f"{host}:40000", secure=secure, bindings=bindings)
        peer = kind(name, connection, self.clock)
        return peer.attach(make_stream(connection))


def befriend(one: Client, other: Client) -> None:
    """Let both subscribe to each other's presence (RFC 6121 §3.1); all that comes of it is claimed."""
    for asking, asked in ((one, other), (other, one)):
        asking.sends(f"<presence type='subscribe' to='{asked.bare}'/>")
        asked.sends(f"<presence type='subscribed' to='{asking.bare}'/>")
    one.ignores()
    other.ignores()


async def _at_once(work: Callable[[], bool]) -> bool:
    return work()


@functools.cache
def _verifiers(password: str) -> dict[str, Verifier]:
    return {hash: make_verifier(password, hash) for hash in HASHES}
