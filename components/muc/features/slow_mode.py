"""Slow mode: seconds everybody but the moderators has to wait between two messages to all."""

from datetime import timedelta

from components.common.errors import StanzaError
from components.muc.feature import RoomFeature, Visit
from components.muc.occupant import Occupant, Role
from components.muc.setting import number

PAUSE = number(
    "muc#roomconfig_slow_mode_duration", "Slow mode: seconds between two messages (0: none)", 0, range(86_401)
)


def require_pause(visit: Visit, occupant: Occupant) -> None:
    """Raises `resource-constraint` (wait) to who has spoken a moment ago. A new process knows of none."""
    pause, now = visit.room.config[PAUSE], visit.transaction.now
    if not pause or occupant.role is Role.MODERATOR:
        return
    if occupant.spoke is not None and (left := occupant.spoke + timedelta(seconds=pause) - now) > timedelta():
        seconds = -(-left // timedelta(seconds=1))
        raise StanzaError("resource-constraint", f"slow mode: you may speak again in {seconds} s")
    visit.transaction.assign(occupant, "spoke", now)


FEATURE = RoomFeature("slow_mode", xeps=(), settings=(PAUSE,))
