"""XEP-0045 §10.1.3 the fields of the configuration form that name admins and owners."""

from collections.abc import Iterable

from slixmpp import JID, InvalidJID

from components.common.errors import StanzaError
from components.common.forms import Field
from components.muc.feature import Announcement, FormValues, RoomFeature, Visit
from components.muc.features.affiliations import appoint, require_owner_left
from components.muc.occupant import Affiliation
from components.muc.room import Room

_FIELDS = {
    Affiliation.ADMIN: ("muc#roomconfig_roomadmins", "Admins: they may ban, and grant membership"),
    Affiliation.OWNER: ("muc#roomconfig_roomowners", "Owners: they may do everything"),
}


def _fields(room: Room) -> Iterable[Field]:
    for affiliation, (var, label) in _FIELDS.items():
        yield Field(var, sorted(_with(room, affiliation)), "jid-multi", label)


def _submitted(visit: Visit, values: FormValues) -> Iterable[Announcement]:
    """Whoever stands in a list gets that affiliation; who stands in none any more stays as a member, a
    former owner as an admin unless the form says who the admins are (§10.2).
    """
    room = visit.room
    lists = {
        affiliation: _addresses(values[var]) if var in values else _with(room, affiliation)
        for affiliation, (var, _) in _FIELDS.items()
    }
    if _FIELDS[Affiliation.ADMIN][0] not in values:
        lists[Affiliation.ADMIN] |= _with(room, Affiliation.OWNER)
    announcements: list[Announcement] = []
    for jid in sorted(set().union(*lists.values(), *(_with(room, affiliation) for affiliation in _FIELDS))):
        ranks = [affiliation for affiliation, jids in lists.items() if jid in jids]
        wanted = max(ranks, default=Affiliation.MEMBER)
        if room.affiliation(jid) is not wanted:
            announcements += appoint(visit, jid, wanted)
    require_owner_left(visit)
    return announcements


def _with(room: Room, affiliation: Affiliation) -> set[str]:
    return {jid for jid, entry in room.affiliations.items() if entry.affiliation is affiliation}


def _addresses(values: Iterable[str]) -> set[str]:
    found = set()
    for value in filter(str.strip, values):
        try:
            found.add(JID(value.strip()).bare)
        except InvalidJID:
            raise StanzaError("not-acceptable", f"{value!r} is not an address") from None
    return found


FEATURE = RoomFeature("appointments", fields=_fields, submitted=_submitted)
