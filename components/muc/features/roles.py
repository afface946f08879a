"""XEP-0045 §8.2 to §8.5, §9.6 to §9.8: kicking, voice, moderators."""

from collections.abc import Callable, Iterable
from functools import partial
from xml.etree.ElementTree import Element

from components.common.errors import StanzaError
from components.muc.feature import Visit
from components.muc.features import lasting_voice
from components.muc.features.exiting import eject, show_ejected, tell_ejected
from components.muc.features.presence_broadcast import announce
from components.muc.occupant import ROLES, Affiliation, Occupant, Role
from components.muc.stanzas import ADMIN, KICKED

REASON = f"{{{ADMIN}}}reason"


def listed(visit: Visit, role: Role) -> Iterable[dict[str, str]]:
    """The occupants with a role, for moderators (§8.5, §9.8)."""
    _require_moderator(visit)
    return [
        {
            "nick": occupant.nick,
            "role": role.word,
            "affiliation": visit.room.affiliation(occupant.bare).word,
            "jid": occupant.current.jid,
        }
        for occupant in visit.room.occupants.values()
        if occupant.role is role
    ]


def change(visit: Visit, item: Element) -> list[Callable[[], None]]:
    """Give the occupant of that nickname another role; what to tell the others."""
    actor = _require_moderator(visit)
    role = ROLES.get(item.get("role", ""))
    if role is None:
        raise StanzaError("bad-request", f"a role is one of {', '.join(ROLES)}")
    occupant = visit.room.occupants.get(item.get("nick", ""))
    if occupant is None:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")
    reason = item.findtext(REASON) or ""
    _require_right(visit, actor, occupant, role)
    if role is Role.NONE:
        affiliation = visit.room.affiliation(occupant.bare)
        gone = eject(visit, occupant, affiliation, actor=actor.nick, reason=reason, codes=(KICKED,))
        tell_ejected(visit, gone)  # before the moderator hears of it (§8.2)
        return [partial(show_ejected, visit, [gone])]
    former = occupant.role
    visit.room.set_role(visit.transaction, occupant, role)
    lasting_voice.remember(visit.room, visit.transaction, occupant)
    return [partial(announce, visit.room, visit.transaction, occupant, reason, former)]


def _require_moderator(visit: Visit) -> Occupant:
    actor = visit.occupant
    if actor is None or actor.role is not Role.MODERATOR:
        raise StanzaError("forbidden", "only moderators may do this")
    return actor


def _require_right(visit: Visit, actor: Occupant, occupant: Occupant, role: Role) -> None:
    """Raises `forbidden` for what the actor may do to nobody, `not-allowed` for this occupant (§5.1.1)."""
    mine, theirs = visit.affiliation, visit.room.affiliation(occupant.bare)
    if mine < Affiliation.ADMIN and role is Role.MODERATOR:
        raise StanzaError("forbidden", "only admins may make somebody a moderator")  # §9.6
    if occupant is actor:
        return  # whoever wants less may have it
    if theirs > mine:
        raise StanzaError("not-allowed", "this occupant has a higher affiliation than you")  # §8.2
    if role in (Role.VISITOR, Role.PARTICIPANT) and role < occupant.role and theirs >= Affiliation.ADMIN:
        raise StanzaError("not-allowed", "admins and owners keep voice and moderator status")  # §8.4, §9.7
    if mine < Affiliation.ADMIN and occupant.role is Role.MODERATOR:
        raise StanzaError("not-allowed", "only admins may do this to a moderator")  # §5.1.3
    # §8.4 protects everybody from the moderator's own affiliation upwards; read to the letter, a
    # moderator without affiliation could not silence anybody, so nobody's affiliation protects nobody.
    if role is Role.VISITOR and theirs >= mine and theirs is not Affiliation.NONE:
        raise StanzaError("not-allowed", "this occupant's affiliation is not below yours")
