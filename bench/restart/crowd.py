"""People who talk, come, go, change their nicknames and are moderated, and note what they see."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterable

from bench.restart.client import CLIENT, Client, Element
from bench.restart.ledger import ChatLedger, RoomLedger, owner
from bench.restart.view import View

MUC = "http://jabber.org/protocol/muc"
_STATUS = f"{{{MUC}#user}}x/{{{MUC}#user}}status"
DELAY = "{urn:xmpp:delay}delay"
_ARCHIVED = "{urn:xmpp:mam:2}fin/{http://jabber.org/protocol/rsm}set/{http://jabber.org/protocol/rsm}count"
_SELF, _RENAMED = "110", "303"
_REGISTRATION = f"<field var='FORM_TYPE'><value>{MUC}#register</value></field>"


class Person:
    """One occupant of one room, who also chats with a partner; a witness is never out of the room."""

    def __init__(self, client: Client, rooms: RoomLedger, chats: ChatLedger, witness: bool) -> None:
        self.client, self.room, self.witness = client, rooms.room, witness
        self.name = client.user
        self.partner: Person = self
        self.moderator: Person = self  # the witness of the room, who owns it
        self.state = "out"  # entering, in, changing (role or affiliation), leaving
        self.last_heard = 0.0  # when a message from the room arrived that was just said
        self.owns_open_room = False
        self.refused: list[str] = []
        self._rooms, self._chats = rooms, chats
        self._nicks = self._messages = 0
        self._stay: list[str] = []
        self._view = View()
        self._outstanding = 0  # own acts that are still to be seen in the room
        self._is_changed = False  # in role or affiliation, under this nickname
        client.stanza = self._take

    # -- what it does -------------------------------------------------------------------------------

    def enter(self) -> None:
        """Enter the room under a new nickname."""
        self.state = "entering"
        self._view.clear()
        self._does(f"+{self._new_nick()}")
        self._ask_in("<history maxstanzas='0'/>")

    def _ask_in(self, history: str) -> None:
        self.client.send(f"<presence to='{self.room}/{self._nick}'><x xmlns='{MUC}'>{history}</x></presence>")

    def leave(self) -> None:
        """Leave the room."""
        self.state = "leaving"
        self._does(f"-{self._nick}")
        self.client.send(f"<presence type='unavailable' to='{self.room}/{self._nick}'/>")

    def rename(self) -> None:
        """Take another nickname."""
        self._does(f"-{self._nick}")
        self._does(f"+{self._new_nick()}")
        self.client.send(f"<presence to='{self.room}/{self._nick}'/>")

    def say(self, length: int = 0) -> None:
        """Say something to all, in a stanza of that many bytes at least."""
        name = self._next_message("m")
        self._does(name)
        head = f"<message type='groupchat' to='{self.room}' id='{name}'><body>{name}"
        self.client.send(f"{head.ljust(length, '.')}</body></message>", name)

    def be_kicked(self) -> None:
        """Have the owner throw us out (XEP-0045 §8.2); we come back."""
        self.state = "leaving"
        self._does(f"-{self._nick}")
        self.moderator.client.send(_request(self.room, f"<item nick='{self._nick}' role='none'/>"))

    def change_role(self) -> None:
        """Have the owner make us a moderator, or none any more (§9.6)."""
        role, affiliation = self._view.of(self._nick)
        role = "participant" if role == "moderator" else "moderator"
        self._changes(role, affiliation)
        self.moderator.client.send(_request(self.room, f"<item nick='{self._nick}' role='{role}'/>"))

    def register(self) -> None:
        """Become a member of the room, or be none any more (§7.10)."""
        role, affiliation = self._view.of(self._nick)
        registers = affiliation == "none"
        self._changes(role, "member" if registers else "none")
        nick = f"<field var='muc#register_roomnick'><value>{self.name}</value></field>"
        form = f"<x xmlns='jabber:x:data' type='submit'>{_REGISTRATION}{nick}</x>"
        self.client.send(
            f"<iq type='set' id='register' to='{self.room}'><query xmlns='jabber:iq:register'>"
            f"{form if registers else '<remove/>'}</query></iq>"
        )

    def _changes(self, role: str, affiliation: str) -> None:
        self.state, self._is_changed = "changing", True
        self._does(f"*{self._nick}:{role}/{affiliation}")

    def count_archive(self) -> None:
        """Ask how many messages the room has archived (XEP-0313)."""
        self.client.send(
            f"<iq type='set' id='archive' to='{self.room}'><query xmlns='urn:xmpp:mam:2'>"
            "<set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></query></iq>"
        )

    def chat(self) -> None:
        """Say something to the partner."""
        name = self._next_message("c")
        self._chats.sends(self.name, self.partner.name, name)
        to = self.partner.client.jid.partition("/")[0]
        self.client.send(f"<message type='chat' to='{to}' id='{name}'><body>{name}</body></message>", name)

    async def live(self, rate: float) -> None:
        """Do something about `rate` times a second, until cancelled."""
        while True:
            await asyncio.sleep(random.expovariate(rate))
            if self.state == "out":
                self.enter()
            elif self.state == "in":
                self._act(random.random())

    def _act(self, chance: float) -> None:
        if self.witness or chance < 0.65:
            self.say()
        elif chance < 0.78:
            self.chat()
        elif chance < 0.84:
            self.rename()
        elif chance < 0.89:
            self.leave()
        elif self._outstanding or (chance >= 0.91 and self._is_changed):
            self.say()  # only who has nothing on its way is thrown out or changed: all know what comes first
        elif chance < 0.91:
            self.be_kicked()
        elif chance < 0.95 or self._view.of(self._nick)[0] == "moderator":
            self.change_role()
        else:
            self.register()

    def _does(self, event: str) -> None:
        self._outstanding += 1
        self._rooms.does(self.name, event)

    def _next_message(self, kind: str) -> str:
        self._messages += 1
        return f"{kind}:{self.name}:{self._messages}"

    @property
    def _nick(self) -> str:
        return f"{self.name}.{self._nicks}"

    def _new_nick(self) -> str:
        self._nicks += 1
        self._is_changed = False
        return self._nick

    # -- what it sees -------------------------------------------------------------------------------

    def _take(self, element: Element) -> None:
        sender = element.get("from", "")
        if element.get("type") == "error":
            self.refused.append(f"{element.tag.removeprefix(CLIENT)} {element.get('id')} from {sender}")
        elif element.tag == f"{CLIENT}iq" and sender == self.room:
            self.owns_open_room = True
            if (count := element.find(_ARCHIVED)) is not None:
                self._rooms.archived = int(count.text)
        elif sender.startswith(f"{self.room}/"):
            nick = sender.partition("/")[2]
            if element.tag == f"{CLIENT}presence":
                self._presence(element, nick)
            elif element.find(f"{CLIENT}body") is not None and element.find(DELAY) is None:
                self.last_heard = time.monotonic()
                self._sees(element.get("id"))
        elif element.tag == f"{CLIENT}message" and element.get("type") == "chat":
            self._chats.receives(sender.partition("@")[0], self.name, element.get("id"))

    def _presence(self, element: Element, nick: str) -> None:
        codes = {status.get("code") for status in element.findall(_STATUS)}
        unavailable = element.get("type") == "unavailable"
        if _SELF in codes and not unavailable and self.state == "entering":
            self.state = "in"
            self._stay = self._rooms.witness if self.witness else []
            if not self.witness:
                self._rooms.stays.append((self.name, self._stay))
        self._sees(self._view.event(nick, element))
        if _SELF in codes and self.state == "changing":
            self.state = "in"
        if _SELF in codes and unavailable and _RENAMED not in codes:
            self.state = "out"

    def _sees(self, event: str) -> None:
        if self.state not in ("out", "entering"):
            self._stay.append(event)
            self._outstanding -= owner(event) == self.name


def _request(room: str, item: str) -> str:
    return f"<iq type='set' id='change' to='{room}'><query xmlns='{MUC}#admin'>{item}</query></iq>"


def talk(people: Iterable[Person], rate: float) -> "asyncio.Task[None]":
    """Let everybody live; cancel the task to have them fall silent."""

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as lives:
            for person in people:
                lives.create_task(person.live(rate))

    return asyncio.ensure_future(all_of_them())


async def fall_silent(talking: "asyncio.Task[None]") -> None:
    """Nobody does anything any more."""
    talking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await talking
