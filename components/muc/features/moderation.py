"""XEP-0045 §4.2, §5.1.2 moderated rooms: only those with voice may speak to all."""

from collections.abc import Iterable

from components.common.errors import StanzaError
from components.muc.feature import RoomFeature
from components.muc.occupant import Occupant, Role
from components.muc.room import Room
from components.muc.setting import yes_or_no

MODERATED = yes_or_no("muc#roomconfig_moderatedroom", "Visitors need a moderator's leave to speak", False)


def require_voice(occupant: Occupant) -> None:
    """Raises `forbidden` for a visitor (§7.4)."""
    if occupant.role < Role.PARTICIPANT:
        raise StanzaError("forbidden", "visitors may not speak in this room")


def _announces(room: Room) -> Iterable[str]:
    yield "muc_moderated" if room.config[MODERATED] else "muc_unmoderated"


FEATURE = RoomFeature("moderation", settings=(MODERATED,), announces=_announces)
