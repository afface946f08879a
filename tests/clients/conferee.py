"""A program that goes into rooms, with slixmpp (XEP-0045, XEP-0249)."""

from pathlib import Path

from slixmpp.exceptions import PresenceError
from slixmpp.jid import JID
from slixmpp.stanza import Message, Presence

from tests.clients.library import LibraryClient

_DIRECTLY = "{{jabber:x:conference}}x[@jid='{}']"
_USER = "{http://jabber.org/protocol/muc#user}"
_BY_ROOM, _PASSWORD = f"{_USER}x/{_USER}invite", f"{_USER}x/{_USER}password"

_RETRACT = "{urn:xmpp:message-retract:1}retract"
_RETRACT_REASON = "{urn:xmpp:message-retract:1}reason"


class Conferee(LibraryClient):
    """A slixmpp client that remembers who is in its rooms, and as what."""

    plugins = (*LibraryClient.plugins, "xep_0045", "xep_0249")

    def __init__(self, jid: str, password: str, authority: Path) -> None:
        super().__init__(jid, password, authority)
        self._seen: list[Presence] = []  # of occupants
        self._client.add_event_handler("groupchat_presence", self._see_occupant)
        self._rooms = self._client.plugin["xep_0045"]

    async def makes_room(self, room: str, nick: str, password: str = "", *, moderated: bool = False) -> None:
        """Create a room, which asks for the password if there is one (XEP-0045 §10.1.3)."""
        await self._rooms.join_muc_wait(JID(room), nick, maxstanzas=0)
        form = await self._rooms.get_room_config(room)
        form["type"] = "submit"
        form["values"] = {
            "muc#roomconfig_persistentroom": True,
            "muc#roomconfig_moderatedroom": moderated,
            "muc#roomconfig_passwordprotectedroom": bool(password),
            "muc#roomconfig_roomsecret": password,
        }
        await self._rooms.set_room_config(room, form)

    async def enters(self, room: str, nick: str, password: str = "") -> None:
        """Join a room."""
        await self._rooms.join_muc_wait(JID(room), nick, password=password or None, maxstanzas=0)

    async def is_refused(self, room: str, nick: str, password: str = "") -> str:
        """Try to join a room; returns the condition of the error that this must bring."""
        try:
            await self.enters(room, nick, password)
        except PresenceError as error:
            return str(error.presence["error"]["condition"])
        raise AssertionError(f"{self.jid} was let into {room}")

    def occupants(self, room: str) -> list[str]:
        """The nicks seen in a room."""
        return sorted(self._rooms.get_roster(JID(room)))

    async def sees_as(self, occupant: str, role: str) -> None:
        """Wait until the last that is known of an occupant, by its address in the room, is this role."""
        await self._waits(lambda: (self._role(occupant) == role) or None)

    async def sees_depart(self, occupant: str) -> set[int]:
        """Wait until an occupant, by its address in the room, is gone; returns the status codes."""
        departure = await self._waits(
            lambda: next(
                (
                    presence
                    for presence in self._seen
                    if presence["type"] == "unavailable" and presence["from"] == occupant
                ),
                None,
            )
        )
        return set(departure["muc"]["status_codes"])

    async def sees_subject(self, subject: str, room: str) -> None:
        """Wait until the room has this subject."""
        await self._waits(
            lambda: (
                any(message["from"].bare == room and message["subject"] == subject for message in self.heard)
                or None
            )
        )

    async def kicks(self, room: str, nick: str, reason: str) -> None:
        """Remove an occupant (§8.2)."""
        await self._rooms.set_role(room, nick, "none", reason=reason)

    def invites(self, jid: str, room: str, password: str = "", *, directly: bool) -> None:
        """Invite somebody, directly (XEP-0249) or through the room (XEP-0045 §7.8.2)."""
        if directly:
            self._client.plugin["xep_0249"].send_invitation(JID(jid), JID(room), password=password or None)
        else:
            self._rooms.invite(JID(room), JID(jid))

    async def is_invited(self, room: str, *, directly: bool) -> str:
        """Wait for an invitation by a person, or by the room; returns the password that came with it."""
        sign = _DIRECTLY.format(room) if directly else _BY_ROOM

        def invitation() -> Message | None:
            told = [message for message in self.heard if message.xml.find(sign) is not None]
            return next((message for message in told if directly or message["from"] == room), None)

        message = await self._waits(invitation)
        found = message.xml.find(sign)
        assert found is not None
        return found.get("password") or message.xml.findtext(_PASSWORD) or ""

    async def is_told_of_retraction(self, reason: str, room: str) -> None:
        """Wait until the room says that a moderator has retracted something, and why (XEP-0425)."""
        await self._waits(
            lambda: (
                any(
                    message["from"] == room
                    and message.xml.findtext(f"{_RETRACT}/{_RETRACT_REASON}") == reason
                    for message in self.heard
                )
                or None
            )
        )

    def _role(self, occupant: str) -> str:
        known = [presence for presence in self._seen if presence["from"] == occupant]
        return str(known[-1]["muc"]["role"]) if known else ""

    def _see_occupant(self, presence: Presence) -> None:
        self._seen.append(presence)
        self._arrived.set()
