"""XEP-0045 §7.2.7 banned users may not enter."""

from components.common.errors import StanzaError
from components.muc.feature import Entry, RoomFeature
from components.muc.occupant import Affiliation


def _admits(entry: Entry) -> None:
    if entry.affiliation is Affiliation.OUTCAST:
        raise StanzaError("forbidden", "you are banned from this room")


FEATURE = RoomFeature("banned", admits=_admits)
