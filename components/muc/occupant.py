"""Occupants, and the two things that say what they may do: affiliation and role (XEP-0045 §5)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from components.common.elements import attribute


class Affiliation(IntEnum):
    """A user's lasting association with a room; ordered, so that each has the privileges below it (§5.2)."""

    OUTCAST = -1
    NONE = 0
    MEMBER = 1
    ADMIN = 2
    OWNER = 3

    @property
    def word(self) -> str:
        """As it stands in stanzas."""
        return self.name.lower()


class Role(IntEnum):
    """An occupant's privileges for this visit; ordered (§5.1)."""

    NONE = 0
    VISITOR = 1
    PARTICIPANT = 2
    MODERATOR = 3

    @property
    def word(self) -> str:
        """As it stands in stanzas."""
        return self.name.lower()


AFFILIATIONS = {affiliation.word: affiliation for affiliation in Affiliation}
ROLES = {role.word: role for role in Role}


def initial_role(affiliation: Affiliation, moderated: bool) -> Role:
    """The role on entering (§5.1.2); no room admits an outcast."""
    if affiliation >= Affiliation.ADMIN:
        return Role.MODERATOR
    if affiliation is Affiliation.OUTCAST:
        return Role.NONE
    return Role.VISITOR if moderated and affiliation is Affiliation.NONE else Role.PARTICIPANT


@dataclass(slots=True)
class Session:
    """One full JID of an occupant; several of one user may share a nickname (§7.2.9)."""

    jid: str  # full JID
    presence: str  # content of the last presence, as it is passed on
    address: str = field(init=False)  # the JID as an attribute's value

    def __post_init__(self) -> None:
        self.address = attribute(self.jid)


@dataclass(slots=True)
class Occupant:
    """Somebody in the room under one nickname."""

    nick: str
    bare: str  # the user's bare JID
    role: Role
    id: str  # XEP-0421: the same for this user in this room at all times
    sessions: dict[str, Session] = field(default_factory=dict)  # by full JID, the latest presence last
    spoke: datetime | None = None  # last to all, where that counts (slow mode); not stored

    @property
    def current(self) -> Session:
        """The session whose presence stands for the occupant."""
        return next(reversed(self.sessions.values()))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where this occupant gets stanzas: every session (§7.2.9)."""
        return tuple([session.address for session in self.sessions.values()])
