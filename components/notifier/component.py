"""Everything the notifier consists of, in the order in which it has a say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData

from components.common import ping, version
from components.common.commands import Commands
from components.common.commands import People as Permissions
from components.common.config import Configuration
from components.common.disco import Discovery, Identity
from components.common.entrance import Entrance, Perform
from components.common.feature import Feature, Requests
from components.common.program import OperatorCommand, Program
from components.notifier import dead_letters, reactions, storage
from components.notifier.alerts import storage as alerts_storage
from components.notifier.alerts.part import AlertsPart
from components.notifier.approvals import storage as approvals_storage
from components.notifier.approvals.part import approvals_part
from components.notifier.callbacks import Callbacks, Guard
from components.notifier.clock import Agenda, Clock
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.http import HttpServer, read_secret
from components.notifier.inputs import storage as inputs_storage
from components.notifier.inputs.part import inputs_part
from components.notifier.mails import Mails
from components.notifier.numbers import Numbers
from components.notifier.people import duty, presence
from components.notifier.people.choosing import Choosing
from components.notifier.people.directory import Directory
from components.notifier.people.duty import Duty
from components.notifier.people.part import PeoplePart
from components.notifier.people.presence import Presences
from components.notifier.prompts import Prompts
from components.notifier.rooms import Rooms
from components.notifier.sending import Sender, Way
from components.notifier.service import NotifierService
from components.notifier.topics import storage as topics_storage
from components.notifier.topics.part import TopicsPart
from components.notifier.topics.pubsub import Either
from components.notifier.watch import storage as watch_storage
from components.notifier.watch.part import StockWatch
from components.notifier.work import Work

# The tables of all parts.
TABLES: tuple[MetaData, ...] = (
    storage.metadata,
    alerts_storage.metadata,
    presence.metadata,
    duty.metadata,
    inputs_storage.metadata,
    approvals_storage.metadata,
    watch_storage.metadata,
    topics_storage.metadata,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the parts find at the start."""

    core: storage.CoreStored
    alerts: alerts_storage.AlertsStored
    presences: Sequence[Any]
    overrides: Sequence[Any]
    inputs: inputs_storage.InputsStored
    approvals: approvals_storage.Stored
    watch: watch_storage.WatchStored
    topics: topics_storage.TopicsStored


def load(connection: Connection) -> Stored:
    """Everything the notifier holds in memory."""
    return Stored(
        storage.load(connection),
        alerts_storage.load(connection),
        presence.load(connection),
        duty.load(connection),
        inputs_storage.load(connection),
        approvals_storage.load(connection),
        watch_storage.load(connection),
        topics_storage.load(connection),
    )


def build(configuration: Configuration[NotifierSettings], stored: Stored) -> NotifierService:
    """The service with all its parts, as they were committed."""
    settings, common = configuration.settings, configuration.common
    administrators = frozenset(common.administrators)
    numbers, agenda = Numbers(stored.core.counters), Agenda()
    address = settings.address(configuration.domain)
    rooms = Rooms(configuration.domain, settings.nickname)
    prompts = Prompts(address, common.administrators, numbers, stored.core)
    prompts.post_in_room = rooms.post
    work = Work(settings.work, numbers, stored.core.work)
    directory = Directory(settings.people, common.domain, common.administrators)
    presences = Presences(address, lambda bare: people.directory.is_person(bare), stored.presences)
    on_duty = Duty(stored.overrides)
    people = Choosing(directory, presences, on_duty)

    alerts = AlertsPart(
        address,
        common.administrators,
        settings.alerts,
        people,
        prompts,
        agenda,
        work,
        rooms,
        stored.alerts,
    )
    stock_watch = StockWatch(
        configuration.domain,
        address,
        common.administrators,
        configuration.home.path,
        people,
        prompts,
        work,
        agenda,
        stored.watch,
    )
    topics = TopicsPart(configuration.domain, address, administrators, people, prompts, work, stored.topics)
    parts: tuple[Part, ...] = (
        # First of all who there is: the settings of others name people.
        PeoplePart(people, presences, on_duty, agenda, common.domain, administrators).part(),
        dead_letters.part(work, Permissions(administrators, common.domain).is_administrator),
        alerts.part(),
        inputs_part(
            settings.inputs,
            configuration.home.path,
            configuration.domain,
            alerts.alerts,
            prompts,
            agenda,
            stored.inputs,
        ),
        approvals_part(
            settings.approvals,
            configuration.home.path,
            Permissions(administrators, common.domain),
            people,
            presences,
            prompts,
            work,
            agenda,
            stored.approvals,
        ),
        stock_watch.part(),
        topics.part(),
    )

    commands = Commands.of(command for part in parts for command in part.commands)
    disco = Discovery(
        lambda: Identity("automation", "bot", service.settings.name),
        topics.nodes.list,
        Either(commands, topics.nodes),
        forms=lambda: (service.reactions.restrictions(),),
    )
    own = (
        disco.feature(),
        ping.FEATURE,
        version.FEATURE,
        commands.feature(),
        reactions.FEATURE,
        *(Feature(part.name, part.xeps, part.namespaces, part.requests) for part in parts),
    )
    disco.announce(own)
    service = NotifierService(
        configuration.domain, settings, parts, Requests(own), prompts, rooms, work, agenda, people
    )
    service.operator_commands = commands.operator_commands()
    return service


def _entrances(
    service: NotifierService, configuration: Configuration[Any], perform: Perform
) -> Sequence[Entrance]:
    """The parts' own ways in, then programs, then the clock: who listens is there before it strikes."""
    routes = [route for part in service.parts for route in part.routes]
    return [
        *(entrance for part in service.parts for entrance in part.entrances(perform)),
        HttpServer(configuration.settings.http, configuration.home.path, routes, perform),
        _sender(service, configuration, perform),
        Clock(service.agenda, perform),
    ]


def _sender(
    service: NotifierService, configuration: Configuration[NotifierSettings], perform: Perform
) -> Sender:
    mail, work, home = configuration.settings.mail, configuration.settings.work, configuration.home.path
    secret = work.callback_secret or (
        read_secret(home / work.callback_secret_file) if work.callback_secret_file else ""
    )
    password = mail.password or (read_secret(home / mail.password_file) if mail.password_file else "")
    ways: dict[str, Way] = {
        "callback": Callbacks(Guard(work.callback_networks), secret, work.timeout),
        "mail": Mails(mail, password, configuration.domain, work.timeout),
    }
    return Sender(service.work, ways, perform)


def _commands(service: NotifierService) -> Mapping[str, OperatorCommand]:
    return service.operator_commands


PROGRAM = Program(
    name="notifier",
    label="alerts",
    settings=NotifierSettings,
    migrations=Path(__file__).parent / "migrations",
    load=load,
    build=build,
    entrances=_entrances,
    commands=_commands,
)
