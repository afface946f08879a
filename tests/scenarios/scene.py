"""The place of a scenario: a running server, fresh accounts, and the parties that connect."""

import itertools
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import authenticate, bind, open_stream, start_tls, strongest
from tests.scenarios.stream import Stream

Connect = Callable[..., Awaitable[Client]]  # `Scene.connect`

ROSTER = "jabber:iq:roster"
PASSWORD = "open sesame, Ali"

_accounts = itertools.count(1)


class Server(Protocol):
    """What a scenario needs of the server it runs against."""

    @property
    def domain(self) -> str:
        """The domain of the accounts."""

    @property
    def port(self) -> int:
        """The clients' port, with STARTTLS."""

    @property
    def tls_port(self) -> int:
        """The clients' port with TLS from the first byte."""

    @property
    def authority(self) -> Path:
        """PEM file with what to trust."""

    def add_account(self, user: str, password: str) -> None:
        """Make an account."""

    def memory(self) -> int:
        """Bytes of memory the process that serves clients uses now."""


class Scene:
    """Connects parties to the server; names such as `alice` stand for accounts nobody else uses."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.domain = server.domain
        self.context = ssl.create_default_context(cafile=server.authority)
        self._users: dict[str, str] = {}
        self._streams: list[Stream] = []

    async def connect(
        self,
        name: str,
        *,
        resource: str = "",
        priority: int | None = None,
        available: bool = True,
        mechanism: str = "",
    ) -> Client:
        """A client of `name`'s account, logged in over STARTTLS; the account is made at the first time.

        With `available`, its initial presence is sent and its echo claimed. Without a `mechanism`, the
        strongest SASL mechanism offered is used.
        """
        party = await self.stranger(name)
        await open_stream(party)
        features = await start_tls(party, self.context)
        await authenticate(party, self.user(name), PASSWORD, mechanism or strongest(features))
        client = await bind(party, resource)
        if available:
            await client.becomes_available(priority)
        return client

    async def stranger(self, name: str = "a stranger", *, direct_tls: bool = False) -> Party:
        """Somebody with a connection and nothing else; with `direct_tls`, under TLS already."""
        port, context = self.server.port, None
        if direct_tls:
            port, context = self.server.tls_port, self.context
        stream = await Stream.open(port, context)
        self._streams.append(stream)
        return Party(name, stream, self.domain)

    def user(self, name: str) -> str:
        """The local part of `name`'s account, which is made when it is not there yet."""
        if name not in self._users:
            self._users[name] = f"{name}-{next(_accounts)}"
            self.server.add_account(self._users[name], PASSWORD)
        return self._users[name]

    def bare(self, name: str) -> str:
        """The address of `name`'s account."""
        return f"{self.user(name)}@{self.domain}"

    async def ends(self) -> None:
        """Drop all connections."""
        for stream in self._streams:
            await stream.close()


async def befriend(one: Client, other: Client) -> None:
    """Let both subscribe to each other's presence (RFC 6121 §3.1), and claim all that comes of it.

    Both ask for their rosters, as every client does: only then do servers tell them of answers (§2.2).
    """
    for client in (one, other):
        await client.asks(f"<query xmlns='{ROSTER}'/>")
    for asking, asked in ((one, other), (other, one)):
        await asking.sends(f"<presence type='subscribe' to='{asked.bare}'/>")
        await asking.receives(pushed(asked.bare, "ask='subscribe'"))
        await asked.receives(f"<presence type='subscribe' from='{asking.bare}'/>")
        await asked.sends(f"<presence type='subscribed' to='{asking.bare}'/>")
        await asked.receives(pushed(asking.bare))
        await asking.receives(
            f"<presence type='subscribed' from='{asked.bare}'/>",
            pushed(asked.bare),
            f"<presence from='{asked.jid}'/>",
        )
    for client in (one, other):
        await client.is_answered()


def pushed(contact: str, seen: str = "") -> str:
    """The roster push (RFC 6121 §2.1.6) of a contact's item, with those attributes."""
    return f"<iq type='set'><query xmlns='{ROSTER}'><item jid='{contact}' {seen}/></query></iq>"
