"""XEP-0045 §7.2.2 presence broadcast: to whom an occupant's presence is shown, and how."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from components.common.forms import Option
from components.common.transaction import Transaction
from components.muc.feature import RoomFeature, Visit
from components.muc.features.anonymity import sees_jids
from components.muc.occupant import Occupant, Role
from components.muc.room import Room
from components.muc.setting import RoomConfig, choices
from components.muc.stanzas import SELF, Appearance, appearance

BROADCAST = choices(
    "muc#roomconfig_presencebroadcast",
    "Roles whose presence is shown",
    ("moderator", "participant", "visitor"),
    (Option("moderator", "Moderators"), Option("participant", "Participants"), Option("visitor", "Visitors")),
)


def is_shown(room: Room, role: Role) -> bool:
    """Whether the presence of occupants with this role is shown to others."""
    return role.word in room.config[BROADCAST]


def show_to_others(
    room: Room, transaction: Transaction, shown: Appearance, number: str | None = None
) -> None:
    """Send a presence to all occupants but its own; full JIDs only to those who may see them (§7.2.4)."""
    informed: list[str] = []
    others: list[str] = []
    for occupant in room.occupants.values():
        if occupant.nick != shown.nick:
            (informed if sees_jids(room, occupant) else others).extend(occupant.addresses)
    before = shown.before(room, number)
    transaction.send(before, shown.after(with_jid=True), informed)
    transaction.send(before, shown.after(with_jid=False), others)


def show_to_self(
    room: Room,
    transaction: Transaction,
    shown: Appearance,
    addresses: Sequence[str],
    codes: Iterable[int] = (),
    number: str | None = None,
) -> None:
    """Send the self-presence, which has status 110."""
    transaction.send(shown.before(room, number), shown.after(True, SELF, *codes), addresses)


def announce(
    room: Room,
    transaction: Transaction,
    occupant: Occupant,
    reason: str = "",
    former: Role | None = None,
    codes: tuple[int, ...] = (),
) -> None:
    """Send an occupant's present state to everybody, to the occupant last.

    To the others, one who had a `former` role that is shown, and now has one that is not, has left.
    """
    shown = replace(appearance(room, occupant, reason), codes=codes)
    if is_shown(room, occupant.role):
        show_to_others(room, transaction, shown)
    elif former is not None and is_shown(room, former):
        _show_as_gone(room, transaction, shown)
    show_to_self(room, transaction, shown, occupant.addresses)


def show_occupants(room: Room, transaction: Transaction, to: Occupant, address: str) -> None:
    """Send the presences of all other occupants to one session of `to`."""
    with_jid = sees_jids(room, to)
    for occupant in room.occupants.values():
        if occupant is not to and is_shown(room, occupant.role):
            shown = appearance(room, occupant)
            transaction.send(shown.before(room), shown.after(with_jid), (address,))


def _configured(visit: Visit, old: RoomConfig) -> Iterable[int]:
    """Those whose role is shown from now on appear, those whose role was shown till now have left."""
    room, before = visit.room, old[BROADCAST]
    for occupant in list(room.occupants.values()):
        shown = appearance(room, occupant)
        if is_shown(room, occupant.role) and occupant.role.word not in before:
            show_to_others(room, visit.transaction, shown)
        elif not is_shown(room, occupant.role) and occupant.role.word in before:
            _show_as_gone(room, visit.transaction, shown)
    return ()


def _show_as_gone(room: Room, transaction: Transaction, shown: Appearance) -> None:
    show_to_others(room, transaction, replace(shown, role=Role.NONE, content="", unavailable=True))


FEATURE = RoomFeature("presence_broadcast", settings=(BROADCAST,), configured=_configured)
