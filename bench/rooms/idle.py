"""Persistent rooms nobody is in: how long a server takes to start with them, and what they take up."""

import time
from dataclasses import dataclass

from bench.load import Endpoint, Loop, Session, log_in
from bench.login import DOMAIN, Account
from bench.measure import settled_memory
from bench.servers import Server

_AT_ONCE = 50  # rooms that are made at the same time
_ID = b"made"


@dataclass(frozen=True, slots=True)
class IdleRooms:
    """What a number of them cost one server."""

    seconds_without: float  # from the start until the server is ready
    seconds: float  # the same, with the rooms
    bytes: float  # for each room


def measure(server: Server, owner: Account, rooms: int, fields: str) -> IdleRooms:
    """Start the server without rooms, make them, and start it again.

    `fields` are further ones of the rooms' configuration. The server is running before and after.
    """
    seconds_without = _restarted(server)
    empty = settled_memory(server.processes(), time.sleep)
    loop = Loop()
    [session] = log_in(loop, Endpoint(server.port), [owner])
    _Making(loop, session, rooms, fields).all()
    loop.close()
    seconds = _restarted(server)
    full = settled_memory(server.processes(), time.sleep)
    return IdleRooms(seconds_without, seconds, (full - empty) / rooms)


def _restarted(server: Server) -> float:
    server.stop()
    begun = time.monotonic()
    server.start(limit=300)
    return time.monotonic() - begun


class _Making:
    """Its owner enters each room, makes it persistent, and leaves."""

    def __init__(self, loop: Loop, session: Session, rooms: int, fields: str) -> None:
        self._loop, self._session, self._rooms, self._fields = loop, session, rooms, fields
        self._made = 0
        self._tail = b""
        session.connection.receive = self._received

    def all(self) -> None:
        """Make them, so many at a time."""
        for first in range(0, self._rooms, _AT_ONCE):
            end = min(first + _AT_ONCE, self._rooms)
            self._session.connection.send("".join(map(self._room, range(first, end))).encode())
            self._loop.run_until(lambda end=end: self._made >= end, "rooms to be made")  # type: ignore[misc]
        self._loop.quiet_or(lambda: False, silence=1)

    def _room(self, number: int) -> str:
        room = f"idle{number}@conference.{DOMAIN}"
        return (
            f"<presence to='{room}/owner'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
            f"<iq type='set' id='{_ID.decode()}' to='{room}'>"
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            "<field var='muc#roomconfig_persistentroom'><value>1</value></field>"
            f"<field var='muc#roomconfig_roomname'><value>Platform {number}</value></field>"
            f"{self._fields}</x></query></iq><presence type='unavailable' to='{room}/owner'/>"
        )

    def _received(self, data: bytes) -> None:
        data = self._tail + data
        self._made += sum(data.count(b"id=%c%b%c" % (quote, _ID, quote)) for quote in b"'\"")
        self._tail = data[-len(b"id='made") :]
