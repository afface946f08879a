"""XEP-0045 §10.9 destroying a room."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from components.common.elements import attribute, text
from components.common.errors import StanzaError
from components.muc.feature import Visit
from components.muc.features import tombstones
from components.muc.features.persistence import PERSISTENT
from components.muc.occupant import Affiliation, Role
from components.muc.stanzas import OWNER, SELF, USER, appearance

DESTROY = f"{{{OWNER}}}destroy"


def destroy(visit: Visit, destruction: Element) -> None:
    """Remove everybody, each told once with reason and alternate venue, then the room."""
    room = visit.room
    if room.fixed:
        raise StanzaError("not-allowed", "this room is part of the service's configuration")
    ending = _ending(destruction)
    for occupant in room.occupants.values():
        gone = replace(
            appearance(room, occupant),
            affiliation=Affiliation.NONE,
            role=Role.NONE,
            unavailable=True,
            content="",
            ending=ending,
        )
        visit.transaction.send(gone.before(room), gone.after(False, SELF), occupant.addresses)
    if room.config[PERSISTENT] and not room.locked:
        venue, reason = destruction.get("jid", ""), destruction.findtext(f"{{{OWNER}}}reason") or ""
        tombstones.erect(visit.service, room, venue, reason, visit.transaction)
    visit.service.close(room, visit.transaction)


def _ending(destruction: Element) -> str:
    """The `<destroy/>` for the occupants; in it, what the owner said."""
    venue = destruction.get("jid")
    jid = f" jid='{attribute(venue)}'" if venue else ""
    inner = ""
    for name in ("password", "reason"):
        said = destruction.findtext(f"{{{OWNER}}}{name}")
        if said:
            inner += f"<{name} xmlns='{USER}'>{text(said)}</{name}>"
    return f"<destroy{jid}>{inner}</destroy>"
