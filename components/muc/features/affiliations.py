"""XEP-0045 §9.1 to §9.5, §10.3 to §10.8: bans, members, admins, owners."""

from collections.abc import Iterable, Sequence
from functools import partial
from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID

from components.common.errors import StanzaError
from components.common.forms import Option
from components.muc.feature import Announcement, Visit
from components.muc.features import absent, locked_nicknames
from components.muc.features.anonymity import is_non_anonymous
from components.muc.features.exiting import Ejected, eject, show_ejected, tell_ejected
from components.muc.features.invitations import invite
from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.features.moderation import MODERATED
from components.muc.features.presence_broadcast import announce
from components.muc.features.roles import REASON
from components.muc.occupant import AFFILIATIONS, Affiliation, Occupant, Role, initial_role
from components.muc.room import Registration, Room
from components.muc.setting import choices
from components.muc.stanzas import BANNED, LOST_AFFILIATION

GET_MEMBER_LIST = choices(
    "muc#roomconfig_getmemberlist",
    "Roles that may see the list of members",
    (),
    (Option("moderator", "Moderators"), Option("participant", "Participants"), Option("visitor", "Visitors")),
)


def listed(visit: Visit, affiliation: Affiliation) -> Iterable[dict[str, str]]:
    """Everybody with an affiliation, present or not (§9.2, §9.5, §10.5, §10.8)."""
    _require_view(visit, affiliation)
    return [
        {"affiliation": affiliation.word, "jid": jid} | ({"nick": entry.nick} if entry.nick else {})
        for jid, entry in visit.room.affiliations.items()
        if entry.affiliation is affiliation
    ]


def change(visit: Visit, item: Element) -> Sequence[Announcement]:
    """Give a user another affiliation; what to tell the others."""
    jid = _subject_of(visit, item)
    new = AFFILIATIONS.get(item.get("affiliation", ""))
    if new is None:
        raise StanzaError("bad-request", f"an affiliation is one of {', '.join(AFFILIATIONS)}")
    _require_right(visit, jid, new)
    old = visit.room.affiliation(jid)
    nick = _reserved_nick(visit, item, jid) if new > Affiliation.NONE else ""
    announcements = appoint(visit, jid, new, nick, item.findtext(REASON) or "")
    if old is Affiliation.OWNER:
        require_owner_left(visit)
    return announcements


def appoint(
    visit: Visit, jid: str, new: Affiliation, nick: str = "", reason: str = ""
) -> Sequence[Announcement]:
    """Give a user an affiliation, whoever asks for it; what to tell the others."""
    old = visit.room.affiliation(jid)
    room, transaction = visit.room, visit.transaction
    room.affiliate(transaction, jid, Registration(new, nick))
    if new is not old:
        room.set_voice(transaction, jid, None)
    return [*_follow(visit, jid, old, new, reason), partial(locked_nicknames.assign, room, transaction, jid)]


def require_owner_left(visit: Visit) -> None:
    """Raises `conflict`: every room needs an owner (§10.4)."""
    if not any(entry.affiliation is Affiliation.OWNER for entry in visit.room.affiliations.values()):
        raise StanzaError("conflict", "every room needs an owner")


def _follow(
    visit: Visit, jid: str, old: Affiliation, new: Affiliation, reason: str
) -> Sequence[Announcement]:
    """What the change means for those of the user's occupants who are in the room, or for the others."""
    room = visit.room
    present = [occupant for occupant in room.occupants.values() if _concerns(room, jid, occupant)]
    if new is Affiliation.OUTCAST and present:
        return [_removal(visit, occupant, new, reason, BANNED) for occupant in present]
    if new is Affiliation.NONE and room.config[MEMBERS_ONLY] and present:
        return [_removal(visit, occupant, new, reason, LOST_AFFILIATION) for occupant in present]
    if not present:
        return _follow_absent(visit, jid, old, new, reason) if new is not old else ()
    return [_change_of_role(visit, occupant, old, new, reason) for occupant in present]


def _follow_absent(
    visit: Visit, jid: str, old: Affiliation, new: Affiliation, reason: str
) -> Sequence[Announcement]:
    """A notice; new members of a members-only room are invited instead (§9.5)."""
    invites = old is Affiliation.NONE and new is Affiliation.MEMBER and visit.room.config[MEMBERS_ONLY]
    notice = partial(absent.tell, visit, jid, new, reason, courtesy=not invites)
    return [partial(invite, visit, jid, reason), notice] if invites else [notice]


def _change_of_role(
    visit: Visit, occupant: Occupant, old: Affiliation, new: Affiliation, reason: str
) -> Announcement:
    """The role that follows from the affiliation; everybody is told of both."""
    former = occupant.role
    role = _role_after(former, old, new, visit.room.config[MODERATED])
    if role is not former:
        visit.room.set_role(visit.transaction, occupant, role)
    return partial(announce, visit.room, visit.transaction, occupant, reason, former)


def _removal(visit: Visit, occupant: Occupant, new: Affiliation, reason: str, code: int) -> Announcement:
    actor = visit.occupant.nick if visit.occupant else ""
    return partial(
        _show_removal, visit, eject(visit, occupant, new, actor=actor, reason=reason, codes=(code,))
    )


def _show_removal(visit: Visit, gone: Ejected) -> None:
    """After the result, to whom it concerns first (§9.2)."""
    tell_ejected(visit, gone)
    show_ejected(visit, [gone])


def _role_after(role: Role, old: Affiliation, new: Affiliation, moderated: bool) -> Role:
    """§5.1.3: a role gained with an affiliation is certain; one lost with it is as on entering."""
    if new >= Affiliation.ADMIN:
        return Role.MODERATOR
    if old >= Affiliation.ADMIN:
        return initial_role(new, moderated)
    if new is Affiliation.MEMBER and role is Role.VISITOR:
        return Role.PARTICIPANT
    return role


def _subject_of(visit: Visit, item: Element) -> str:
    """The bare JID or domain an item is about; a nickname stands for its occupant."""
    value = item.get("jid")
    if value is None:
        occupant = visit.room.occupants.get(item.get("nick", ""))
        if occupant is None:
            raise StanzaError("bad-request", "whose affiliation? give the address")
        return occupant.bare
    try:
        bare: str = JID(value).bare
    except InvalidJID:
        bare = ""
    if not bare:
        raise StanzaError("jid-malformed", f"{value!r} is not an address")
    return bare


def _reserved_nick(visit: Visit, item: Element, jid: str) -> str:
    """The nickname to reserve (§9.3): the one of the item, an empty one to end it, else as it was."""
    nick = item.get("nick") if item.get("jid") is not None else None
    if nick is None:
        return visit.room.affiliations[jid].nick if jid in visit.room.affiliations else ""
    if visit.room.reserved_for(nick) not in (None, jid):
        raise StanzaError("conflict", "that nickname is reserved for somebody else")
    return nick


def _require_view(visit: Visit, affiliation: Affiliation) -> None:
    """Raises `forbidden`: outcasts for admins; owners and admins for owners; members for admins; the
    latter three for all members where everybody's address is known anyway, and members for whom the
    configuration says (§9.5, §10.5, §10.8).
    """
    least = Affiliation.OWNER if affiliation >= Affiliation.ADMIN else Affiliation.ADMIN
    if affiliation > Affiliation.NONE and is_non_anonymous(visit.room):
        least = Affiliation.MEMBER
    occupant = visit.occupant
    allowed = occupant is not None and occupant.role.word in visit.room.config[GET_MEMBER_LIST]
    if affiliation is Affiliation.MEMBER and allowed:
        return
    if visit.affiliation < least:
        raise StanzaError("forbidden", f"this list is for every {least.word}")


def _require_right(visit: Visit, jid: str, new: Affiliation) -> None:
    """Raises as §9 and §10 say: members and outcasts are the admins' matter, the rest the owners'."""
    mine, old = visit.affiliation, visit.room.affiliation(jid)
    if mine < Affiliation.ADMIN:
        raise StanzaError("forbidden", "only admins and owners may change affiliations")
    if new is Affiliation.OUTCAST and _is_banned_by(jid, visit.bare):
        raise StanzaError("conflict", "you cannot ban yourself")  # §9.1
    if mine is Affiliation.OWNER:
        return
    if old >= Affiliation.ADMIN:
        # §9.1 for a ban, §10.4 and §10.7 for the rest.
        condition = "not-allowed" if new is Affiliation.OUTCAST else "forbidden"
        raise StanzaError(condition, "only owners may change the affiliation of admins and owners")
    if new >= Affiliation.ADMIN:
        raise StanzaError("forbidden", "only owners may appoint admins and owners")


def _is_banned_by(jid: str, bare: str) -> bool:
    return bare == jid or bare.rpartition("@")[2] == jid


def _concerns(room: Room, jid: str, occupant: Occupant) -> bool:
    """Whether the entry of that address is the one that counts for an occupant (§9.2)."""
    return occupant.bare == jid or (
        occupant.bare.rpartition("@")[2] == jid and occupant.bare not in room.affiliations
    )
