"""XEP-0045 §7.14 exiting a room, by oneself or by force; §10.9 what becomes of a room left empty."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from components.common.errors import StanzaError
from components.muc.feature import Visit
from components.muc.features.persistence import PERSISTENT
from components.muc.features.presence_broadcast import announce, is_shown, show_to_others, show_to_self
from components.muc.occupant import Affiliation, Occupant, Role
from components.muc.stanzas import TECHNICAL_PROBLEM, Appearance, appearance, passed_on

_DESTROYED = "<destroy/>"


@dataclass(frozen=True, slots=True)
class Ejected:
    """An occupant who was removed, with all sessions, and does not know yet."""

    shown: Appearance
    addresses: tuple[str, ...]
    was_seen: bool  # by the others (§7.2.2)


def leave(visit: Visit) -> None:
    """Unavailable presence: the sender's session goes. From somebody who is not in it is nothing (§17.3)."""
    if visit.occupant is None:
        return
    try:
        content = passed_on(visit.stanza.element)
    except StanzaError:
        content = ""  # too long; who goes, goes
    depart(visit, visit.occupant, content=content)


def remove_ghost(visit: Visit) -> None:
    """The sender's session does not exist any more, as an error shows (§18.1.2, §11.1)."""
    if visit.occupant is not None:
        depart(visit, visit.occupant, codes=(TECHNICAL_PROBLEM,))


def depart(visit: Visit, occupant: Occupant, content: str = "", codes: tuple[int, ...] = ()) -> None:
    """The sender's session goes; the occupant with its last session."""
    room, transaction = visit.room, visit.transaction
    shown_before = is_shown(room, occupant.role)
    session = occupant.sessions[visit.stanza.sender.full]
    room.leave(transaction, occupant, session)
    gone = Appearance(
        occupant.nick,
        room.affiliation(occupant.bare),
        Role.NONE,
        occupant.id,
        session.address,
        content,
        unavailable=True,
        codes=codes,
        # §10.1.3: what was never configured ends with the visit of its owner, who is told so.
        ending=_DESTROYED if room.locked and not room.occupants else "",
    )
    show_to_self(room, transaction, gone, (session.address,))
    if occupant.sessions:
        announce(room, transaction, occupant)
    elif shown_before:
        show_to_others(room, transaction, gone)
    close_if_empty(visit)


def eject(visit: Visit, occupant: Occupant, affiliation: Affiliation, **why: object) -> Ejected:
    """Remove an occupant with all sessions; `tell_ejected` and `show_ejected` say so, in the order that
    the case asks for (§8.2, §9.2). `why` are further fields of the appearance: actor, reason, codes.
    """
    room, transaction = visit.room, visit.transaction
    was_seen = is_shown(room, occupant.role)
    gone = replace(
        appearance(room, occupant),
        affiliation=affiliation,
        role=Role.NONE,
        content="",
        unavailable=True,
        **why,  # type: ignore[arg-type]
    )
    addresses = occupant.addresses
    for session in list(occupant.sessions.values()):
        room.leave(transaction, occupant, session)
    return Ejected(gone, addresses, was_seen)


def tell_ejected(visit: Visit, ejected: Ejected) -> None:
    """Tell them."""
    show_to_self(visit.room, visit.transaction, ejected.shown, ejected.addresses)


def show_ejected(visit: Visit, all_ejected: Iterable[Ejected]) -> None:
    """Tell those who remain."""
    for ejected in all_ejected:
        if ejected.was_seen:
            show_to_others(visit.room, visit.transaction, ejected.shown)
    close_if_empty(visit)


def close_if_empty(visit: Visit) -> None:
    """A temporary room, or one that was never configured, ends with its last occupant (§7.14, §10.1.3)."""
    room = visit.room
    if not room.occupants and (room.locked or not room.config[PERSISTENT]):
        visit.service.close(room, visit.transaction)
