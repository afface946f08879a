"""A program that uses an XMPP library, slixmpp, the way its documentation says."""

import asyncio
from pathlib import Path

import slixmpp
from slixmpp.exceptions import PresenceError
from slixmpp.jid import JID
from slixmpp.stanza import Message, Presence

PATIENCE = 30.0


class LibraryClient:
    """A slixmpp client that remembers what it hears."""

    def __init__(self, jid: str, password: str, authority: Path) -> None:
        """`authority`: PEM file with the certificate to trust."""
        self.heard: list[Message] = []
        self.refused: list[Message] = []  # what came back as an error
        self._departures: list[Presence] = []  # of occupants of rooms
        self.disconnections = 0
        self._available: set[str] = set()
        self._arrived = asyncio.Event()
        self._client = slixmpp.ClientXMPP(jid, password)
        self._client.ca_certs = authority
        for plugin in ("xep_0030", "xep_0045", "xep_0199"):
            self._client.register_plugin(plugin)
        self._client.add_event_handler("message", self._hear)
        self._client.add_event_handler("message_error", self._be_refused)
        self._client.add_event_handler("presence_available", self._see)
        self._client.add_event_handler("groupchat_presence", self._see_depart)
        self._client.add_event_handler("disconnected", self._count_disconnection)

    @property
    def jid(self) -> str:
        """The full address, once logged in."""
        return str(self._client.boundjid)

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
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.heard:
                    if message["body"] == body and of in (str(message["from"]), message["from"].bare):
                        return message
                self._arrived.clear()
                await self._arrived.wait()

    def asks_for_presence_of(self, jid: str) -> None:
        """Ask to be a contact; being asked in return is answered with yes."""
        self._client.send_presence_subscription(pto=JID(jid))

    async def sees(self, jid: str) -> None:
        """Wait until one of the account's resources is available."""
        async with asyncio.timeout(PATIENCE):
            while jid not in self._available:
                self._arrived.clear()
                await self._arrived.wait()

    async def makes_room(self, room: str, nick: str, password: str = "") -> None:
        """Create a room, which asks for the password if there is one (XEP-0045 §10.1.3)."""
        rooms = self._client.plugin["xep_0045"]
        await rooms.join_muc_wait(JID(room), nick, maxstanzas=0)
        form = await rooms.get_room_config(room)
        form["type"] = "submit"
        form["values"] = {
            "muc#roomconfig_persistentroom": True,
            "muc#roomconfig_passwordprotectedroom": bool(password),
            "muc#roomconfig_roomsecret": password,
        }
        await rooms.set_room_config(room, form)

    async def enters(self, room: str, nick: str, password: str = "") -> None:
        """Join a room."""
        await self._client.plugin["xep_0045"].join_muc_wait(
            JID(room), nick, password=password or None, maxstanzas=0
        )

    async def is_refused(self, room: str, nick: str, password: str = "") -> str:
        """Try to join a room; returns the condition of the error that this must bring."""
        try:
            await self.enters(room, nick, password)
        except PresenceError as error:
            return str(error.presence["error"]["condition"])
        raise AssertionError(f"{self.jid} was let into {room}")

    async def kicks(self, room: str, nick: str, reason: str) -> None:
        """Remove an occupant (XEP-0045 §8.2)."""
        await self._client.plugin["xep_0045"].set_role(JID(room), nick, "none", reason=reason)

    async def sees_depart(self, occupant: str) -> set[int]:
        """Wait until an occupant, by its address in the room, is gone; returns the status codes."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for presence in self._departures:
                    if presence["from"] == occupant:
                        return set(presence["muc"]["status_codes"])
                self._arrived.clear()
                await self._arrived.wait()

    async def is_told_of_failure(self, of: str) -> str:
        """Wait until a message to that address has come back; returns the condition of the error."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.refused:
                    if message["from"] == of:
                        return str(message["error"]["condition"])
                self._arrived.clear()
                await self._arrived.wait()

    async def discovers(self, address: str) -> dict[str, str]:
        """What an address lists (XEP-0030): addresses with their names."""
        found = await self._client.plugin["xep_0030"].get_items(JID(address))
        return {str(jid): name for jid, _, name in found["disco_items"]["items"]}

    def occupants(self, room: str) -> list[str]:
        """The nicks seen in a room."""
        return sorted(self._client.plugin["xep_0045"].get_roster(JID(room)))

    async def leaves(self) -> None:
        """Log out."""
        await self._client.disconnect()

    def _hear(self, message: Message) -> None:
        self.heard.append(message)
        self._arrived.set()

    def _be_refused(self, message: Message) -> None:
        self.refused.append(message)
        self._arrived.set()

    def _see_depart(self, presence: Presence) -> None:
        if presence["type"] == "unavailable":
            self._departures.append(presence)
            self._arrived.set()

    def _see(self, presence: Presence) -> None:
        self._available.add(presence["from"].bare)
        self._arrived.set()

    def _count_disconnection(self, _event: object) -> None:
        self.disconnections += 1
