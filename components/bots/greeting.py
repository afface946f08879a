"""Newcomers are greeted once: whom the bot has met in a room before, it knows."""

from collections.abc import Sequence

from components.bots import stanzas
from components.bots.room import AttendedRoom, Occupant
from components.common.transaction import Transaction

MOST_NAMES = 10  # in one greeting


def greet(address: str, room: AttendedRoom, newcomers: Sequence[Occupant], transaction: Transaction) -> None:
    """One message for all who have come at once; in a meeting they hear that minutes are kept."""
    greeting = room.settings.greeting
    if not greeting:
        return
    names = [occupant.nick for occupant in newcomers[:MOST_NAMES]]
    if len(newcomers) > MOST_NAMES:
        names.append(f"{len(newcomers) - MOST_NAMES} others")
    text = greeting.replace("{nick}", ", ".join(names)).replace("{room}", room.jid)
    if room.meeting is not None:
        text += " Minutes are being kept."
    transaction.reply(stanzas.message(address, room.jid, "groupchat", text))
