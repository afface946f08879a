"""XEP-0045 §4.2 public and hidden rooms, §6.3 the list of public rooms."""

from collections.abc import Iterable

from components.muc.feature import RoomFeature
from components.muc.room import Room
from components.muc.setting import yes_or_no

PUBLIC = yes_or_no("muc#roomconfig_publicroom", "The room is listed", True)


def _announces(room: Room) -> Iterable[str]:
    yield "muc_public" if room.config[PUBLIC] else "muc_hidden"


FEATURE = RoomFeature("publicity", settings=(PUBLIC,), announces=_announces)
