"""Everything the room service consists of, in the order in which it has a say."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from components.common import ping, version
from components.common.commands import Commands, People
from components.common.config import Configuration
from components.common.control import Command
from components.common.disco import Discovery, Identity, Item
from components.common.entrance import Perform
from components.common.feature import Feature, Requests
from components.common.program import OperatorCommand, Program
from components.common.queries import Ask
from components.common.stanza import Stanza
from components.muc import conference, operator, portable_import, search, storage
from components.muc.config import MucSettings
from components.muc.feature import RoomFeature
from components.muc.features import (
    administration,
    anonymity,
    appointments,
    archive,
    banned,
    capacity,
    configuration,
    contacts,
    description,
    discovery,
    hats,
    history,
    invitations,
    lasting_voice,
    locked_nicknames,
    members_only,
    moderated_retraction,
    moderation,
    password,
    persistence,
    presence_broadcast,
    private_messages,
    publicity,
    pubsub_node,
    registration,
    retention,
    retraction,
    room_commands,
    slow_mode,
    subject,
    tombstones,
    vcard,
)
from components.muc.features.description import NAME
from components.muc.features.publicity import PUBLIC
from components.muc.ids import Ids
from components.muc.occupant import Affiliation, Role, Session
from components.muc.room import Message, Registration, Room, Subject
from components.muc.service import RoomService
from components.muc.setting import RoomConfig
from components.muc.stanzas import MUC, OCCUPANT_ID, STABLE_ID

# The order of the fields in the form, and of the checks on entering: somebody who is banned hears
# of that before all else, and that a room is full only if they might enter it. Who is not shown any more
# has gone before anybody is sent away.
FEATURES: tuple[RoomFeature, ...] = (
    description.FEATURE,
    persistence.FEATURE,
    publicity.FEATURE,
    banned.FEATURE,
    password.FEATURE,
    presence_broadcast.FEATURE,
    members_only.FEATURE,
    capacity.FEATURE,
    moderation.FEATURE,
    lasting_voice.FEATURE,
    slow_mode.FEATURE,
    anonymity.FEATURE,
    private_messages.FEATURE,
    invitations.FEATURE,
    registration.FEATURE,
    locked_nicknames.FEATURE,
    subject.FEATURE,
    history.FEATURE,
    archive.FEATURE,
    retention.FEATURE,
    vcard.FEATURE,
    retraction.FEATURE,
    moderated_retraction.FEATURE,
    contacts.FEATURE,
    pubsub_node.FEATURE,
    appointments.FEATURE,
    configuration.FEATURE,
    administration.FEATURE,
    room_commands.FEATURE,
    hats.FEATURE,
    discovery.FEATURE,
)

# The service announces for its rooms what clients look for there (XEP-0486 §3.1 the last one).
ROOMS = Feature("rooms", ("XEP-0045", "XEP-0249", "XEP-0421"), (MUC, STABLE_ID, OCCUPANT_ID, vcard.NAMESPACE))


def build(configuration: Configuration[MucSettings], stored: storage.Stored) -> RoomService:
    """The service with its rooms as they were committed."""
    settings, ids = configuration.settings, Ids(stored.secret or token_bytes(32))
    disco = Discovery(
        lambda: Identity("conference", "text", service.settings.name),
        lambda stanza: _public(service, stanza),
    )
    common = configuration.common
    people = People(frozenset(common.administrators), common.domain)
    disco.nodes = commands = Commands.of(
        [
            conference.command(lambda: service, configuration.groups, people.is_local),
            *operator.RoomCommands(lambda: service).commands(people),
        ]
    )
    own = (
        disco.feature(),
        ping.FEATURE,
        version.FEATURE,
        search.feature(lambda: service.rooms.values()),
        commands.feature(),
        ROOMS,
    )
    disco.announce(own)
    service = RoomService(
        configuration.domain,
        common.domain,
        common.administrators,
        settings,
        FEATURES,
        Requests(own),
        ids,
        tombstones.restored(stored.tombstones),
        restore(configuration.domain, stored, ids),
        stored.last_archived,
        stored.questions,
    )
    return service


def _operator_commands(service: RoomService) -> Mapping[str, OperatorCommand]:
    people = People(service.administrators, service.own_domain)
    return Commands.of(operator.RoomCommands(lambda: service).commands(people)).operator_commands()


def _long_commands(service: RoomService, perform: Perform) -> Mapping[str, Command]:
    return {"room-import": portable_import.command(service, perform)}


def _public(service: RoomService, stanza: Stanza) -> Iterable[Item]:
    """The public rooms (§6.3); hidden ones are listed for those who are in them or belong to them."""
    for room in service.rooms.values():
        shown = room.config[PUBLIC] or room.affiliation(stanza.sender.bare) >= Affiliation.MEMBER
        if shown and not room.locked:
            yield Item(room.jid, room.config[NAME] or room.local)


def restore(domain: str, stored: storage.Stored, ids: Ids) -> Iterable[Room]:
    """The rooms with occupants, affiliations and history, from their rows."""
    rooms: dict[int, Room] = {}
    for row in stored.rooms:
        config = RoomConfig.restored(row.config)
        room = rooms[row.id] = Room(row.id, row.local, domain, ids, config, row.locked)
        if row.subject_at is not None:
            at = datetime.fromisoformat(row.subject_at)
            room.subject = Subject(
                row.subject, row.subject_nick, at, row.subject_occupant or "", row.subject_language or ""
            )
    for row in stored.affiliations:
        rooms[row.room_id].affiliations[row.jid] = Registration(Affiliation(row.affiliation), row.nick)
    for row in stored.voices:
        rooms[row.room_id].voices[row.jid] = Role(row.role)
    for row in stored.occupants:
        rooms[row.room_id].restore_session(row.nick, Role(row.role), Session(row.jid, row.presence))
    for row in stored.history:
        room = rooms[row.room_id]
        sent = datetime.fromisoformat(row.sent)
        room.history.append(Message(row.number, row.nick, row.attributes, row.content, sent))
        room.numbers = row.number
    for row in stored.avatars:
        rooms[row.room_id].avatar = tuple(row.hashes.split())
    return rooms.values()


def _use(service: RoomService, ask: Ask) -> None:
    service.questions.reader = ask


PROGRAM = Program(
    name="muc",
    label="conference",
    settings=MucSettings,
    migrations=Path(__file__).parent / "migrations",
    load=storage.load,
    build=build,
    asks=_use,
    commands=_operator_commands,
    long_commands=_long_commands,
)
