"""XEP-0045 §7.2.6 members-only rooms."""

from collections.abc import Iterable

from components.common.errors import StanzaError
from components.muc.feature import Entry, RoomFeature, Visit
from components.muc.features.exiting import eject, show_ejected, tell_ejected
from components.muc.occupant import Affiliation
from components.muc.room import Room
from components.muc.setting import RoomConfig, yes_or_no
from components.muc.stanzas import NOT_A_MEMBER

MEMBERS_ONLY = yes_or_no("muc#roomconfig_membersonly", "Only members may enter", False)


def _admits(entry: Entry) -> None:
    if entry.room.config[MEMBERS_ONLY] and entry.affiliation < Affiliation.MEMBER:
        raise StanzaError("registration-required", "only members may enter this room")


def _announces(room: Room) -> Iterable[str]:
    yield "muc_membersonly" if room.config[MEMBERS_ONLY] else "muc_open"


def _configured(visit: Visit, old: RoomConfig) -> Iterable[int]:
    # §10.2: whoever is in the room without being a member has to leave.
    if visit.room.config[MEMBERS_ONLY] and not old[MEMBERS_ONLY]:
        strangers = [
            occupant
            for occupant in visit.room.occupants.values()
            if visit.room.affiliation(occupant.bare) < Affiliation.MEMBER
        ]
        gone = [eject(visit, occupant, Affiliation.NONE, codes=(NOT_A_MEMBER,)) for occupant in strangers]
        for ejected in gone:
            tell_ejected(visit, ejected)
        show_ejected(visit, gone)
    return ()


FEATURE = RoomFeature(
    "members_only", settings=(MEMBERS_ONLY,), admits=_admits, announces=_announces, configured=_configured
)
