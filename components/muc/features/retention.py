"""XEP-0313 §3.2 for how long what was said is kept: by the service's limit, or a room's shorter one."""

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete

from components.common.transaction import Transaction
from components.muc.feature import RoomFeature
from components.muc.room import Room
from components.muc.setting import number
from components.muc.storage import archive

if TYPE_CHECKING:
    from components.muc.service import RoomService

DAYS = number(
    "muc#roomconfig_archive_days",
    "Days for which what is said is kept (0: as long as the service keeps it)",
    0,
    range(36_501),
)
AGAIN = timedelta(hours=1)  # until the same archive is looked at once more
ROOMS_A_ROUND = 200  # so that the deletions of one round take milliseconds, not seconds


class Retention:
    """Which archives are due. Nothing of it is stored: a new process begins with all of them."""

    def __init__(self) -> None:
        self._due: deque[str] = deque()  # localparts of rooms
        self._next: datetime | None = None

    def forget_old(self, service: "RoomService", transaction: Transaction) -> None:
        """Delete what is older than it may be, in some of the rooms."""
        now = transaction.now
        if not self._due and (self._next is None or now >= self._next):
            self._due.extend(service.rooms)
            self._next = now + AGAIN
        for _ in range(min(ROOMS_A_ROUND, len(self._due))):
            room = service.rooms.get(self._due.popleft())
            days = _days(service, room) if room is not None else 0
            if room is not None and days:
                _forget(room, transaction, now - timedelta(days=days))


def _days(service: "RoomService", room: Room) -> int:
    limits = [days for days in (service.settings.archive_days, room.config[DAYS]) if days]
    return min(limits, default=0)


def _forget(room: Room, transaction: Transaction, before: datetime) -> None:
    oldest = int(before.timestamp() * 1_000_000)  # as `Room.next_number` counts
    room.forget(transaction, oldest)
    transaction.execute(
        archive,
        "retention",
        (room.id,),
        delete(archive).where(archive.c.room_id == room.id, archive.c.number < oldest),
    )


FEATURE = RoomFeature("retention", xeps=("XEP-0313",), settings=(DAYS,))
