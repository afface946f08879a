"""XEP-0045 §7.10, §7.12, §18.1 locked nicknames: who has reserved one is called by it, and by no other."""

from collections.abc import Iterable

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.muc.feature import RoomFeature, Visit
from components.muc.features.nickname import call
from components.muc.room import Room
from components.muc.setting import RoomConfig, yes_or_no
from components.muc.stanzas import NICK_ASSIGNED

LOCKED = yes_or_no(
    "muc#roomconfig_lock_nicknames", "Who has reserved a nickname is called by it, and by no other", False
)


def nick_for(room: Room, bare: str, asked: str) -> str:
    """The nickname of somebody who enters: the one asked for, if none is assigned (§7.2.2)."""
    return _assigned(room, bare) or asked


def require_choice(room: Room, bare: str, asked: str) -> None:
    """Raises `not-acceptable` to an occupant who wants another nickname than the assigned one (§7.6)."""
    if nick_for(room, bare, asked) != asked:
        raise StanzaError(
            "not-acceptable", "in this room you are called by the nickname you have reserved", kind="cancel"
        )


def assign(room: Room, transaction: Transaction, bare: str) -> None:
    """Call somebody who is in the room by the nickname that is theirs from now on (§7.10)."""
    nick = _assigned(room, bare)
    if nick:
        for occupant in [o for o in room.occupants.values() if o.bare == bare and o.nick != nick]:
            call(room, transaction, occupant, nick, codes=(NICK_ASSIGNED,))


def _assigned(room: Room, bare: str) -> str:
    entry = room.affiliations.get(bare)
    return entry.nick if entry is not None and room.config[LOCKED] else ""


def _configured(visit: Visit, old: RoomConfig) -> Iterable[int]:
    if visit.room.config[LOCKED] and not old[LOCKED]:
        for bare in list(visit.room.affiliations):
            assign(visit.room, visit.transaction, bare)
    return ()


FEATURE = RoomFeature("locked_nicknames", settings=(LOCKED,), configured=_configured)
