"""XEP-0410 MUC Self-Ping: an occupant asks its own occupant JID whether it is still in the room."""

from components.common.errors import StanzaError
from components.common.feature import payload_of
from components.common.ping import PING
from components.muc.feature import Visit


def answer(visit: Visit) -> None:
    """A request to an occupant JID. To one's own it is answered here; to others it is not passed on."""
    occupant, payload = visit.occupant, payload_of(visit.stanza)
    if occupant is None:
        # §6.6 has an own condition for service discovery by strangers, XEP-0410 §3.2 for the rest.
        condition = "bad-request" if "/disco#" in payload.tag else "not-acceptable"
        raise StanzaError(condition, "you are not in this room")
    if visit.stanza.to.resource not in visit.room.occupants:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")
    if visit.stanza.to.resource != occupant.nick or payload.tag != PING:
        raise StanzaError("service-unavailable", "requests are not passed on to occupants")
