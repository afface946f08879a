"""XEP-0045 §7.2.9 the greatest number of occupants."""

from collections.abc import Iterable

from components.common.errors import StanzaError
from components.common.forms import Field
from components.muc.feature import Entry, RoomFeature
from components.muc.occupant import Affiliation
from components.muc.room import Room
from components.muc.setting import number

MAX_OCCUPANTS = number(
    "muc#roomconfig_maxusers", "Greatest number of occupants (0: no limit)", 0, range(100_001), ("none",)
)
RESERVE = 10  # places beyond the limit for admins and owners, so that nobody can lock them out


def _admits(entry: Entry) -> None:
    limit = entry.room.config[MAX_OCCUPANTS]
    if not limit or not entry.is_new:
        return
    if entry.affiliation >= Affiliation.ADMIN:
        limit += RESERVE
    if len(entry.room.occupants) >= limit:
        raise StanzaError("service-unavailable", "the room is full", kind="wait")


def _describes(room: Room) -> Iterable[Field]:
    yield Field("muc#roominfo_occupants", [str(len(room.occupants))], label="Number of occupants")


FEATURE = RoomFeature("capacity", settings=(MAX_OCCUPANTS,), admits=_admits, describes=_describes)
