"""XEP-0045 §7.8.2 mediated invitations and §7.8.3 their refusal; direct ones (XEP-0249) pass the room by."""

from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID

from components.common.elements import attribute, render, text
from components.common.errors import StanzaError, condition_of
from components.muc.feature import RoomFeature, Visit
from components.muc.features.anonymity import is_non_anonymous
from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.features.password import password_of
from components.muc.occupant import Affiliation, Occupant, Role
from components.muc.room import Registration, Room
from components.muc.setting import yes_or_no
from components.muc.stanzas import USER

ALLOW = yes_or_no("muc#roomconfig_allowinvites", "Members may invite others", False)

DIRECT = "jabber:x:conference"
INVITE = f"{{{USER}}}invite"
DECLINE = f"{{{USER}}}decline"
LONGEST_ID = 200  # characters of an inviter's own id
_REASON = f"{{{USER}}}reason"
_CONTINUE = f"{{{USER}}}continue"


def send(visit: Visit, invitations: list[Element]) -> None:
    """An occupant invites others; into a members-only room this makes them members, where it may."""
    occupant = visit.occupant
    if occupant is None:
        raise StanzaError("not-acceptable", "only occupants may invite others")
    _require_right(visit, occupant)
    for invitation in invitations:
        try:
            invitee = JID(invitation.get("to", ""))
        except InvalidJID:
            invitee = JID()
        if not invitee.bare:
            raise StanzaError("jid-malformed", "whom to invite?")
        if visit.room.config[MEMBERS_ONLY] and visit.room.affiliation(invitee.bare) is Affiliation.NONE:
            visit.room.affiliate(visit.transaction, invitee.bare, Registration(Affiliation.MEMBER))
        _send(visit, invitee.full, invitation.findtext(_REASON) or "", invitation.find(_CONTINUE))


def invite(visit: Visit, jid: str, reason: str, continued: Element | None = None) -> None:
    """The room invites a new member (§9.5); `continued` tells which chat goes on there (§7.9)."""
    _send(visit, jid, reason, continued)


def continuation(thread: str) -> Element:
    """What tells that a chat goes on here, of that thread or without one (§7.9)."""
    return Element(_CONTINUE, {"thread": thread} if thread else {})


def decline(visit: Visit, refusal: Element) -> None:
    """Tell the inviter, if they are still in the room, that somebody will not come."""
    inviter = _inviter(visit, refusal.get("to", ""))
    if inviter is None:
        raise StanzaError("item-not-found", "who invited you is not in the room")
    reason = refusal.findtext(_REASON)
    inner = f"<reason>{text(reason)}</reason>" if reason else ""
    visit.transaction.send(
        f"<message from='{visit.room.address}' to='",
        f"'><x xmlns='{USER}'><decline from='{attribute(visit.bare)}'>{inner}</decline></x></message>",
        inviter.addresses,
    )


def _send(visit: Visit, to: str, reason: str, continued: Element | None) -> None:
    inner = f"<reason>{text(reason)}</reason>" if reason else ""
    if continued is not None:
        thread = continued.get("thread")
        inner += f"<continue thread='{attribute(thread)}'/>" if thread else "<continue/>"
    password = password_of(visit.room)
    secret = f"<password>{text(password)}</password>" if password else ""
    language = f" xml:lang='{attribute(visit.stanza.language)}'" if visit.stanza.language else ""
    visit.transaction.send(
        f"<message from='{visit.room.address}' id='{_id(visit, to)}'{language} to='",
        f"'><x xmlns='{USER}'><invite from='{_inviter_address(visit)}'>{inner}</invite>"
        f"{secret}</x>{directly(visit.room, reason, password, continued)}</message>",
        (attribute(to),),
    )


def directly(room: Room, reason: str, password: str, continued: Element | None) -> str:
    """The invitation once more, as a person would send it (XEP-0249).

    COMPAT(Converse.js 14, 2026): it knows no other. §7.8.2 has older services do the like.
    """
    secret = f" password='{attribute(password)}'" if password else ""
    why = f" reason='{attribute(reason)}'" if reason else ""
    thread = continued.get("thread") if continued is not None else None
    goes_on = " continue='true'" if continued is not None else ""
    goes_on += f" thread='{attribute(thread)}'" if thread else ""
    return f"<x xmlns='{DIRECT}' jid='{room.address}'{goes_on}{secret}{why}/>"


def undelivered(visit: Visit) -> None:
    """An invitation came back: whoever invited, and is still there, hears that nobody got it (§7.8.2)."""
    stanza, room = visit.stanza, visit.room
    words = visit.service.ids.unseal(stanza.id or "", _invited(room, stanza.sender))
    if words is None or words[0] not in room.sessions:
        return
    inviter, id = words
    condition = condition_of(stanza.element)
    error = StanzaError(
        # RFC 6121 §8.5.1: for a user who does not exist a server says service-unavailable.
        "item-not-found" if condition == "service-unavailable" else condition,
        f"the invitation to {stanza.sender.full} could not be delivered",
    )
    tracked = f" id='{attribute(id)}'" if id else ""
    visit.transaction.reply(
        f"<message from='{room.address}' to='{attribute(inviter)}'{tracked} type='error'>"
        f"{render(error.element())}</message>"
    )


def _id(visit: Visit, to: str) -> str:
    """An id in which `undelivered` finds the inviter, and theirs; longer ones than usual are dropped."""
    stanza, id = visit.stanza, visit.stanza.id or ""
    words = (stanza.sender.full, id if len(id) <= LONGEST_ID else "")
    return visit.service.ids.seal(words, _invited(visit.room, JID(to)))


def _invited(room: Room, invitee: JID) -> str:
    return f"{room.jid} invites {invitee.bare}"


def _inviter_address(visit: Visit) -> str:
    """How the inviter is named: as the room shows them to everybody."""
    occupant = visit.occupant
    if occupant is None or is_non_anonymous(visit.room):
        return attribute(visit.bare)
    return visit.room.occupant_address(occupant.nick)


def _inviter(visit: Visit, address: str) -> Occupant | None:
    try:
        jid = JID(address)
    except InvalidJID:
        return None
    if jid.bare == visit.room.jid:
        return visit.room.occupants.get(jid.resource)
    if not is_non_anonymous(visit.room):
        return None  # or strangers could find out who is in the room
    return next((occupant for occupant in visit.room.occupants.values() if occupant.bare == jid.bare), None)


def _require_right(visit: Visit, occupant: Occupant) -> None:
    """Raises `forbidden`: visitors may not invite; into a members-only room, only admins may, unless
    the configuration leaves it to all members (§7.8.2, §9.5).
    """
    if occupant.role < Role.PARTICIPANT:
        raise StanzaError("forbidden", "visitors may not invite others")
    restricted = visit.room.config[MEMBERS_ONLY] and not visit.room.config[ALLOW]
    if restricted and visit.affiliation < Affiliation.ADMIN:
        raise StanzaError("forbidden", "only admins may invite others into this room")


FEATURE = RoomFeature("invitations", settings=(ALLOW,))
