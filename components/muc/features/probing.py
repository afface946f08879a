"""XEP-0045 §17.3 presence probes: a server asks whether its user is still in the room."""

from components.common.elements import attribute
from components.common.errors import StanzaError
from components.muc.feature import Visit
from components.muc.features.anonymity import sees_jids
from components.muc.features.entering import refuse_stranger
from components.muc.features.presence_broadcast import is_shown, show_to_self
from components.muc.occupant import Occupant
from components.muc.stanzas import appearance


def answer(visit: Visit) -> None:
    """The presence of the occupant asked about; asked about the room, the sender's own."""
    asker, room = _asker(visit), visit.room
    if asker is None:
        refuse_stranger(visit.stanza, visit.transaction)
        return
    nick, address = visit.stanza.to.resource, attribute(visit.stanza.sender.full)
    target = room.occupants.get(nick) if nick else asker
    if target is asker:
        show_to_self(room, visit.transaction, appearance(room, asker), (address,))
    elif target is not None and is_shown(room, target.role):
        shown = appearance(room, target)
        visit.transaction.send(shown.before(room), shown.after(sees_jids(room, asker)), (address,))
    else:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")


def _asker(visit: Visit) -> Occupant | None:
    """Servers ask in the name of the bare JID (RFC 6121 §4.3)."""
    if visit.stanza.sender.resource:
        return visit.occupant
    return next((o for o in visit.room.occupants.values() if o.bare == visit.bare), None)
