"""XEP-0045 §7.10 and §9.9 registration with a room: membership, and a nickname reserved (XEP-0077)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID

from components.common.elements import attribute, child, render
from components.common.errors import StanzaError
from components.common.forms import FORM, Field, Option, boolean, form, submitted
from components.muc.feature import Announcement, RoomFeature, Visit
from components.muc.features import locked_nicknames
from components.muc.features.affiliations import appoint
from components.muc.features.nickname import require_free, require_visible
from components.muc.occupant import Affiliation
from components.muc.room import Registration, Room
from components.muc.setting import choice
from components.muc.stanzas import MUC

NAMESPACE = "jabber:iq:register"
QUERY = f"{{{NAMESPACE}}}query"
FORM_TYPE = f"{MUC}#register"
_NICK, _ALLOW, _JID = "muc#register_roomnick", "muc#register_allow", "muc#jid"
AGAIN = timedelta(hours=1)  # after which admins are asked about the same user once more

WHO = choice(
    "muc#roomconfig_registration",
    "Who may register, and so become a member",
    "closed",
    (
        Option("closed", "Nobody; members may reserve a nickname"),
        Option("approval", "Whom an admin approves"),
        Option("open", "Everybody"),
    ),
)


def _requirements(visit: Visit, query: Element) -> Element:
    """The form, or the nickname of who is registered already."""
    entry = visit.room.affiliations.get(visit.bare)
    result = Element(QUERY)
    if entry is not None and entry.nick:
        child(result, f"{{{NAMESPACE}}}registered")
        child(result, f"{{{NAMESPACE}}}username", entry.nick)
        return result
    _require_right(visit)
    instructions = "Choose the nickname that shall be yours in this room."
    child(result, f"{{{NAMESPACE}}}instructions", instructions)
    fields = [Field(_NICK, [], "text-single", "Nickname", required=True)]
    title = f"Registration with {visit.room.jid}"
    result.append(form("form", FORM_TYPE, fields, title, instructions))
    return result


def _register(visit: Visit, query: Element) -> None:
    if query.find(f"{{{NAMESPACE}}}remove") is not None:
        _tell_after_result(visit, _cancel(visit))
        return
    _require_right(visit)
    filled = query.find(FORM)
    if filled is None or filled.get("type") != "submit":
        raise StanzaError("bad-request", "expected a submitted form")
    nick = _only(submitted(filled, FORM_TYPE), _NICK)
    require_visible(nick)
    require_free(visit, nick, visit.bare)
    if visit.affiliation >= Affiliation.MEMBER or visit.room.config[WHO] == "open":
        _tell_after_result(visit, _reserve(visit, visit.bare, nick))
    else:
        _ask_admins(visit, nick)


def decide(visit: Visit, filled: Element) -> None:
    """An admin's answer to a request for registration (§9.9)."""
    if visit.affiliation < Affiliation.ADMIN:
        raise StanzaError("forbidden", "only admins may decide about registrations")
    values = submitted(filled, FORM_TYPE)
    try:
        allowed, jid = boolean(values.get(_ALLOW, [])), JID(_only(values, _JID)).bare
    except (ValueError, InvalidJID) as error:
        raise StanzaError("bad-request", f"{_ALLOW}, {_JID}: {error}") from None
    if not jid:
        raise StanzaError("bad-request", f"{_JID}: whose registration?")
    if not allowed:
        return
    nick = _only(values, _NICK)
    require_visible(nick)
    require_free(visit, nick, jid)
    for tell in _reserve(visit, jid, nick):
        tell()


def _reserve(visit: Visit, bare: str, nick: str) -> Iterable[Announcement]:
    """Membership at least, and the nickname."""
    room, affiliation = visit.room, visit.room.affiliation(bare)
    if affiliation >= Affiliation.MEMBER:
        room.affiliate(visit.transaction, bare, Registration(affiliation, nick))
        return [partial(locked_nicknames.assign, room, visit.transaction, bare)]
    return appoint(visit, bare, Affiliation.MEMBER, nick)


def _cancel(visit: Visit) -> Iterable[Announcement]:
    """XEP-0077 §3.2: members give up their membership, admins and owners their nickname only."""
    entry = visit.room.affiliations.get(visit.bare)
    if entry is None or entry.affiliation < Affiliation.MEMBER:
        raise StanzaError("registration-required", "you are not registered with this room")
    if entry.affiliation is Affiliation.MEMBER:
        return appoint(visit, visit.bare, Affiliation.NONE)
    visit.room.affiliate(visit.transaction, visit.bare, Registration(entry.affiliation))
    return ()


def _tell_after_result(visit: Visit, announcements: Iterable[Announcement]) -> None:
    visit.transaction.place_result()
    for tell in announcements:
        tell()


def _ask_admins(visit: Visit, nick: str) -> None:
    """Admins in the room get the request, or, if there are none, all of them where they are."""
    room, now = visit.room, visit.transaction.now
    asked = room.asked.get(visit.bare)
    if asked is not None and now < asked + AGAIN:
        raise StanzaError("resource-constraint", "the admins have been asked; wait for their answer")
    transaction = visit.transaction
    transaction.put(room.asked, visit.bare, now)
    fields = [
        Field(_JID, [visit.bare], "jid-single", "Address"),
        Field(_NICK, [nick], "text-single", "Nickname"),
        Field(_ALLOW, ["0"], "boolean", "Allow this person to register with the room?"),
    ]
    transaction.send(
        f"<message from='{room.address}' to='",
        f"'>{render(form('form', FORM_TYPE, fields, 'Registration request'))}</message>",
        _admins(room),
    )


def _admins(room: Room) -> Sequence[str]:
    present = [
        address
        for occupant in room.occupants.values()
        if room.affiliation(occupant.bare) >= Affiliation.ADMIN
        for address in occupant.addresses
    ]
    entries = room.affiliations.items()
    return present or [
        attribute(jid) for jid, entry in entries if entry.affiliation >= Affiliation.ADMIN and "@" in jid
    ]


def _require_right(visit: Visit) -> None:
    if visit.affiliation is Affiliation.OUTCAST:
        raise StanzaError("not-allowed", "you are banned from this room")
    if visit.affiliation is Affiliation.NONE and visit.room.config[WHO] == "closed":
        raise StanzaError("not-allowed", "only members may register with this room")


def _only(values: Mapping[str, Sequence[str]], var: str) -> str:
    found = values.get(var, ())
    if len(found) != 1:
        raise StanzaError("bad-request", f"{var}: expected one value")
    return found[0]


def _announces(room: Room) -> Iterable[str]:
    yield NAMESPACE


FEATURE = RoomFeature(
    "registration",
    xeps=("XEP-0045", "XEP-0077"),
    settings=(WHO,),
    requests={("get", QUERY): _requirements, ("set", QUERY): _register},
    announces=_announces,
)
