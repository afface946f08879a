"""XEP-0045 §7.8.2, XEP-0249: somebody asks the bot into a room."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slixmpp import JID, InvalidJID

from components.bots import stanzas
from components.bots.stanzas import DIRECT, USER, X
from components.common.stanza import Stanza
from components.common.transaction import Transaction

if TYPE_CHECKING:
    from components.bots.service import BotService

MOST = 1000  # rooms it can be invited to


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who asks the bot where."""

    room: str  # bare JID
    password: str
    by: str  # bare JID, or of an occupant if the room does not tell
    room_vouches: bool  # it came by the room, which alone knows who is behind it

    @classmethod
    def read(cls, message: Stanza) -> "Invitation | None":
        """A mediated one or a direct one; None for what is none."""
        x, direct = message.element.find(X), message.element.find(f"{{{DIRECT}}}x")
        invite = x.find(f"{{{USER}}}invite") if x is not None else None
        if x is not None and invite is not None and not message.sender.resource:
            password = x.findtext(f"{{{USER}}}password") or ""
            return cls(message.sender.bare, password, invite.get("from", ""), room_vouches=True)
        room = _jid(direct.get("jid", "")) if direct is not None else JID()
        if direct is None or not room.local or room.resource:
            return None
        return cls(room.bare, direct.get("password", ""), message.sender.bare, room_vouches=False)


def heed(bot: "BotService", invitation: Invitation, transaction: Transaction) -> None:
    """Come, or say why not."""
    if invitation.room in bot.rooms:
        bot.attendance.enter(bot.rooms[invitation.room], transaction)
    elif not is_permitted(bot, invitation):
        _refuse(bot, invitation, "I am not to come at your invitation.", transaction)
    elif len(bot.rooms) >= MOST:
        _refuse(bot, invitation, "I am in too many rooms already.", transaction)
    else:
        bot.attend(invitation.room, invitation.by, invitation.password, transaction)


def is_permitted(bot: "BotService", invitation: Invitation) -> bool:
    """A room of this installation is believed who invites, and that it lets nobody in by mistake."""
    allowed, by = bot.settings.invited_by, _jid(invitation.by)
    if allowed in ("anyone", "nobody"):
        return allowed == "anyone"
    if invitation.room_vouches and not _is_ours(_jid(invitation.room).domain, bot.own_domain):
        return False  # it could name anybody
    if allowed == "administrators":
        return by.bare in bot.administrators
    return by.domain == bot.own_domain or (invitation.room_vouches and by.bare == invitation.room)


def _refuse(bot: "BotService", invitation: Invitation, why: str, transaction: Transaction) -> None:
    if invitation.room_vouches:
        transaction.reply(stanzas.decline(bot.address, invitation.room, invitation.by, why))
    else:
        transaction.reply(stanzas.message(bot.address, invitation.by, "chat", why))


def _is_ours(domain: str, own_domain: str) -> bool:
    return domain == own_domain or domain.endswith(f".{own_domain}")


def _jid(value: str) -> JID:
    try:
        return JID(value)
    except InvalidJID:
        return JID()
