"""Everything the bot consists of, in the order in which its commands are listed."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from components.bots import storage
from components.bots.config import BotsSettings
from components.bots.minutes import MINUTES
from components.bots.questions import HELP, LEAVE, TOPIC, WHO
from components.bots.room import AttendedRoom, Line, Meeting, Occupant
from components.bots.said import BotCommand
from components.bots.service import BotService, Home
from components.common import ping, version
from components.common.config import Configuration
from components.common.disco import Discovery, Identity
from components.common.feature import Requests
from components.common.program import Program

COMMANDS: tuple[BotCommand, ...] = (HELP, WHO, TOPIC, MINUTES, LEAVE)


def build(configuration: Configuration[BotsSettings], stored: storage.Stored) -> BotService:
    """The bot with its rooms as they were committed."""
    settings, common = configuration.settings, configuration.common
    disco = Discovery(lambda: Identity("client", "bot", settings.nickname))
    own = (disco.feature(), ping.FEATURE, version.FEATURE)
    disco.announce(own)
    home = Home(configuration.domain, common.domain, frozenset(common.administrators))
    return BotService(home, settings, COMMANDS, Requests(own), restore(settings, stored))


def restore(settings: BotsSettings, stored: storage.Stored) -> Iterable[AttendedRoom]:
    """The rooms with everything the bot knows of them, from their rows."""
    rooms: dict[str, AttendedRoom] = {}
    for row in stored.rooms:
        rooms[row.jid] = AttendedRoom(
            row.jid,
            row.nick,
            settings.rooms.get(row.jid, settings.invited),
            row.inviter,
            row.password,
            row.entered,
            row.subject,
            row.subject_nick,
        )
    for row in stored.occupants:
        rooms[row.room].occupants[row.nick] = Occupant(row.nick, row.person, row.jid, row.role)
    for row in stored.acquaintances:
        rooms[row.room].acquaintances[row.person] = row.number
    meetings: dict[str, Meeting] = {}
    for row in stored.meetings:
        meeting = meetings[row.room] = Meeting(row.title, row.nick, datetime.fromisoformat(row.began))
        rooms[row.room].meeting = meeting
    for row in stored.participants:
        meetings[row.room].participants[row.person] = Occupant(row.nick, row.person, row.jid, "")
    for row in stored.lines:
        meetings[row.room].lines.append(Line(row.nick, row.said, datetime.fromisoformat(row.at)))
    return rooms.values()


PROGRAM = Program(
    name="bots",
    label="bots",
    settings=BotsSettings,
    migrations=Path(__file__).parent / "migrations",
    load=storage.load,
    build=build,
)
