"""The occupants of a room: some speak, all count what arrives."""

import re
import time
from collections.abc import Sequence

from bench.load import Loop, Session
from bench.login import DOMAIN

_BODY = "The switch at the north end is set; the train may leave in ten minutes as planned."
_STATE = "<active xmlns='http://jabber.org/protocol/chatstates'/>"
_END = b"</message>"
_SELF_PRESENCE = re.compile(rb"code=['\"]110['\"]")
_CONFIGURED = re.compile(rb"id=['\"]configure['\"]")


class Occupant:
    """One session in the room. What it gets is searched for a few words, not parsed."""

    __slots__ = ("_awaited", "_tail", "found", "messages", "nick", "room", "session")

    def __init__(self, session: Session, room: str, nick: str) -> None:
        self.session, self.room, self.nick = session, room, nick
        self.messages = 0  # that arrived
        self.found = False  # what was waited for
        self._awaited: re.Pattern[bytes] | None = None
        self._tail = b""
        session.connection.receive = self.receive

    def enter(self) -> None:
        """Ask to be let in, without any history; `found` when the self-presence is here."""
        self._await(_SELF_PRESENCE)
        self.session.connection.send(
            f"<presence to='{self.room}/{self.nick}'><x xmlns='http://jabber.org/protocol/muc'>"
            "<history maxstanzas='0'/></x></presence>".encode()
        )

    def configure(self, fields: str) -> None:
        """Open the room, as its owner; `found` when that is done."""
        self._await(_CONFIGURED)
        self.session.connection.send(
            f"<iq type='set' id='configure' to='{self.room}'>"
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            f"{fields}</x></query></iq>".encode()
        )

    def leave(self) -> None:
        """Nobody waits for that."""
        self.session.connection.send(f"<presence type='unavailable' to='{self.room}/{self.nick}'/>".encode())

    def receive(self, data: bytes) -> None:
        """Count messages; look for what is waited for."""
        # An end tag may be cut in two by the network; the tail is too short to hold a whole one.
        self.messages += (self._tail + data).count(_END)
        if self._awaited is not None and self._awaited.search(self._tail + data):
            self.found, self._awaited = True, None
        self._tail = data[-len(_END) + 1 :]

    def _await(self, pattern: re.Pattern[bytes]) -> None:
        self.found, self._awaited = False, pattern


class Speaker:
    """Wraps an occupant: says the next thing when everybody, itself included, was sent the last."""

    __slots__ = ("_buffer", "_mine", "occupant", "said", "speaking")

    def __init__(self, occupant: Occupant) -> None:
        self.occupant = occupant
        self.said = 0
        self.speaking = False
        self._buffer = b""
        self._mine = re.compile(rb"\bid=['\"]%b-[0-9]+['\"]" % occupant.nick.encode())
        occupant.session.connection.receive = self.receive

    def speak(self) -> None:
        """One message to all."""
        self.said += 1
        self.occupant.session.connection.send(
            f"<message type='groupchat' to='{self.occupant.room}' id='{self.occupant.nick}-{self.said}'>"
            f"<body>{_BODY}</body>{_STATE}</message>".encode()
        )

    def receive(self, data: bytes) -> None:
        """Count; one's own message is the leave to say another."""
        *complete, self._buffer = (self._buffer + data).split(_END)
        self.occupant.messages += len(complete)
        mine = sum(self._mine.search(stanza) is not None for stanza in complete)
        if self.speaking:
            for _ in range(mine):
                self.speak()


class Crowd:
    """Everybody in one room, and one more who may enter it."""

    def __init__(
        self, loop: Loop, sessions: Sequence[Session], name: str, fields: str, speakers: int
    ) -> None:
        """The first of the sessions opens the room; the last does not enter yet."""
        self._loop = loop
        room = f"{name}@conference.{DOMAIN}"
        occupants = [Occupant(session, room, f"nick{n}") for n, session in enumerate(sessions)]
        *self.occupants, self.latecomer = occupants
        self._enter(self.occupants[:1])
        self.occupants[0].configure(fields)
        loop.run_until(lambda: self.occupants[0].found, "the configuration of a room")
        for first in range(1, len(self.occupants), 20):
            self._enter(self.occupants[first : first + 20])
        self._settle()
        self.speakers = [Speaker(occupant) for occupant in self.occupants[:speakers]]

    @property
    def delivered(self) -> int:
        """Messages that arrived so far, each copy counted."""
        return sum(occupant.messages for occupant in self.occupants)

    @property
    def expected(self) -> int:
        """Messages that ought to have arrived when all is quiet."""
        return sum(speaker.said for speaker in self.speakers) * len(self.occupants)

    def start(self) -> None:
        """All speakers speak."""
        for occupant in self.occupants:
            occupant.messages = 0
        for speaker in self.speakers:
            speaker.said, speaker.speaking = 0, True
            speaker.speak()

    def stop(self) -> int:
        """Fall silent; how many copies are missing (or too many, below 0) when nothing comes any more."""
        for speaker in self.speakers:
            speaker.speaking = False
        self._loop.quiet_or(lambda: self.delivered >= self.expected, silence=5)
        return self.expected - self.delivered

    def time_to_enter(self) -> float:
        """Seconds until one more has everybody's presence, and its own last; it leaves again."""
        begun = time.monotonic()
        self.latecomer.enter()
        self._loop.run_until(lambda: self.latecomer.found, "somebody to enter")
        taken = time.monotonic() - begun
        self.latecomer.leave()
        self._settle()
        return taken

    def empty(self) -> None:
        """Everybody leaves; without occupants the room ends."""
        for occupant in self.occupants:
            occupant.leave()
        self._settle()

    def _enter(self, occupants: Sequence[Occupant]) -> None:
        for occupant in occupants:
            occupant.enter()
        self._loop.run_until(lambda: all(o.found for o in occupants), "an occupant to enter")

    def _settle(self) -> None:
        self._loop.quiet_or(lambda: False, silence=0.5)
