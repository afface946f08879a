"""XEP-0045 §10.2.1: the occupants are told that something about the room is different now."""

from collections.abc import Iterable

from components.common.transaction import Transaction
from components.muc.room import Room
from components.muc.stanzas import notification

CONFIGURED = 104  # what concerns privacy has codes of its own


def notify(room: Room, transaction: Transaction, codes: Iterable[int] = (CONFIGURED,)) -> None:
    """Tell everybody; clients look again at what they want to know."""
    transaction.send(
        f"<message from='{room.address}' type='groupchat' to='",
        f"'>{notification(*codes)}</message>",
        room.addresses,
    )
