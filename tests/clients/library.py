"""A program that uses an XMPP library, slixmpp, the way its documentation says."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import slixmpp
from slixmpp.jid import JID
from slixmpp.stanza import Message, Presence
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

PATIENCE = 30.0

T = TypeVar("T")


class LibraryClient:
    """A slixmpp client that remembers what it hears."""

    plugins: tuple[str, ...] = ("xep_0030", "xep_0199")

    def __init__(self, jid: str, password: str, authority: Path) -> None:
        """`authority`: PEM file with the certificate to trust."""
        self.heard: list[Message] = []
        self.refused: list[Message] = []  # what came back as an error
        self.disconnections = 0
        self._available: set[str] = set()
        self._arrived = asyncio.Event()
        self._client = slixmpp.ClientXMPP(jid, password)
        self._client.ca_certs = authority
        for plugin in self.plugins:
            self._client.register_plugin(plugin)
        self._client.register_handler(Callback("all messages", StanzaPath("message"), self._hear))
        self._client.add_event_handler("presence_available", self._see)
        self._client.add_event_handler("disconnected", self._count_disconnection)

    @property
    def jid(self) -> str:
        """The full address, once logged in."""
        return str(self._client.boundjid)

    @property
    def bare(self) -> str:
        """The address of the account."""
        return str(self._client.boundjid.bare)

    async def logs_in(self, port: int) -> None:
        """Connect to the loopback port, log in under TLS and become available."""
        begun = self._client.wait_until("session_start", PATIENCE)
        self._client.connect("127.0.0.1", port)
        await begun
        await self._client.get_roster()
        self._client.send_presence()

    def says(self, to: str, body: str, kind: str = "chat") -> None:
        """Send a message."""
        self._client.send_message(mto=to, mbody=body, mtype=kind)  # type: ignore[arg-type]

    async def hears(self, body: str, *, of: str) -> Message:
        """Wait for a message with that text from that address, bare or full."""
        return await self._waits(
            lambda: next(
                (
                    message
                    for message in self.heard
                    if message["body"] == body and of in (str(message["from"]), message["from"].bare)
                ),
                None,
            )
        )

    async def is_told_of_failure(self, of: str) -> str:
        """Wait until a message to that address has come back; returns the condition of the error."""
        came_back = await self._waits(
            lambda: next((message for message in self.refused if message["from"] == of), None)
        )
        return str(came_back["error"]["condition"])

    def asks_for_presence_of(self, jid: str) -> None:
        """Ask to be a contact; being asked in return is answered with yes."""
        self._client.send_presence_subscription(pto=JID(jid))

    async def sees(self, jid: str) -> None:
        """Wait until one of the account's resources is available."""
        await self._waits(lambda: jid in self._available or None)

    async def discovers(self, address: str) -> dict[str, str]:
        """What an address lists (XEP-0030): addresses with their names."""
        found = await self._client.plugin["xep_0030"].get_items(JID(address))
        return {str(jid): name for jid, _, name in found["disco_items"]["items"]}

    async def leaves(self) -> None:
        """Log out."""
        await self._client.disconnect()

    async def _waits(self, find: Callable[[], T | None]) -> T:
        """Look again whenever something has arrived, until there is what is looked for."""
        async with asyncio.timeout(PATIENCE):
            while (found := find()) is None:
                self._arrived.clear()
                await self._arrived.wait()
            return found

    def _hear(self, message: Message) -> None:
        (self.refused if message["type"] == "error" else self.heard).append(message)
        self._arrived.set()

    def _see(self, presence: Presence) -> None:
        self._available.add(presence["from"].bare)
        self._arrived.set()

    def _count_disconnection(self, _event: object) -> None:
        self.disconnections += 1
