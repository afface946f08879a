"""XEP-0045 §7.2.3 non-anonymous and §7.2.4 semi-anonymous rooms: who sees the occupants' full JIDs."""

from collections.abc import Iterable

from components.common.forms import Option
from components.muc.feature import RoomFeature, Visit
from components.muc.occupant import Occupant, Role
from components.muc.room import Room
from components.muc.setting import RoomConfig, choice
from components.muc.stanzas import JIDS_SHOWN

WHOIS = choice(
    "muc#roomconfig_whois",
    "Who sees the addresses of the occupants",
    "moderators",
    (Option("moderators", "Moderators"), Option("anyone", "Everybody")),
)
NOW_NON_ANONYMOUS, NOW_SEMI_ANONYMOUS = 172, 173


def is_non_anonymous(room: Room) -> bool:
    """Whether everybody sees the full JIDs."""
    return room.config[WHOIS] == "anyone"


def sees_jids(room: Room, occupant: Occupant) -> bool:
    """Whether this occupant sees the others' full JIDs."""
    return occupant.role is Role.MODERATOR or is_non_anonymous(room)


def _announces(room: Room) -> Iterable[str]:
    yield "muc_nonanonymous" if is_non_anonymous(room) else "muc_semianonymous"


def _greets(room: Room) -> Iterable[int]:
    if is_non_anonymous(room):
        yield JIDS_SHOWN


def _configured(visit: Visit, old: RoomConfig) -> Iterable[int]:
    if old[WHOIS] != visit.room.config[WHOIS]:
        yield NOW_NON_ANONYMOUS if is_non_anonymous(visit.room) else NOW_SEMI_ANONYMOUS


FEATURE = RoomFeature(
    "anonymity", settings=(WHOIS,), announces=_announces, greets=_greets, configured=_configured
)
