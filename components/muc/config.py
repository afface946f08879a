"""The table `[muc]` of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slixmpp import JID, InvalidJID

from components.common.config import ComponentSettings
from components.muc.features.anonymity import WHOIS
from components.muc.features.capacity import MAX_OCCUPANTS
from components.muc.features.description import DESCRIPTION, LANGUAGE, NAME
from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.features.moderation import MODERATED
from components.muc.features.password import PROTECTED, SECRET
from components.muc.features.persistence import PERSISTENT
from components.muc.features.publicity import PUBLIC
from components.muc.setting import Setting


@dataclass(frozen=True, slots=True)
class FixedRoom:
    """A room that always exists; what stands here wins over what its owners set by form."""

    name: str = ""
    description: str = ""
    language: str = ""
    password: str = ""  # empty: none is needed
    public: bool = True
    members_only: bool = False
    moderated: bool = False
    non_anonymous: bool = False
    max_occupants: int = 0  # 0: no limit
    owners: list[str] = field(default_factory=list)  # bare JIDs, beside the administrators
    members: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for address in (*self.owners, *self.members):
            require_bare(address)
        if self.max_occupants < 0:
            raise ValueError("max_occupants: expected 0 (no limit) or more")

    def values(self) -> Mapping[Setting[Any], Any]:
        """As values of the room's settings."""
        return {
            PERSISTENT: True,
            NAME: self.name,
            DESCRIPTION: self.description,
            LANGUAGE: self.language,
            PROTECTED: bool(self.password),
            SECRET: self.password,
            PUBLIC: self.public,
            MEMBERS_ONLY: self.members_only,
            MODERATED: self.moderated,
            WHOIS: "anyone" if self.non_anonymous else "moderators",
            MAX_OCCUPANTS: self.max_occupants,
        }


@dataclass(frozen=True, slots=True)
class MucSettings(ComponentSettings):
    """The room service."""

    secret_file: str = "secrets/muc"
    database: str = "sqlite:///state/muc.sqlite"
    name: str = "Conference rooms"  # of the service, in service discovery
    room_creation: Literal["anyone", "local", "administrators"] = "anyone"
    rooms_per_user: int = 100  # whose owner somebody may be to create one more; 0: no limit
    message_bytes: int = 65536  # of what is said to all; 0: no limit but the router's
    archive_days: int = 0  # for which what was said is kept, unless a room keeps it shorter; 0: no limit
    tombstone_days: int = 30  # a destroyed persistent room is remembered; 0: not at all
    rooms: dict[str, FixedRoom] = field(default_factory=dict)  # by localpart

    def __post_init__(self) -> None:
        for key in ("rooms_per_user", "message_bytes", "archive_days", "tombstone_days"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key}: expected 0 or more")
        for local in self.rooms:
            try:
                valid = JID(f"{local}@localhost").local == local
            except InvalidJID:
                valid = False
            if not valid:
                raise ValueError(f"rooms.{local}: expected the part of an address before the @")


def require_bare(address: str) -> None:
    """Raises `ValueError` unless it is a bare JID."""
    try:
        jid = JID(address)
    except InvalidJID:
        jid = JID()
    if not jid.local or jid.full != address or jid.resource:
        raise ValueError(f"expected an address such as user@example.com, found {address!r}")
