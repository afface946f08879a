"""XEP-0045 §10.9, RFC 6120 §8.3.3.5: who looks for a destroyed room hears that, and where to go."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.muc import storage
from components.muc.occupant import Affiliation
from components.muc.room import Room

if TYPE_CHECKING:
    from components.muc.service import RoomService


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What remains of a persistent room."""

    venue: str  # JID of another room, or empty
    reason: str
    owners: tuple[str, ...]  # bare JIDs: who may use the name again at once
    until: datetime  # UTC

    def error(self) -> StanzaError:
        """The answer to whatever is sent to the room."""
        error = StanzaError("gone", self.reason or "this room was destroyed")
        error.address = f"xmpp:{self.venue}?join" if self.venue else ""
        return error


def erect(service: "RoomService", room: Room, venue: str, reason: str, transaction: Transaction) -> None:
    """Remember a room that is destroyed."""
    days = service.settings.tombstone_days
    if not days:
        return
    owners = [jid for jid, entry in room.affiliations.items() if entry.affiliation is Affiliation.OWNER]
    tombstone = Tombstone(venue, reason, tuple(owners), transaction.now + timedelta(days=days))
    transaction.put(service.tombstones, room.local, tombstone)
    values = {
        "venue": venue,
        "reason": reason,
        "owners": json.dumps(owners),
        "until": tombstone.until.isoformat(),
    }
    transaction.write(storage.tombstones, (room.local,), values)


def remove(service: "RoomService", local: str, transaction: Transaction) -> None:
    """Forget a room; of one that was not destroyed there is nothing to forget."""
    if local in service.tombstones:
        transaction.remove(service.tombstones, local)
        transaction.delete(storage.tombstones, (local,))


def remove_old(service: "RoomService", transaction: Transaction) -> None:
    """Those whose time is over."""
    for local in [
        local for local, tombstone in service.tombstones.items() if tombstone.until <= transaction.now
    ]:
        remove(service, local, transaction)


def restored(rows: Iterable[Row[Any]]) -> dict[str, Tombstone]:
    """As they were stored."""
    return {
        row.local: Tombstone(
            row.venue, row.reason, tuple(json.loads(row.owners)), datetime.fromisoformat(row.until)
        )
        for row in rows
    }
