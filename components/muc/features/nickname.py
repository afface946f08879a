"""XEP-0045 §7.6 changing nickname, §7.2.8 nickname conflicts, §17.1 what a nickname may be."""

from dataclasses import replace

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.muc.feature import Visit
from components.muc.features.presence_broadcast import announce, is_shown, show_to_others, show_to_self
from components.muc.likeness import alike
from components.muc.occupant import Occupant, Session
from components.muc.room import Room
from components.muc.stanzas import NICK_CHANGED, appearance, passed_on


def require_visible(nick: str) -> None:
    """Raises `jid-malformed` for no nickname (§7.2.1), `not-acceptable` for one of spaces (§17.1)."""
    if not nick:
        raise StanzaError("jid-malformed", "add a nickname, as in room@service/nick")
    if nick.isspace() or nick != nick.strip():
        raise StanzaError("not-acceptable", "a nickname neither begins nor ends with spaces")


def require_free(visit: Visit, nick: str, bare: str) -> None:
    """Raises `conflict` if somebody else than this user has the nickname or has it reserved (§7.2.8), or
    one that looks like it (§14.6).

    Several sessions of one user may share it.
    """
    for occupant in visit.room.occupants.values():
        if occupant.bare != bare and alike(occupant.nick, nick):
            raise StanzaError(
                "conflict", "somebody in this room has that nickname, or one that looks like it"
            )
    for jid, entry in visit.room.affiliations.items():
        if entry.nick and jid != bare and alike(entry.nick, nick):
            raise StanzaError("conflict", "that nickname is reserved for somebody else")


def change_nick(visit: Visit, occupant: Occupant, nick: str) -> None:
    """Give the sender another nickname. Raises as the two above."""
    require_visible(nick)
    require_free(visit, nick, visit.bare)
    session = Session(visit.stanza.sender.full, passed_on(visit.stanza.element))
    call(visit.room, visit.transaction, occupant, nick, session)


def call(
    room: Room,
    transaction: Transaction,
    occupant: Occupant,
    nick: str,
    session: Session | None = None,
    codes: tuple[int, ...] = (),
) -> None:
    """Give an occupant a nickname that is free, on all devices that share it, and tell everybody.

    `session`, if given, stands for the occupant from now on; `codes` go with the new nickname.
    """
    old = replace(
        appearance(room, occupant), content="", unavailable=True, new_nick=nick, codes=(NICK_CHANGED,)
    )
    if is_shown(room, occupant.role):
        show_to_others(room, transaction, old)
    show_to_self(room, transaction, old, occupant.addresses)
    if nick in room.occupants:
        occupant = _join(room, transaction, occupant, room.occupants[nick])
    else:
        room.rename(transaction, occupant, nick)
    room.present(transaction, occupant, session or occupant.current)
    announce(room, transaction, occupant, codes=codes)


def _join(room: Room, transaction: Transaction, occupant: Occupant, other: Occupant) -> Occupant:
    """The user is in the room under the new nickname, too: both become one."""
    for session in list(occupant.sessions.values()):
        room.leave(transaction, occupant, session)
        room.enter(transaction, other.nick, other.bare, other.role, session)
    return other
