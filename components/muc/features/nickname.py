"""XEP-0045 §7.6 changing nickname, §7.2.8 nickname conflicts, §17.1 what a nickname may be."""

from dataclasses import replace

from components.common.errors import StanzaError
from components.muc.feature import Visit
from components.muc.features.presence_broadcast import announce, is_shown, show_to_others, show_to_self
from components.muc.occupant import Occupant, Session
from components.muc.stanzas import NICK_CHANGED, appearance, passed_on


def require_visible(nick: str) -> None:
    """Raises `jid-malformed` for no nickname (§7.2.1), `not-acceptable` for one of spaces (§17.1)."""
    if not nick:
        raise StanzaError("jid-malformed", "add a nickname, as in room@service/nick")
    if nick.isspace() or nick != nick.strip():
        raise StanzaError("not-acceptable", "a nickname neither begins nor ends with spaces")


def require_free(visit: Visit, nick: str) -> None:
    """Raises `conflict` if somebody else has the nickname or has it reserved (§7.2.8).

    Several sessions of one user may share it.
    """
    present = visit.room.occupants.get(nick)
    if present is not None and present.bare != visit.bare:
        raise StanzaError("conflict", "somebody in this room has that nickname")
    if visit.room.reserved_for(nick) not in (None, visit.bare):
        raise StanzaError("conflict", "that nickname is reserved for somebody else")


def change_nick(visit: Visit, occupant: Occupant, nick: str) -> None:
    """Give the sender another nickname. Raises as the two above."""
    require_visible(nick)
    require_free(visit, nick)
    if len(occupant.sessions) > 1 or nick in visit.room.occupants:
        # The other sessions keep the name they know; to divide an occupant is not foreseen.
        raise StanzaError("not-acceptable", "you are in this room from several devices under one nickname")
    room, transaction = visit.room, visit.transaction
    session = Session(visit.stanza.sender.full, passed_on(visit.stanza.element))
    old = replace(
        appearance(room, occupant), content="", unavailable=True, new_nick=nick, codes=(NICK_CHANGED,)
    )
    if is_shown(room, occupant.role):
        show_to_others(room, transaction, old)
    show_to_self(room, transaction, old, occupant.addresses)
    room.rename(transaction, occupant, nick)
    room.present(transaction, occupant, session)
    announce(room, transaction, occupant)
