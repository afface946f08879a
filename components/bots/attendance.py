"""XEP-0045 §7.2, §7.14, XEP-0410: how the bot enters rooms, stays there, and notices that it does not.

It says that it is in its rooms at each start and whenever the link is a new one. A room that has it as
occupant only tells it again who is there; nobody else notices.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from components.bots import stanzas
from components.bots.room import AttendedRoom, Occupant
from components.bots.stanzas import CHANGED_NICK, CREATED, SELF, Appearance
from components.common.errors import condition_of
from components.common.stanza import Stanza
from components.common.transaction import Transaction

log = logging.getLogger(__name__)

FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(hours=1)
LOOK = timedelta(minutes=10)  # between two looks whether it is still in a room
# A room that answers like this to somebody who was invited does not want them any more.
UNWANTED = ("forbidden", "registration-required", "not-authorized", "item-not-found", "gone", "not-allowed")
STILL_THERE = ("service-unavailable", "feature-not-implemented", "item-not-found")  # XEP-0410 §3.2
BRIEFLY = {"332", "333"}  # the room's service ends, or took the bot for gone
UNKNOWN = ("remote-server-not-found", "remote-server-timeout")

Newcomers = Callable[[AttendedRoom, list[Occupant], Transaction], None]


class Attendance:
    """Enters and leaves. `newcomers` hears of people the bot has never met in that room."""

    def __init__(
        self, address: str, newcomers: Newcomers, forget: Callable[[str, Transaction], None]
    ) -> None:
        """`address` is the bot's full JID; `forget` drops a room that it was invited to."""
        self._address, self._newcomers, self._forget = address, newcomers, forget

    def enter(self, room: AttendedRoom, transaction: Transaction) -> None:
        """Ask to be let in, or to be told again who is there."""
        transaction.assign(room, "seen", {})
        wait = min(FIRST_RETRY * 2**room.failures, LAST_RETRY)
        transaction.assign(room, "due", transaction.now + wait)
        transaction.reply(stanzas.entrance(self._address, room.address, room.password))

    def leave(self, room: AttendedRoom, transaction: Transaction) -> None:
        """Go, for good."""
        transaction.reply(stanzas.departure(self._address, room.address))
        room.erase(transaction)

    def make_rounds(self, room: AttendedRoom, transaction: Transaction) -> None:
        """Try again, or look whether the bot is where it believes to be."""
        if room.due is not None and transaction.now < room.due:
            return
        if not room.entered or room.seen is not None:
            self.enter(room, transaction)
        else:
            transaction.assign(room, "due", transaction.now + LOOK)
            transaction.reply(stanzas.self_ping(self._address, room.address))

    def looked(self, room: AttendedRoom, answer: Stanza, transaction: Transaction) -> None:
        """The answer to such a look (XEP-0410 §3.2)."""
        condition = condition_of(answer.element) if answer.type == "error" else ""
        if condition and condition not in (*STILL_THERE, *UNKNOWN):
            log.info("no longer in %s (%s)", room.jid, condition)
            self.enter(room, transaction)

    def appeared(self, room: AttendedRoom, nick: str, presence: Stanza, transaction: Transaction) -> None:
        """Somebody is in the room; the bot itself is told last, when it has entered (§7.1)."""
        shown = Appearance.read(presence.element)
        if CREATED in shown.codes:
            self._founded(room, transaction)
            return
        if SELF in shown.codes:
            self._entered(room, nick, transaction)
            return
        person = shown.person or nick
        is_new = nick not in room.occupants
        occupant = Occupant(nick, person, shown.jid.partition("/")[0], shown.role)
        room.see(transaction, occupant)
        if room.seen is not None:
            transaction.put(room.seen, nick, None)
        elif is_new:
            self._meet(room, [occupant], transaction)

    def disappeared(self, room: AttendedRoom, nick: str, presence: Stanza, transaction: Transaction) -> None:
        """Somebody has left, changed their nickname, or it is the bot who is out."""
        shown = Appearance.read(presence.element)
        if CHANGED_NICK in shown.codes and shown.new_nick:
            self._renamed(room, nick, shown, transaction)
        elif SELF in shown.codes or nick == room.nick:
            self._expelled(room, shown, transaction)
        else:
            room.lose(transaction, nick)

    def refused(self, room: AttendedRoom, presence: Stanza, transaction: Transaction) -> None:
        """The room does not let the bot in (§7.2.17)."""
        condition = condition_of(presence.element)
        transaction.assign(room, "seen", None)
        transaction.assign(room, "failures", room.failures + 1)
        log.warning("%s does not let %s in: %s", room.jid, room.nick, condition)
        if condition == "conflict" and room.failures <= 3:
            room.change(transaction, nick=f"{room.nick}_")
            self.enter(room, transaction)
        elif room.inviter and condition in UNWANTED:
            self._forget(room.jid, transaction)
        else:
            room.forget_occupants(transaction)
            room.change(transaction, entered=False)

    def _entered(self, room: AttendedRoom, nick: str, transaction: Transaction) -> None:
        seen, was_there = room.seen, room.entered
        transaction.assign(room, "seen", None)
        transaction.assign(room, "failures", 0)
        transaction.assign(room, "due", transaction.now + LOOK)
        if nick != room.nick or not was_there:
            room.change(transaction, nick=nick, entered=True)
        if seen is None:
            return
        for other in [other for other in room.occupants if other not in seen]:
            room.lose(transaction, other)
        if was_there:
            self._meet(room, list(room.occupants.values()), transaction)
        else:  # who was there before the bot is no newcomer
            for occupant in room.occupants.values():
                room.meet(transaction, occupant.person)

    def _founded(self, room: AttendedRoom, transaction: Transaction) -> None:
        """There was no such room; one that only the bot owns would be of no use to anybody (§10.1)."""
        log.warning("%s does not exist; `stellwerk room create` makes rooms", room.jid)
        transaction.reply(stanzas.departure(self._address, room.address))
        transaction.assign(room, "seen", None)
        transaction.assign(room, "due", transaction.now + LOOK)
        if room.inviter:
            self._forget(room.jid, transaction)

    def _meet(self, room: AttendedRoom, occupants: list[Occupant], transaction: Transaction) -> None:
        newcomers = [occupant for occupant in occupants if occupant.person not in room.acquaintances]
        for occupant in newcomers:
            room.meet(transaction, occupant.person)
        if newcomers:
            self._newcomers(room, newcomers, transaction)

    def _renamed(self, room: AttendedRoom, nick: str, shown: Appearance, transaction: Transaction) -> None:
        if nick == room.nick:
            room.change(transaction, nick=shown.new_nick)
        elif nick in room.occupants:
            before = room.occupants[nick]
            room.lose(transaction, nick)
            room.see(transaction, Occupant(shown.new_nick, before.person, before.jid, before.role))

    def _expelled(self, room: AttendedRoom, shown: Appearance, transaction: Transaction) -> None:
        """Where it was invited, the bot stays away; where the configuration has it, it returns."""
        log.info("out of %s (%s)", room.jid, ", ".join(sorted(shown.codes)) or "no reason given")
        is_brief = bool(BRIEFLY & set(shown.codes))
        if room.inviter and not is_brief:
            self._forget(room.jid, transaction)
            return
        room.forget_occupants(transaction)
        room.change(transaction, entered=False)
        transaction.assign(room, "due", transaction.now + (FIRST_RETRY if is_brief else LOOK))
