"""Clients that talk in pairs, and count what arrives."""

import re
from dataclasses import dataclass

from bench.load import Loop, Session

# What a client sends for a line of chat: a sentence, and the chat state that goes with it (XEP-0085).
_BODY = "The switch at the north end is set; the train may leave in ten minutes as planned."
_STATE = "<active xmlns='http://jabber.org/protocol/chatstates'/>"
_END = b"</message>"
_NUMBER = re.compile(rb"<message\b[^>]*?\bid=['\"]([0-9]+)['\"]")


@dataclass(slots=True)
class Count:
    """What happened to the messages of a talk. One that is overtaken counts as lost and, late, as doubled."""

    sent: int = 0
    delivered: int = 0
    doubled: int = 0
    refused: int = 0  # came back as an error

    @property
    def lost(self) -> int:
        """Neither delivered nor refused."""
        return self.sent - self.delivered - self.refused

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.sent + other.sent,
            self.delivered + other.delivered,
            self.doubled + other.doubled,
            self.refused + other.refused,
        )


class Talker:
    """One of a pair: sends the next message when the partner has got an earlier one."""

    __slots__ = ("_buffer", "_head", "_tail", "count", "next_expected", "partner", "session", "talking")

    def __init__(self, session: Session, partner_jid: str) -> None:
        self.session = session
        self.partner: Talker = self
        self.count = Count()
        self.next_expected = 0  # number of the partner's next message, as messages keep their order
        self.talking = False
        self._buffer = b""
        self._head = f"<message type='chat' to='{partner_jid}' id='".encode()
        self._tail = f"'><body>{_BODY}</body>{_STATE}</message>".encode()
        session.connection.receive = self.receive

    def say(self, messages: int) -> None:
        """Send so many messages, in one write."""
        first = self.count.sent
        self.count.sent = first + messages
        head, tail = self._head, self._tail
        self.session.connection.send(
            b"".join([b"%b%d%b" % (head, number, tail) for number in range(first, first + messages)])
        )

    def receive(self, data: bytes) -> None:
        """Count the partner's messages; each makes room for the partner's next."""
        *complete, self._buffer = (self._buffer + data).split(_END)
        arrived = 0
        for stanza in complete:
            arrived += self._arrived(stanza)
        if arrived and self.partner.talking:
            self.partner.say(arrived)

    def _arrived(self, stanza: bytes) -> int:
        match = _NUMBER.search(stanza)
        if match is None:
            return 0
        if b"<error" in stanza:
            self.count.refused += 1
            return 0
        number = int(match[1])
        if number < self.next_expected:
            self.partner.count.doubled += 1
            return 0
        self.next_expected = number + 1
        self.partner.count.delivered += 1
        return 1


class Talk:
    """All pairs of a group of sessions: the first with the second, the third with the fourth, …"""

    def __init__(self, loop: Loop, sessions: list[Session]) -> None:
        self._loop = loop
        self._talkers: list[Talker] = []
        for one, other in zip(sessions[::2], sessions[1::2], strict=True):
            left, right = Talker(one, other.jid), Talker(other, one.jid)
            left.partner, right.partner = right, left
            self._talkers += [left, right]

    @property
    def delivered(self) -> int:
        """Messages that reached their recipient so far."""
        return sum(talker.count.delivered for talker in self._talkers)

    def start(self, in_flight: int) -> None:
        """Let everybody talk, each with so many messages on their way."""
        for talker in self._talkers:
            talker.talking = True
            talker.say(in_flight)

    def stop(self) -> Count:
        """Fall silent, wait for what is on its way, and return the count of the whole talk."""
        for talker in self._talkers:
            talker.talking = False
        self._loop.quiet_or(lambda: self._count().lost <= 0, silence=10)
        return self._count()

    def _count(self) -> Count:
        return sum((talker.count for talker in self._talkers), Count())
