"""XEP-0045 §5.1 voice that lasts: who was given it in a moderated room, or lost it, finds it so again.

Kept by bare JID, and only where it differs from what the affiliation gives (§5.1.2). The status of a
moderator lasts for a visit; what remains of it is voice.
"""

from collections.abc import Iterable

from components.common.transaction import Transaction
from components.muc.feature import RoomFeature, Visit
from components.muc.features.moderation import MODERATED
from components.muc.occupant import Affiliation, Occupant, Role, initial_role
from components.muc.room import Room
from components.muc.setting import RoomConfig


def role_on_entering(room: Room, bare: str) -> Role:
    """The role that affiliation and room give, or the one a moderator gave instead."""
    affiliation, moderated = room.affiliation(bare), room.config[MODERATED]
    role = initial_role(affiliation, moderated)
    return room.voices.get(bare, role) if moderated and affiliation < Affiliation.ADMIN else role


def remember(room: Room, transaction: Transaction, occupant: Occupant) -> None:
    """A moderator has changed the occupant's role."""
    affiliation = room.affiliation(occupant.bare)
    if not room.config[MODERATED] or affiliation >= Affiliation.ADMIN:
        return
    role = min(occupant.role, Role.PARTICIPANT)
    ordinary = role is initial_role(affiliation, moderated=True)
    room.set_voice(transaction, occupant.bare, None if ordinary else role)


def _configured(visit: Visit, old: RoomConfig) -> Iterable[int]:
    room = visit.room
    if old[MODERATED] and not room.config[MODERATED]:
        for bare in list(room.voices):
            room.set_voice(visit.transaction, bare, None)
    return ()


FEATURE = RoomFeature("lasting_voice", configured=_configured)
