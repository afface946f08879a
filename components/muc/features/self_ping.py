"""XEP-0410 MUC Self-Ping: an occupant asks its own occupant JID whether it is still in the room."""

from components.common.errors import StanzaError
from components.common.feature import payload_of
from components.common.ping import PING
from components.muc.feature import Visit


def is_answered(visit: Visit) -> bool:
    """Whether the request is a ping to the sender's own occupant JID, for which an empty result is all.

    Raises if the sender is not in the room, or there is no such occupant (XEP-0410 §3.2).
    """
    occupant, payload = visit.occupant, payload_of(visit.stanza)
    if occupant is None:
        # §6.6 has an own condition for service discovery by strangers, XEP-0410 §3.2 for the rest.
        condition = "bad-request" if "/disco#" in payload.tag else "not-acceptable"
        raise StanzaError(condition, "you are not in this room")
    if visit.stanza.to.resource not in visit.room.occupants:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")
    return visit.stanza.to.resource == occupant.nick and payload.tag == PING
