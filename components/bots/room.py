"""A room as the bot knows it, and the few ways in which that changes, in memory and in the store."""

from dataclasses import dataclass, field
from datetime import datetime

from components.bots import storage
from components.bots.config import RoomSettings
from components.common.transaction import Transaction

MOST_ACQUAINTANCES = 10_000  # of one room; whom it met first it forgets first


@dataclass(frozen=True, slots=True)
class Occupant:
    """Somebody in the room. `person` is the same whatever the nickname: the id of XEP-0421, else the
    bare JID, else the nickname itself.
    """

    nick: str
    person: str
    jid: str  # bare; empty where the room does not show it
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said in a meeting."""

    nick: str
    said: str
    at: datetime  # UTC


@dataclass(slots=True)
class Meeting:
    """A meeting of which minutes are kept."""

    title: str
    nick: str  # who wanted them
    began: datetime  # UTC
    lines: list[Line] = field(default_factory=list)
    participants: dict[str, Occupant] = field(default_factory=dict)  # by person


@dataclass(slots=True)
class AttendedRoom:
    """A room the bot is in, or wants to be in."""

    jid: str
    nick: str  # its own
    settings: RoomSettings
    inviter: str = ""  # bare JID, or the room's; empty: it stands in the configuration
    password: str = ""
    entered: bool = False
    subject: str = ""
    subject_nick: str = ""
    occupants: dict[str, Occupant] = field(default_factory=dict)  # by nickname, without the bot
    acquaintances: dict[str, int] = field(default_factory=dict)  # by person
    meeting: Meeting | None = None
    # While it enters: the nicknames seen so far. Not stored, like what follows.
    seen: dict[str, None] | None = None
    failures: int = 0  # to enter, since it was in the room
    due: datetime | None = None  # when to try, or to look whether it is still in the room

    @property
    def address(self) -> str:
        """The bot's occupant JID."""
        return f"{self.jid}/{self.nick}"

    def write(self, transaction: Transaction) -> None:
        """Note the room's own row."""
        values = {
            name: getattr(self, name)
            for name in ("nick", "password", "inviter", "entered", "subject", "subject_nick")
        }
        transaction.write(storage.rooms, (self.jid,), values)

    def change(self, transaction: Transaction, **values: object) -> None:
        """Other values of the room's own row."""
        for name, value in values.items():
            transaction.assign(self, name, value)
        self.write(transaction)

    def see(self, transaction: Transaction, occupant: Occupant) -> None:
        """Somebody is in the room."""
        transaction.put(self.occupants, occupant.nick, occupant)
        values = {"person": occupant.person, "jid": occupant.jid, "role": occupant.role}
        transaction.write(storage.occupants, (self.jid, occupant.nick), values)
        if self.meeting is not None and occupant.person not in self.meeting.participants:
            self.join_meeting(transaction, self.meeting, occupant)

    def lose(self, transaction: Transaction, nick: str) -> None:
        """Somebody has left."""
        if nick in self.occupants:
            transaction.remove(self.occupants, nick)
            transaction.delete(storage.occupants, (self.jid, nick))

    def meet(self, transaction: Transaction, person: str) -> None:
        """From now on the bot knows that person."""
        number = next(reversed(self.acquaintances.values()), 0) + 1
        transaction.put(self.acquaintances, person, number)
        transaction.write(storage.acquaintances, (self.jid, person), {"number": number})
        if len(self.acquaintances) > MOST_ACQUAINTANCES:
            forgotten = next(iter(self.acquaintances))
            transaction.remove(self.acquaintances, forgotten)
            transaction.delete(storage.acquaintances, (self.jid, forgotten))

    def begin_meeting(self, transaction: Transaction, title: str, nick: str) -> None:
        """Minutes are kept from now on; who is here takes part."""
        meeting = Meeting(title, nick, transaction.now)
        transaction.assign(self, "meeting", meeting)
        values = {"title": title, "nick": nick, "began": transaction.now.isoformat()}
        transaction.write(storage.meetings, (self.jid,), values)
        for occupant in self.occupants.values():
            self.join_meeting(transaction, meeting, occupant)

    def join_meeting(self, transaction: Transaction, meeting: Meeting, occupant: Occupant) -> None:
        """Somebody takes part."""
        transaction.put(meeting.participants, occupant.person, occupant)
        values = {"nick": occupant.nick, "jid": occupant.jid}
        transaction.write(storage.participants, (self.jid, occupant.person), values)

    def note(self, transaction: Transaction, meeting: Meeting, line: Line) -> None:
        """Add to the minutes."""
        meeting.lines.append(line)
        transaction.changed(meeting.lines.pop)
        values = {"nick": line.nick, "said": line.said, "at": line.at.isoformat()}
        transaction.write(storage.lines, (self.jid, len(meeting.lines)), values)

    def end_meeting(self, transaction: Transaction, meeting: Meeting) -> None:
        """No more minutes."""
        transaction.assign(self, "meeting", None)
        transaction.delete(storage.meetings, (self.jid,))
        for person in meeting.participants:
            transaction.delete(storage.participants, (self.jid, person))
        for number in range(1, len(meeting.lines) + 1):
            transaction.delete(storage.lines, (self.jid, number))

    def forget_occupants(self, transaction: Transaction) -> None:
        """The bot is not in the room any more."""
        for nick in list(self.occupants):
            self.lose(transaction, nick)

    def erase(self, transaction: Transaction) -> None:
        """Forget everything about the room."""
        if self.meeting is not None:
            self.end_meeting(transaction, self.meeting)
        self.forget_occupants(transaction)
        for person in self.acquaintances:
            transaction.delete(storage.acquaintances, (self.jid, person))
        transaction.delete(storage.rooms, (self.jid,))
