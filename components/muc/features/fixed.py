"""Rooms that the configuration file names: they exist before anybody enters, and cannot be destroyed."""

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from slixmpp import JID

from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc.config import FixedRoom
from components.muc.feature import Visit
from components.muc.features.affiliations import appoint
from components.muc.features.configuration import follow
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
    # Nobody asks for the changes but the service itself; those in the room see them as ever.
    stanza = Stanza("iq", JID(service.domain), JID(room.jid), "set", None, Element("iq"))
    visit = Visit(service, room, stanza, transaction)
    owners = {*service.administrators, *wanted.owners}
    for jid in sorted(owners):
        _affiliate(visit, jid, Affiliation.OWNER)
    for jid in sorted(set(wanted.members) - owners):
        _affiliate(visit, jid, Affiliation.MEMBER)
    old, opened = room.config, room.locked
    config = old.with_values(wanted.values())
    if config.differences(old) or opened:
        room.configure(transaction, config)
        follow(visit, old, opened)


def _affiliate(visit: Visit, jid: str, affiliation: Affiliation) -> None:
    """At least this affiliation; who is not in the room needs no message about it."""
    room = visit.room
    if room.affiliation(jid) >= affiliation:
        return
    nick = room.registration(jid).nick
    if any(occupant.bare == jid for occupant in room.occupants.values()):
        for tell in appoint(visit, jid, affiliation, nick):
            tell()
    else:
        room.affiliate(visit.transaction, jid, Registration(affiliation, nick))
