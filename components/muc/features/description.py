"""XEP-0045 §6.4, §10.1.3: a room's name, description and language."""

from collections.abc import Iterable

from components.common.forms import Field
from components.muc.feature import RoomFeature
from components.muc.room import Room
from components.muc.setting import line

NAME = line("muc#roomconfig_roomname", "Name of the room")
DESCRIPTION = line("muc#roomconfig_roomdesc", "What the room is for")
LANGUAGE = line("muc#roomconfig_lang", "Language of the discussions, such as en or de")


def _describes(room: Room) -> Iterable[Field]:
    yield Field("muc#roominfo_description", [room.config[DESCRIPTION]], label="What the room is for")
    if room.config[LANGUAGE]:
        yield Field("muc#roominfo_lang", [room.config[LANGUAGE]], label="Language of the discussions")


FEATURE = RoomFeature("description", settings=(NAME, DESCRIPTION, LANGUAGE), describes=_describes)
