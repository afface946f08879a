"""XEP-0045 §4.2 persistent and temporary rooms: what becomes of a room when nobody is in it."""

from collections.abc import Iterable

from components.muc.feature import RoomFeature
from components.muc.room import Room
from components.muc.setting import yes_or_no

PERSISTENT = yes_or_no("muc#roomconfig_persistentroom", "The room stays when nobody is in it", False)


def _announces(room: Room) -> Iterable[str]:
    yield "muc_persistent" if room.config[PERSISTENT] else "muc_temporary"


FEATURE = RoomFeature("persistence", settings=(PERSISTENT,), announces=_announces)
