"""XEP-0045 §10.1 creating a room: whoever enters one that does not exist becomes its owner."""

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from components.common.errors import StanzaError
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc.feature import Visit
from components.muc.features.entering import enter
from components.muc.features.nickname import require_visible
from components.muc.occupant import Affiliation
from components.muc.room import Registration
from components.muc.setting import RoomConfig

if TYPE_CHECKING:
    from components.muc.service import RoomService

DEFAULTS = RoomConfig()


def create(service: "RoomService", stanza: Stanza, transaction: Transaction, x: Element) -> None:
    """Open a room for its owner alone, until it is configured. Raises `not-allowed` (§10.1.1), `gone`,
    `resource-constraint`.
    """
    tombstone = service.tombstones.get(stanza.to.local)
    if tombstone is not None and stanza.sender.bare not in (*tombstone.owners, *service.administrators):
        raise tombstone.error()
    require_visible(stanza.to.resource)
    require_right(service, stanza)
    require_few_rooms(service, stanza)
    room = service.open(stanza.to.local, transaction, locked=True)
    room.affiliate(transaction, stanza.sender.bare, Registration(Affiliation.OWNER))
    enter(Visit(service, room, stanza, transaction), x, created=True)


def require_right(service: "RoomService", stanza: Stanza) -> None:
    """Raises `not-allowed` for who may not create rooms here (§10.1.1)."""
    allowed = service.settings.room_creation
    if stanza.sender.bare in service.administrators or allowed == "anyone":
        return
    if allowed == "administrators":
        raise StanzaError("not-allowed", "only administrators may create rooms here")
    if stanza.sender.domain != service.own_domain:
        raise StanzaError("not-allowed", f"only users of {service.own_domain} may create rooms here")


def require_few_rooms(service: "RoomService", stanza: Stanza) -> None:
    """Raises `resource-constraint` (XEP-0045 §14.6). 10,000 rooms take 2 ms to count."""
    most, bare = service.settings.rooms_per_user, stanza.sender.bare
    if not most or bare in service.administrators:
        return
    if sum(room.affiliation(bare) is Affiliation.OWNER for room in service.rooms.values()) >= most:
        raise StanzaError("resource-constraint", f"you own {most} rooms, which is the most for one user")
