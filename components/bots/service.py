"""The bot: which stanza concerns which room, rooms that come and go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from components.bots import greeting, invitations, minutes, stanzas
from components.bots.attendance import Attendance
from components.bots.config import BotsSettings, RoomSettings
from components.bots.invitations import Invitation
from components.bots.room import AttendedRoom, Occupant
from components.bots.said import MARK, BotCommand, Said
from components.bots.stanzas import BODY, DELAY, SUBJECT
from components.common.errors import StanzaError
from components.common.feature import Requests
from components.common.figures import Figure
from components.common.program import Reloaded
from components.common.stanza import Stanza
from components.common.transaction import Transaction

RESOURCE = "bot"


@dataclass(frozen=True, slots=True)
class Home:
    """Where the bot lives, and who runs it."""

    domain: str
    own_domain: str  # of the local users
    administrators: frozenset[str]  # bare JIDs


class BotService:
    """All rooms of the bot. Pure: stanzas in, changes and stanzas out through the transaction."""

    def __init__(
        self,
        home: Home,
        settings: BotsSettings,
        commands: Sequence[BotCommand],
        requests: Requests,
        rooms: Iterable[AttendedRoom] = (),
    ) -> None:
        """`rooms` as they were stored; `requests` are those to the bot and its domain."""
        self.own_domain, self.administrators = home.own_domain, home.administrators
        self.settings, self._domain = settings, home.domain
        self.commands: Mapping[str, BotCommand] = {command.word: command for command in commands}
        self.rooms: dict[str, AttendedRoom] = {room.jid: room for room in rooms}
        self.bare = f"{settings.address}@{home.domain}"
        self.address = f"{self.bare}/{RESOURCE}"
        self.attendance = Attendance(self.address, self._welcome, self._forget)
        self._requests = requests
        self._greeted = 0

    def handle(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        """One stanza to the bot, or to its domain."""
        if stanza.to.local and stanza.to.bare != self.bare:
            raise StanzaError("item-not-found", f"there is nobody but {self.bare}")
        if stanza.kind == "iq":
            return self._iq(stanza, transaction)
        (self._message if stanza.kind == "message" else self._presence)(stanza, transaction)
        return None

    def configure(self, settings: BotsSettings, transaction: Transaction) -> Reloaded:
        """Be in the rooms of the configuration; at the start, say so to all rooms."""
        reloaded = Reloaded()
        for key in ("invited_by", "invited", "rooms"):
            if getattr(settings, key) != getattr(self.settings, key):
                reloaded.applied.append(f"bots.{key}")
        reloaded.restart_needed += [
            f"bots.{key}"
            for key in ("address", "nickname")
            if getattr(settings, key) != getattr(self.settings, key)
        ]
        transaction.assign(self, "settings", settings)
        for room in [room for room in self.rooms.values() if not room.inviter]:
            if room.jid not in settings.rooms:
                self.leave(room.jid, transaction)
        for jid, wanted in settings.rooms.items():
            self._belong(jid, wanted, transaction)
        for room in self.rooms.values():
            transaction.assign(room, "settings", settings.rooms.get(room.jid, settings.invited))
            if room.due is None:  # new, or out of the store
                self.attendance.enter(room, transaction)
        return reloaded

    def renewed(self, transaction: Transaction) -> None:
        """Presence may have been lost: say again where the bot is."""
        for room in self.rooms.values():
            self.attendance.enter(room, transaction)

    def make_rounds(self, transaction: Transaction) -> None:
        """Enter where that has failed; look whether the bot is still in the others."""
        for room in list(self.rooms.values()):
            self.attendance.make_rounds(room, transaction)

    def figures(self) -> Iterable[Figure]:
        """Rooms, meetings, greetings."""
        rooms = self.rooms
        return (
            Figure("rooms", "rooms the bot is to be in", lambda: len(rooms)),
            Figure("rooms_entered", "rooms it is in", lambda: sum(room.entered for room in rooms.values())),
            Figure("meetings", "meetings it keeps minutes of", lambda: sum(map(_is_meeting, rooms.values()))),
            Figure("greeted", "newcomers greeted since the start", lambda: self._greeted, counter=True),
        )

    def attend(self, jid: str, inviter: str, password: str, transaction: Transaction) -> None:
        """Somebody has invited the bot: come, and stay until it is sent away."""
        settings = self.settings.invited
        room = AttendedRoom(jid, self.settings.nickname, settings, inviter or jid, password)
        transaction.put(self.rooms, jid, room)
        room.write(transaction)
        self.attendance.enter(room, transaction)

    def leave(self, jid: str, transaction: Transaction) -> None:
        """Go, and forget the room."""
        self.attendance.leave(transaction.remove(self.rooms, jid), transaction)

    def _belong(self, jid: str, wanted: RoomSettings, transaction: Transaction) -> None:
        """A room of the configuration: the bot is there, invited or not."""
        room = self.rooms.get(jid)
        if room is None:
            room = AttendedRoom(jid, self.settings.nickname, wanted, password=wanted.password)
            transaction.put(self.rooms, jid, room)
            room.write(transaction)
        elif room.inviter or room.password != wanted.password:
            room.change(transaction, inviter="", password=wanted.password)

    def _forget(self, jid: str, transaction: Transaction) -> None:
        transaction.remove(self.rooms, jid).erase(transaction)

    def _welcome(self, room: AttendedRoom, newcomers: list[Occupant], transaction: Transaction) -> None:
        transaction.assign(self, "_greeted", self._greeted + len(newcomers))
        greeting.greet(self.address, room, newcomers, transaction)

    def _iq(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        if stanza.type in ("get", "set"):
            return self._requests.answer(stanza, transaction)
        room = self.rooms.get(stanza.sender.bare)
        if room is not None and stanza.sender.resource == room.nick:
            self.attendance.looked(room, stanza, transaction)
        return None

    def _presence(self, stanza: Stanza, transaction: Transaction) -> None:
        room, nick = self.rooms.get(stanza.sender.bare), stanza.sender.resource
        if stanza.type == "subscribe":
            transaction.reply(f"{stanza.head('unsubscribed')}/>")  # it has no presence but in rooms
        elif room is None or not nick:
            return
        elif stanza.type == "":
            self.attendance.appeared(room, nick, stanza, transaction)
        elif stanza.type == "unavailable":
            self.attendance.disappeared(room, nick, stanza, transaction)
        elif stanza.type == "error":
            self.attendance.refused(room, stanza, transaction)

    def _message(self, stanza: Stanza, transaction: Transaction) -> None:
        if stanza.type == "error":
            return
        room = self.rooms.get(stanza.sender.bare)
        if room is not None and stanza.sender.resource:
            self._said(room, stanza, transaction)
        elif (invitation := Invitation.read(stanza)) is not None:
            invitations.heed(self, invitation, transaction)
        elif room is None and stanza.element.find(BODY) is not None:
            self._introduce(stanza, transaction)

    def _said(self, room: AttendedRoom, stanza: Stanza, transaction: Transaction) -> None:
        """Something an occupant says, to all or in private."""
        message, nick = stanza.element, stanza.sender.resource
        body, subject = message.findtext(BODY), message.findtext(SUBJECT)
        if stanza.type == "groupchat" and subject is not None and body is None:
            room.change(transaction, subject=subject, subject_nick=nick)
        by = room.occupants.get(nick)
        if not body or by is None or message.find(DELAY) is not None:
            return  # history, or the bot itself
        if body.startswith(MARK):
            self._answer(Said(self, room, by, body, stanza.type != "groupchat", transaction))
        elif stanza.type == "groupchat":
            minutes.note(self.address, room, by, body, transaction)

    def _answer(self, said: Said) -> None:
        word, _, rest = said.words.removeprefix(MARK).partition(" ")
        command = self.commands.get(word.casefold())
        if command is not None:
            command.answer(Said(said.bot, said.room, said.by, rest.strip(), said.privately, said.transaction))
        elif said.privately:
            said.reply(f"I do not know {MARK}{word}. Say {MARK}help.")

    def _introduce(self, stanza: Stanza, transaction: Transaction) -> None:
        """Somebody writes to the bot itself."""
        text = f"I help in rooms: invite {self.bare} to yours, and say {MARK}help there."
        transaction.reply(stanzas.message(self.address, stanza.sender.full, "chat", text))


def _is_meeting(room: AttendedRoom) -> bool:
    return room.meeting is not None
