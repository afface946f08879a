"""XEP-0045 §7.13 and §8.6 a visitor asks for voice, a moderator grants it."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from components.common.elements import render
from components.common.errors import StanzaError
from components.common.forms import Field, boolean, form, submitted
from components.muc.feature import Visit
from components.muc.features import lasting_voice
from components.muc.features.presence_broadcast import announce
from components.muc.occupant import Occupant, Role
from components.muc.stanzas import MUC

FORM_TYPE = f"{MUC}#request"
_ROLE, _JID, _NICK, _ALLOW = "muc#role", "muc#jid", "muc#roomnick", "muc#request_allow"


def request(visit: Visit, filled: Element) -> None:
    """A visitor's request goes to the moderators; a moderator's answer takes effect."""
    occupant = visit.occupant
    if occupant is None:
        raise StanzaError("not-acceptable", "only occupants may ask for voice")
    values = submitted(filled, FORM_TYPE)
    if _ALLOW in values:
        _decide(visit, occupant, values)
    elif occupant.role is Role.VISITOR and values.get(_ROLE) == [Role.PARTICIPANT.word]:
        _ask_moderators(visit, occupant)
    else:
        raise StanzaError("bad-request", "only a visitor may ask, and for the role of participant")


def _ask_moderators(visit: Visit, occupant: Occupant) -> None:
    fields = [
        Field(_ROLE, [Role.PARTICIPANT.word], "list-single", "Requested role"),
        Field(_JID, [occupant.current.jid], "jid-single", "Address"),
        Field(_NICK, [occupant.nick], "text-single", "Nickname"),
        Field(_ALLOW, ["false"], "boolean", "Grant voice to this person?"),
    ]
    moderators = [o for o in visit.room.occupants.values() if o.role is Role.MODERATOR]
    visit.transaction.send(
        f"<message from='{visit.room.address}' to='",
        f"'>{render(form('form', FORM_TYPE, fields, 'Voice request'))}</message>",
        [address for moderator in moderators for address in moderator.addresses],
    )


def _decide(visit: Visit, moderator: Occupant, values: Mapping[str, list[str]]) -> None:
    if moderator.role is not Role.MODERATOR:
        raise StanzaError("forbidden", "only moderators may grant voice")
    try:
        granted = boolean(values[_ALLOW])
    except ValueError as error:
        raise StanzaError("bad-request", f"{_ALLOW}: {error}") from None
    visitor = visit.room.occupants.get("".join(values.get(_NICK, [])))
    if visitor is None:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")
    if granted and visitor.role is Role.VISITOR:
        visit.room.set_role(visit.transaction, visitor, Role.PARTICIPANT)
        lasting_voice.remember(visit.room, visit.transaction, visitor)
        announce(visit.room, visit.transaction, visitor)
