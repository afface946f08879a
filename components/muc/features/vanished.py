"""XEP-0045 §11.1 and §18.1.2: those who went away without a word, found in rooms where nobody speaks.

Whatever is said in a room comes back as an error from sessions that are gone (`bounces`). In a room where
nothing is said, the room itself sends a message without content, now and then. A ping (XEP-0199) would not
do: a client that does not know it and the server of one that is gone both say `service-unavailable`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from components.common.transaction import Transaction
from components.muc.room import Room

QUIET = timedelta(minutes=15)  # without anything said, after which a room looks who is there
RETURN = timedelta(minutes=1)  # those who lost their session with the server have to come back


def look(rooms: Iterable[Room], transaction: Transaction) -> None:
    """Send to everybody in the rooms that are quiet; the clock of all others goes on."""
    now = transaction.now
    for room in rooms:
        due = room.look_at is not None and now >= room.look_at
        if due:
            transaction.send(
                f"<message from='{room.address}' type='groupchat' to='",
                "'><no-store xmlns='urn:xmpp:hints'/></message>",
                room.addresses,
            )
        if due or room.look_at is None:
            postpone(room, now)


def postpone(room: Room, now: datetime) -> None:
    """Something goes to everybody in the room; who is not there will be found by that."""
    room.look_at = now + QUIET


def hasten(rooms: Iterable[Room], now: datetime) -> None:
    """What servers have told about sessions may be lost: look soon."""
    soon = now + RETURN
    for room in rooms:
        room.look_at = soon if room.look_at is None else min(room.look_at, soon)
