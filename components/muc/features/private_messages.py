"""XEP-0045 §7.5 private messages from one occupant to another."""

from components.common.elements import attribute, render, without
from components.common.errors import StanzaError
from components.common.forms import Option
from components.muc.feature import RoomFeature, Visit
from components.muc.occupant import Occupant, Role
from components.muc.setting import choice
from components.muc.stanzas import NOT_PASSED_ON, USER, occupant_id

ALLOW = choice(
    "muc#roomconfig_allowpm",
    "Who may send private messages",
    "anyone",
    (
        Option("anyone", "Everybody"),
        Option("participants", "Those with voice"),
        Option("moderators", "Moderators"),
        Option("none", "Nobody"),
    ),
)
_LEAST = {"anyone": Role.VISITOR, "participants": Role.PARTICIPANT, "moderators": Role.MODERATOR}


def send(visit: Visit) -> None:
    """Pass a message on to all sessions of one occupant."""
    stanza, room = visit.stanza, visit.room
    sender = visit.occupant
    if sender is None:
        raise StanzaError("not-acceptable", "only occupants may send private messages")
    if stanza.type == "groupchat":
        raise StanzaError("bad-request", "a message to one occupant is not of the type groupchat")
    recipient = room.occupants.get(stanza.to.resource)
    if recipient is None:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")
    _require_leave(visit, sender)
    _pass_on(visit, sender, recipient)


def pass_error(visit: Visit) -> None:
    """An error that came back for a private message goes to who sent it."""
    recipient = visit.room.occupants.get(visit.stanza.to.resource)
    if visit.occupant is not None and recipient is not None:
        _pass_on(visit, visit.occupant, recipient)


def _require_leave(visit: Visit, sender: Occupant) -> None:
    least = _LEAST.get(visit.room.config[ALLOW])
    if least is None or sender.role < least:
        raise StanzaError("forbidden", "you may not send private messages in this room")


def _pass_on(visit: Visit, sender: Occupant, recipient: Occupant) -> None:
    stanza = visit.stanza
    number = f" id='{attribute(stanza.id)}'" if stanza.id is not None else ""
    language = f" xml:lang='{attribute(stanza.language)}'" if stanza.language else ""
    content = "".join([render(item) for item in without(stanza.element, NOT_PASSED_ON)])
    visit.transaction.send(
        f"<message from='{visit.room.occupant_address(sender.nick)}' type='{attribute(stanza.type)}'"
        f"{number}{language} to='",
        f"'>{content}{occupant_id(sender.id)}<x xmlns='{USER}'/></message>",
        recipient.addresses,
    )


FEATURE = RoomFeature("private_messages", settings=(ALLOW,))
