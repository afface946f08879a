"""Rooms that the configuration file names: they exist before anybody enters, and cannot be destroyed."""

from typing import TYPE_CHECKING

from components.common.transaction import Transaction
from components.muc.config import FixedRoom
from components.muc.occupant import Affiliation
from components.muc.room import Registration, Room

if TYPE_CHECKING:
    from components.muc.service import RoomService


def keep_in_step(service: "RoomService", transaction: Transaction) -> None:
    """Make or change the rooms so that they are as configured.

    A room that is named no longer stays, as an ordinary persistent one that its owners may destroy.
    """
    for local, room in service.rooms.items():
        if room.fixed and local not in service.settings.rooms:
            transaction.assign(room, "fixed", False)
    for local, wanted in service.settings.rooms.items():
        room = service.rooms.get(local) or service.open(local, transaction, locked=False)
        _fix(service, room, wanted, transaction)


def _fix(service: "RoomService", room: Room, wanted: FixedRoom, transaction: Transaction) -> None:
    transaction.assign(room, "fixed", True)
    config = room.config.with_values(wanted.values())
    if config.differences(room.config) or room.locked:
        room.configure(transaction, config)
    owners = {*service.administrators, *wanted.owners}
    for jid in owners:
        _affiliate(room, jid, Affiliation.OWNER, transaction)
    for jid in set(wanted.members) - owners:
        _affiliate(room, jid, Affiliation.MEMBER, transaction)


def _affiliate(room: Room, jid: str, affiliation: Affiliation, transaction: Transaction) -> None:
    """At least this affiliation."""
    if room.affiliation(jid) < affiliation:
        room.affiliate(transaction, jid, Registration(affiliation, room.registration(jid).nick))
