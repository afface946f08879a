"""The rooms of a service: which stanza goes where, rooms that come and go."""

from collections.abc import Callable, Iterable, Sequence
from xml.etree.ElementTree import Element

from slixmpp import JID

from components.common.commands import Commands
from components.common.errors import StanzaError
from components.common.feature import Requests, payload_of
from components.common.figures import Figure
from components.common.forms import FORM, form_type
from components.common.program import Reloaded
from components.common.stanza import Kind, Stanza
from components.common.transaction import Transaction
from components.muc import storage
from components.muc.config import MucSettings
from components.muc.feature import RoomFeature, Visit
from components.muc.features import (
    bounces,
    creation,
    entering,
    exiting,
    fixed,
    forwarding,
    groupchat,
    invitations,
    private_messages,
    probing,
    registration,
    tombstones,
    vanished,
    voice,
)
from components.muc.features.retention import Retention
from components.muc.features.unvisited import Unvisited
from components.muc.ids import Ids
from components.muc.questions import Kept, Questions
from components.muc.room import Room
from components.muc.stanzas import ENTER, USER_X

# Keys of `[muc]` that a reload applies.
RELOADED = (
    "name",
    "room_creation",
    "rooms_per_user",
    "message_bytes",
    "archive_days",
    "tombstone_days",
    "rooms",
)


class RoomService:
    """All rooms of one domain. Pure: stanzas in, changes and stanzas out through the transaction."""

    def __init__(
        self,
        domain: str,
        own_domain: str,
        administrators: Sequence[str],
        settings: MucSettings,
        features: Sequence[RoomFeature],
        requests: Requests,
        ids: Ids,
        tombs: dict[str, tombstones.Tombstone],
        rooms: Iterable[Room] = (),
        last_id: int = 0,
        questions: Iterable[Kept] = (),
    ) -> None:
        """`own_domain` is the one local users have; `requests` are those to the service itself."""
        self.domain, self.own_domain, self.administrators = domain, own_domain, frozenset(administrators)
        self.settings = settings
        self.features = tuple(features)
        self.rooms: dict[str, Room] = {room.local: room for room in rooms}
        self.questions = Questions(questions)
        self._retention = Retention()
        self._unvisited = Unvisited()
        # Ids of rooms that are gone may still stand in the archive, so none of them is used again.
        self._last_id = max((room.id for room in self.rooms.values()), default=last_id)
        self._requests, self.ids, self.tombstones = requests, ids, tombs
        self.commands = Commands.of(
            command for feature in features for command in feature.commands(self._room_at)
        )
        self._room_requests = {name: h for feature in features for name, h in feature.requests.items()}
        self._kinds: dict[Kind, Callable[[Stanza, Transaction], Element | None]] = {
            "message": self._message,
            "presence": self._presence,
            "iq": self._iq,
        }

    def handle(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        """One stanza to the service, a room or an occupant."""
        return self._kinds[stanza.kind](stanza, transaction)

    def configure(self, settings: MucSettings, transaction: Transaction) -> Reloaded:
        """Take over the settings; the fixed rooms are made as they say."""
        reloaded = Reloaded()
        for key in RELOADED:
            if getattr(settings, key) != getattr(self.settings, key):
                reloaded.applied.append(f"muc.{key}")
        transaction.assign(self, "settings", settings)
        transaction.write(storage.secrets, (1,), {"value": self.ids.secret})  # made at the first start
        fixed.keep_in_step(self, transaction)
        self.questions.ask_again(self.handle, transaction)  # at the start; later there is nothing left
        return reloaded

    def renewed(self, transaction: Transaction) -> None:
        """Sessions may have ended, or their servers, without our being told."""
        vanished.hasten(self.rooms.values(), transaction.now)

    def make_rounds(self, transaction: Transaction) -> None:
        """Look who is still there where nobody speaks."""
        vanished.look(self.rooms.values(), transaction)
        tombstones.remove_old(self, transaction)
        self._retention.forget_old(self, transaction)
        self._unvisited.end(self, transaction)

    def figures(self) -> Iterable[Figure]:
        """Rooms and occupants."""
        return (
            Figure("rooms", "rooms that exist", lambda: len(self.rooms)),
            Figure(
                "occupants",
                "occupants of all rooms",
                lambda: sum(len(room.occupants) for room in self.rooms.values()),
            ),
            Figure(
                "sessions",
                "sessions of the occupants",
                lambda: sum(len(room.sessions) for room in self.rooms.values()),
            ),
        )

    def open(self, local: str, transaction: Transaction, locked: bool) -> Room:
        """A new room with the default configuration."""
        self._last_id += 1
        tombstones.remove(self, local, transaction)
        room = Room(self._last_id, local, self.domain, self.ids, creation.DEFAULTS, locked)
        transaction.put(self.rooms, local, room)
        room.write(transaction)
        return room

    def close(self, room: Room, transaction: Transaction) -> None:
        """The room ends; a fixed one cannot."""
        if not room.fixed and self.rooms.get(room.local) is room:
            transaction.remove(self.rooms, room.local)
            room.erase(transaction)

    def _message(self, stanza: Stanza, transaction: Transaction) -> None:
        visit = self._visit(stanza, transaction)
        if stanza.type == "error":
            if visit is not None:
                bounces.bounced(visit)
        elif visit is None or not _is_open(visit):
            raise self._not_found(stanza)  # §17.2
        elif stanza.to.resource:
            private_messages.send(visit)
        elif stanza.type == "groupchat":
            groupchat.speak(visit)
        else:
            _out_of_band(visit)

    def _presence(self, stanza: Stanza, transaction: Transaction) -> None:
        visit = self._visit(stanza, transaction)
        if stanza.type == "":
            try:
                self._available(stanza, transaction, visit)
            except StanzaError as error:
                # By this clients tell what has failed (the examples of §7.2); not with what is in it,
                # which may be a password.
                error.echo = Element(ENTER)
                raise
        elif visit is not None and stanza.type == "unavailable":
            exiting.leave(visit)
        elif visit is not None and stanza.type == "error":
            bounces.bounced(visit)
        elif visit is not None and stanza.type == "probe":
            probing.answer(visit)

    def _available(self, stanza: Stanza, transaction: Transaction, visit: Visit | None) -> None:
        if not stanza.to.local:
            return  # the service itself has no presence
        if visit is not None:
            entering.appear(visit)
            return
        x = stanza.element.find(ENTER)
        if x is None:
            entering.refuse_stranger(stanza, transaction)
        else:
            creation.create(self, stanza, transaction, x)

    def _iq(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        if stanza.type in ("result", "error"):
            visit = self._visit(stanza, transaction)
            if visit is not None and stanza.to.resource:
                forwarding.give_back(visit)
            return None
        if not stanza.to.local:
            return self._requests.answer(stanza, transaction)
        visit = self._visit(stanza, transaction)
        if visit is None or not _is_open(visit):
            raise self._not_found(stanza)
        if stanza.to.resource:
            forwarding.ask(visit)
            return None
        payload = payload_of(stanza)
        handler = self._room_requests.get((stanza.type, payload.tag))
        if handler is None:
            raise StanzaError("service-unavailable")
        return handler(visit, payload)

    def _room_at(self, address: JID) -> Room:
        return self.rooms[address.local]

    def _not_found(self, stanza: Stanza) -> StanzaError:
        tombstone = self.tombstones.get(stanza.to.local)
        return tombstone.error() if tombstone else StanzaError("item-not-found", "there is no such room")

    def _visit(self, stanza: Stanza, transaction: Transaction) -> Visit | None:
        room = self.rooms.get(stanza.to.local)
        return Visit(self, room, stanza, transaction) if room is not None else None


def _is_open(visit: Visit) -> bool:
    """A locked room exists for those only who are in it (§7.2.10)."""
    return not visit.room.locked or visit.occupant is not None


def _out_of_band(visit: Visit) -> None:
    """A message to the room that is not for all: an invitation, its refusal, a request for voice."""
    element = visit.stanza.element
    x, form = element.find(USER_X), element.find(FORM)
    invites = x.findall(invitations.INVITE) if x is not None else []
    refusal = x.find(invitations.DECLINE) if x is not None else None
    if invites:
        invitations.send(visit, invites)
    elif refusal is not None:
        invitations.decline(visit, refusal)
    elif form is not None and form_type(form) == registration.FORM_TYPE:
        registration.decide(visit, form)
    elif form is not None:
        voice.request(visit, form)
    else:
        raise StanzaError("bad-request", "messages to all occupants are of the type groupchat")  # §17.2
