"""The bot and the real room service in memory, one beside the other, as a router would connect them."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

from lxml import etree
from sqlalchemy import URL

from components.bots import component, storage
from components.bots.config import BotsSettings
from components.bots.service import BotService
from components.common.config import Configuration
from components.common.dispatch import dispatch
from components.common.elements import STREAM
from components.common.transaction import Transaction
from settings import Home
from settings.common import Common
from tests.components.muc.conference import Conference, Person
from tests.scenarios.matching import element

BOTS = "bots.example"
HELPER = f"helper@{BOTS}"


class Company:
    """Everybody; what the bot commits is kept as rows, so that `restart` shows what a new process knows."""

    def __init__(self, conference: Conference, **settings: Any) -> None:
        self.conference = conference
        self.settings = BotsSettings(**settings)
        self.rows: dict[tuple[str, tuple[Any, ...]], Mapping[str, Any]] = {}
        self.bot: BotService
        self.is_away = False  # what is sent to it waits
        self.restart()

    def restart(self) -> None:
        """End the bot's process, and start another one on what was committed."""
        common = Common(domain="example", administrators=["admin@example"])
        configuration = Configuration(
            Home(Path()), common, self.settings, BOTS, ("", 0), "", URL.create("sqlite")
        )
        tables: dict[str, list[Any]] = defaultdict(list)
        for (table, _), row in self.rows.items():
            tables[table].append(SimpleNamespace(**row))
        names = ("room", "occupant", "acquaintance", "meeting", "participant", "line")
        stored = storage.Stored(*[cast(Any, tables[name]) for name in names])
        self.bot = component.build(configuration, stored)
        self.is_away = False
        self.reconfigure(self.settings)

    def reconfigure(self, settings: BotsSettings) -> None:
        """What a reload does."""
        self.settings = settings
        transaction = Transaction(self.conference.now)
        self.bot.configure(settings, transaction)
        self.commit(transaction)
        self.settle()

    def makes_rounds(self) -> None:
        """What is due by the clock."""
        transaction = Transaction(self.conference.now)
        self.bot.make_rounds(transaction)
        self.commit(transaction)
        self.settle()

    def renews_the_link(self) -> None:
        """The bot's link is another one."""
        transaction = Transaction(self.conference.now)
        self.bot.renewed(transaction)
        self.commit(transaction)
        self.settle()

    def settle(self) -> None:
        """Hand over what is on its way, until there is nothing left."""
        while not self.is_away:
            waiting = [person.inbox for jid, person in self.conference.people.items() if _is_bots(jid)]
            inbox = next((inbox for inbox in waiting if inbox), None)
            if inbox is None:
                return
            self.tell(etree.tostring(inbox.pop(0), encoding="unicode"))

    def tell(self, stanza: str) -> None:
        """A stanza for the bot."""
        [parsed] = ElementTree.fromstring(
            f"<s xmlns='{STREAM}'>{stanza.replace('jabber:client', STREAM)}</s>"
        )
        self.commit(dispatch(self.bot.handle, parsed, self.conference.now))

    def person(self, name: str) -> Person:
        """A user of the domain."""
        return self.conference.person(f"{name}@example/x")

    def sends_away(self, room: str) -> None:
        """The bot leaves a room."""
        transaction = Transaction(self.conference.now)
        self.bot.leave(room, transaction)
        self.commit(transaction)
        self.settle()

    def commit(self, transaction: Transaction) -> None:
        """Keep the rows, deliver the stanzas."""
        for name, change in transaction.rows.items():
            if change.values is None:
                self.rows.pop(name, None)
            else:
                keys = zip([column.name for column in change.table.primary_key], change.key, strict=True)
                self.rows[name] = {**dict(keys), **change.values}
        for sent in element(f"<all>{transaction.render()}</all>"):
            to = sent.get("to", "")
            if to.partition("/")[0].endswith("chat.example"):
                text = etree.tostring(sent, encoding="unicode").replace("jabber:client", STREAM)
                [parsed] = ElementTree.fromstring(f"<s>{text}</s>")
                self.conference.handle(parsed)
            else:
                self.conference.person(to).inbox.append(sent)


def _is_bots(jid: str) -> bool:
    return jid.partition("/")[0].endswith(BOTS)
