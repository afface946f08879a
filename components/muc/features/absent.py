"""XEP-0045 §10.3, §10.6, §18.1: affiliations of those who are not in the room change, too.

Occupants who see addresses learn of it, so that their lists stay true; and so does, out of courtesy, the
one it is about, unless it is a ban.
"""

from components.common.elements import attribute, text
from components.muc.feature import Visit
from components.muc.features.anonymity import sees_jids
from components.muc.occupant import Affiliation
from components.muc.stanzas import USER, statuses

AFFILIATION_CHANGED = 101


def tell(visit: Visit, jid: str, new: Affiliation, reason: str, courtesy: bool = True) -> None:
    """Say that the bare JID or domain has another affiliation now."""
    room = visit.room
    why = f"<reason>{text(reason)}</reason>" if reason else ""
    about = f"<item affiliation='{new.word}' jid='{attribute(jid)}' role='none'>{why}</item>"
    visit.transaction.send(
        f"<message from='{room.address}' to='",
        f"'><x xmlns='{USER}'>{about}</x></message>",
        [a for o in room.occupants.values() if sees_jids(room, o) for a in o.addresses],
    )
    if courtesy and "@" in jid and new is not Affiliation.OUTCAST:
        visit.transaction.send(
            f"<message from='{room.address}' to='",
            f"'><x xmlns='{USER}'>{about}{statuses((AFFILIATION_CHANGED,))}</x></message>",
            (attribute(jid),),
        )
