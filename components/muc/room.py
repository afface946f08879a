"""The state of one room, and the few ways in which it changes.

Each change takes place in memory and, through the transaction, in the store; when the transaction is
rolled back, both are as before. Nothing is sent from here.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

from components.common.elements import attribute
from components.common.transaction import Transaction
from components.muc import storage
from components.muc.ids import Ids
from components.muc.occupant import Affiliation, Occupant, Role, Session
from components.muc.setting import RoomConfig


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry of the affiliation lists, with the nickname reserved for it (XEP-0045 §9)."""

    affiliation: Affiliation
    nick: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject, who set it, and when (§8.1)."""

    text: str
    nick: str
    at: datetime  # UTC
    occupant_id: str  # of who set it; empty if that was before there were such
    language: str = ""  # xml:lang, if there was one


@dataclass(frozen=True, slots=True)
class Message:
    """A groupchat message as it was reflected."""

    number: int  # see `Room.next_number`
    nick: str
    attributes: str  # of the start tag, rendered, besides from, to and type
    content: str  # rendered
    at: datetime  # UTC


UNAFFILIATED = Registration(Affiliation.NONE)


class Room:
    """A room: configuration, affiliations, occupants, subject, history."""

    __slots__ = (
        "_addresses",
        "_presences",
        "address",
        "affiliations",
        "asked",
        "avatar",
        "config",
        "fixed",
        "history",
        "id",
        "ids",
        "jid",
        "local",
        "locked",
        "look_at",
        "numbers",
        "occupants",
        "sessions",
        "subject",
        "voices",
    )

    def __init__(
        self, number: int, local: str, domain: str, ids: Ids, config: RoomConfig, locked: bool
    ) -> None:
        self.id = number
        self.local = local
        self.jid = f"{local}@{domain}"
        self.address = attribute(self.jid)
        self.ids = ids
        self.config = config
        self.locked = locked  # §10.1.1: not configured yet
        self.fixed = False  # by the configuration file: cannot be destroyed
        self.subject: Subject | None = None
        self.occupants: dict[str, Occupant] = {}  # by nickname
        self.sessions: dict[str, Occupant] = {}  # by full JID
        self.affiliations: dict[str, Registration] = {}  # by bare JID or domain
        self.voices: dict[str, Role] = {}  # by bare JID; see `features.lasting_voice`
        self.avatar: tuple[str, ...] = ()  # SHA-1 of the pictures in the vCard
        self.asked: dict[str, datetime] = {}  # when admins were asked about a bare JID; not stored
        self.history: deque[Message] = deque()
        self.numbers = 0  # the number of the last message
        self.look_at: datetime | None = None  # when to find out who is still there; not stored
        self._presences = 0  # of presences so far, which orders the occupants in the store
        self._addresses: tuple[str, ...] | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every session's address, escaped: where a groupchat message goes."""
        if self._addresses is None:
            self._addresses = tuple([a for occupant in self.occupants.values() for a in occupant.addresses])
        return self._addresses

    def occupant_address(self, nick: str) -> str:
        """The occupant JID, escaped."""
        return f"{self.address}/{attribute(nick)}"

    def next_number(self, now: datetime) -> int:
        """The number of one more message: microseconds since 1970, or one more than the last.

        So numbers order the messages, tell their time, and are not used again by a later room of the
        same name.
        """
        self.numbers = max(self.numbers + 1, int(now.timestamp() * 1_000_000))
        return self.numbers

    def registration(self, bare: str) -> Registration:
        """A user's entry: the one of the bare JID, else that of the domain (§9.2)."""
        found = self.affiliations.get(bare)
        if found is None:
            found = self.affiliations.get(bare.rpartition("@")[2])
        return found or UNAFFILIATED

    def affiliation(self, bare: str) -> Affiliation:
        """A user's affiliation."""
        return self.registration(bare).affiliation

    def reserved_for(self, nick: str) -> str | None:
        """The bare JID a nickname is reserved for."""
        for jid, registration in self.affiliations.items():
            if registration.nick and registration.nick == nick:
                return jid
        return None

    def enter(self, transaction: Transaction, nick: str, bare: str, role: Role, session: Session) -> Occupant:
        """Add a session; under a nickname that is there already, it joins that occupant."""
        occupant = self.occupants.get(nick)
        if occupant is None:
            occupant = Occupant(nick, bare, role, self.ids.occupant_id(self.jid, bare))
            transaction.put(self.occupants, nick, occupant)
        transaction.put(self.sessions, session.jid, occupant)
        self.present(transaction, occupant, session)
        return occupant

    def present(self, transaction: Transaction, occupant: Occupant, session: Session) -> None:
        """A session's presence, which from now on stands for the occupant."""
        transaction.put(occupant.sessions, session.jid, session)
        self._occupied(transaction)
        self._write_session(transaction, occupant, session)

    def leave(self, transaction: Transaction, occupant: Occupant, session: Session) -> None:
        """Remove a session, and the occupant with the last one."""
        transaction.remove(occupant.sessions, session.jid)
        transaction.remove(self.sessions, session.jid)
        if not occupant.sessions:
            transaction.remove(self.occupants, occupant.nick)
        self._occupied(transaction)
        transaction.delete(storage.occupants, (self.id, session.jid))

    def rename(self, transaction: Transaction, occupant: Occupant, nick: str) -> None:
        """Give an occupant another nickname (§7.6)."""
        transaction.remove(self.occupants, occupant.nick)
        transaction.assign(occupant, "nick", nick)
        transaction.put(self.occupants, nick, occupant)
        self._occupied(transaction)
        self._write_occupant(transaction, occupant)

    def set_role(self, transaction: Transaction, occupant: Occupant, role: Role) -> None:
        """Change an occupant's role (§5.1.3)."""
        transaction.assign(occupant, "role", role)
        self._write_occupant(transaction, occupant)

    def affiliate(self, transaction: Transaction, jid: str, registration: Registration) -> None:
        """Change an entry of the affiliation lists (§5.2.2); none without a nickname is no entry."""
        if registration == UNAFFILIATED:
            if jid in self.affiliations:
                transaction.remove(self.affiliations, jid)
                transaction.delete(storage.affiliations, (self.id, jid))
            return
        transaction.put(self.affiliations, jid, registration)
        row = {"affiliation": int(registration.affiliation), "nick": registration.nick}
        transaction.write(storage.affiliations, (self.id, jid), row)

    def set_voice(self, transaction: Transaction, bare: str, role: Role | None) -> None:
        """Note the role with which a user enters, if it is another one than by affiliation (§5.1)."""
        if role is not None:
            transaction.put(self.voices, bare, role)
            transaction.write(storage.voices, (self.id, bare), {"role": int(role)})
        elif bare in self.voices:
            transaction.remove(self.voices, bare)
            transaction.delete(storage.voices, (self.id, bare))

    def configure(self, transaction: Transaction, config: RoomConfig, locked: bool = False) -> None:
        """Take over a configuration; the room is open afterwards unless `locked`."""
        transaction.assign(self, "config", config)
        transaction.assign(self, "locked", locked)
        self.write(transaction)

    def set_subject(self, transaction: Transaction, subject: Subject) -> None:
        """Change the subject (§8.1)."""
        transaction.assign(self, "subject", subject)
        self.write(transaction)

    def remember(self, transaction: Transaction, message: Message, limit: int) -> None:
        """Add a message to the history, of which the last `limit` are kept (§7.2.13)."""
        before = self.history.copy()
        transaction.changed(lambda: setattr(self, "history", before))
        self.history.append(message)
        transaction.write(
            storage.history,
            (self.id, message.number),
            {
                "nick": message.nick,
                "attributes": message.attributes,
                "content": message.content,
                "sent": message.at.isoformat(),
            },
        )
        while len(self.history) > limit:
            forgotten = self.history.popleft()
            transaction.delete(storage.history, (self.id, forgotten.number))

    def forget(self, transaction: Transaction, before: int) -> None:
        """Drop the messages with lower numbers from the history."""
        if not self.history or self.history[0].number >= before:
            return
        kept = deque(message for message in self.history if message.number >= before)
        for message in self.history:
            if message.number < before:
                transaction.delete(storage.history, (self.id, message.number))
        transaction.assign(self, "history", kept)

    def replace(self, transaction: Transaction, number: int, content: str) -> None:
        """Put other content in a message of the history (XEP-0425)."""
        before = self.history.copy()
        transaction.changed(lambda: setattr(self, "history", before))
        for place, message in enumerate(self.history):
            if message.number == number:
                self.history[place] = replace(message, content=content)
                row = {
                    "nick": message.nick,
                    "attributes": message.attributes,
                    "content": content,
                    "sent": message.at.isoformat(),
                }
                transaction.write(storage.history, (self.id, number), row)

    def archive(self, transaction: Transaction, message: Message, bare: str) -> None:
        """Keep a message for good (XEP-0313)."""
        row = {
            "nick": message.nick,
            "jid": bare,
            "attributes": message.attributes,
            "content": message.content,
        }
        transaction.write(storage.archive, (self.id, message.number), row)

    def write(self, transaction: Transaction) -> None:
        """Note the room's own row."""
        subject = self.subject
        transaction.write(
            storage.rooms,
            (self.id,),
            {
                "local": self.local,
                "config": self.config.stored(),
                "locked": self.locked,
                "subject": subject.text if subject else None,
                "subject_nick": subject.nick if subject else None,
                "subject_at": subject.at.isoformat() if subject else None,
                "subject_occupant": subject.occupant_id if subject else None,
                "subject_language": subject.language if subject else None,
            },
        )

    def erase(self, transaction: Transaction) -> None:
        """Delete all rows of the room."""
        transaction.delete(storage.rooms, (self.id,))
        for jid in self.sessions:
            transaction.delete(storage.occupants, (self.id, jid))
        for jid in self.affiliations:
            transaction.delete(storage.affiliations, (self.id, jid))
        for bare in self.voices:
            transaction.delete(storage.voices, (self.id, bare))
        for message in self.history:
            transaction.delete(storage.history, (self.id, message.number))
        transaction.delete_all(storage.archive, (self.id,))
        transaction.delete(storage.vcards, (self.id,))

    def restore_session(self, nick: str, role: Role, session: Session) -> None:
        """Put back a session that was stored; sessions come in the order of their presences."""
        occupant = self.occupants.get(nick)
        if occupant is None:
            bare = session.jid.partition("/")[0]
            number = self.ids.occupant_id(self.jid, bare)
            occupant = self.occupants[nick] = Occupant(nick, bare, role, number)
        occupant.sessions[session.jid] = session
        self.sessions[session.jid] = occupant
        self._presences += 1

    def _occupied(self, transaction: Transaction) -> None:
        self._addresses = None
        transaction.changed(lambda: setattr(self, "_addresses", None))

    def _write_occupant(self, transaction: Transaction, occupant: Occupant) -> None:
        for session in occupant.sessions.values():
            self._write_session(transaction, occupant, session)

    def _write_session(self, transaction: Transaction, occupant: Occupant, session: Session) -> None:
        self._presences += 1
        transaction.write(
            storage.occupants,
            (self.id, session.jid),
            {
                "nick": occupant.nick,
                "role": int(occupant.role),
                "presence": session.presence,
                "updated": self._presences,
            },
        )
