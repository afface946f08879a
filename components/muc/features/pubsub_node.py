"""XEP-0045 §6.4, §16.5: the pubsub node that belongs to a room, such as its minutes or its calendar."""

from collections.abc import Iterable

from components.common.forms import Field
from components.muc.feature import RoomFeature
from components.muc.room import Room
from components.muc.setting import line

NODE = line("muc#roomconfig_pubsub", "Address of an associated pubsub node (xmpp:…)")


def _describes(room: Room) -> Iterable[Field]:
    if room.config[NODE]:
        yield Field(NODE.var, [room.config[NODE]], label=NODE.label)


FEATURE = RoomFeature("pubsub_node", settings=(NODE,), describes=_describes)
