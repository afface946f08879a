"""Dialogues with the room service in memory: `alice.sends("<presence …/>")`, `bob.receives("<presence …/>")`.

Patterns are those of `tests.scenarios.matching`. What the service commits is kept as rows, so that
`restart` can show what a new process would know.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast
from xml.etree import ElementTree

from slixmpp import JID
from sqlalchemy import URL, StaticPool, create_engine

from components.common.config import Configuration
from components.common.dispatch import dispatch, dispatch_answer
from components.common.elements import STREAM
from components.common.errors import StanzaError
from components.common.queries import Answer, Query
from components.common.rows import apply
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc import storage
from components.muc.component import PROGRAM, build
from components.muc.config import FixedRoom, MucSettings
from components.muc.service import RoomService
from settings import Home
from settings.common import Common
from tests.scenarios.matching import Element, difference, element, shown

DOMAIN = "chat.example"
ROOM = f"tea@{DOMAIN}"
USER = "http://jabber.org/protocol/muc#user"
ADMIN = "http://jabber.org/protocol/muc#admin"
OWNER = "http://jabber.org/protocol/muc#owner"
ENTER = "<x xmlns='http://jabber.org/protocol/muc'/>"
OPEN = (
    f"<iq type='set' id='open' to='{ROOM}'><query xmlns='{OWNER}'>"
    "<x xmlns='jabber:x:data' type='submit'/></query></iq>"
)


class Conference:
    """The service, a clock that only the test moves, and everybody who talks to it."""

    def __init__(
        self, groups: Mapping[str, Sequence[str]] = {}, database: URL | None = None, **settings: Any
    ) -> None:
        """`groups` are the shared ones of the installation; `database` is for the store, if not in memory."""
        self._groups = groups
        self.now = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
        self.settings = MucSettings(**settings)
        self.rows: dict[tuple[str, tuple[Any, ...]], Mapping[str, Any]] = {}
        self.people: dict[str, Person] = {}
        self.sent: list[str] = []  # for the stanza that was handled last
        self.reads = True  # questions to the store are answered at once, and not never
        self.store = create_engine(database or "sqlite://", poolclass=None if database else StaticPool)
        storage.metadata.create_all(self.store)
        self._questions: list[tuple[Stanza, Query, Answer]] = []
        self.service: RoomService
        self.restart()

    def person(self, jid: str) -> "Person":
        """Somebody with this full JID."""
        return self.people.setdefault(jid, Person(self, jid))

    @property
    def rooms_rows(self) -> dict[tuple[str, tuple[Any, ...]], Mapping[str, Any]]:
        """The committed rows that belong to rooms."""
        return {name: row for name, row in self.rows.items() if name[0] != "secret"}

    def restart(self) -> None:
        """End the process and start another one on what was committed."""
        common = Common(domain="example", administrators=["admin@example"])
        configuration = Configuration(
            Home(Path()), common, self.settings, DOMAIN, ("", 0), "", URL.create("sqlite"), self._groups
        )
        self.service = build(configuration, self._stored())
        assert PROGRAM.asks is not None
        PROGRAM.asks(self.service, self._ask)
        self.reconfigure(self.settings)

    def reconfigure(self, settings: MucSettings) -> None:
        """What a reload does."""
        self.settings = settings
        transaction = Transaction(self.now)
        self.service.configure(settings, transaction)
        self.commit(transaction)

    def makes_rounds(self) -> None:
        """What is due by the clock is done."""
        transaction = Transaction(self.now)
        self.service.make_rounds(transaction)
        self.commit(transaction)

    def renews_the_link(self) -> None:
        """The link to the router is another one."""
        transaction = Transaction(self.now)
        self.service.renewed(transaction)
        self.commit(transaction)

    def later(self, **time: float) -> None:
        """Time passes."""
        self.now += timedelta(**time)

    def handle(self, stanza: ElementTree.Element) -> None:
        """Deliver one stanza to the service, and its effects to everybody."""
        self.commit(dispatch(self.service.handle, stanza, self.now))

    def commit(self, transaction: Transaction) -> None:
        """Keep the rows, deliver the stanzas."""
        with self.store.begin() as connection:
            apply(connection, transaction.rows.values())
        for name, change in transaction.rows.items():
            if change.statement is not None:
                continue  # about rows that nobody reads at the start
            if change.all:
                table, prefix = name
                kept = self.rows.items()
                self.rows = {n: row for n, row in kept if (n[0], n[1][: len(prefix)]) != (table, prefix)}
            elif change.values is None:
                self.rows.pop(name, None)
            else:
                keys = zip([column.name for column in change.table.primary_key], change.key, strict=True)
                self.rows[name] = {**dict(keys), **change.values}
        self.sent = [stanza.render() for stanza in transaction.outgoing]
        for sent in element(f"<all>{transaction.render()}</all>"):
            self.person(sent.get("to", "")).inbox.append(sent)
        questions, self._questions = self._questions if self.reads else [], []
        for stanza, query, answer in questions:
            self.commit(dispatch_answer(stanza, answer, self._found(query), self.now))

    def _ask(self, stanza: Stanza, query: Query, answer: Answer) -> None:
        self._questions.append((stanza, query, answer))

    def _found(self, query: Query) -> Any:
        with self.store.connect() as connection:
            try:
                return query(connection)
            except StanzaError as error:
                return error

    def _stored(self) -> storage.Stored:
        tables: dict[str, list[Any]] = defaultdict(list)
        for (table, _), row in self.rows.items():
            tables[table].append(SimpleNamespace(**row))
        tables["occupant"].sort(key=lambda row: row.updated)
        tables["history"].sort(key=lambda row: (row.room_id, row.number))
        return storage.Stored(
            *[cast(Any, tables[name]) for name in ("room", "occupant", "affiliation", "history")],
            cast(Any, tables["tombstone"]),
            next((row.value for row in tables["secret"]), None),
            max((row.room_id for row in tables["archive"]), default=0),
            cast(Any, tables["vcard"]),
            cast(Any, tables["voice"]),
            cast(Any, tables["question"]),
        )


class Person:
    """One client with its full JID; `inbox` holds what arrived and was not claimed yet."""

    def __init__(self, conference: Conference, jid: str) -> None:
        self.jid = jid
        self.inbox: list[Element] = []
        self._conference = conference

    def sends(self, *stanzas: str) -> Self:
        """Send stanzas as the server would hand them to the component."""
        for stanza in stanzas:
            [parsed] = ElementTree.fromstring(f"<stream xmlns='{STREAM}'>{stanza}</stream>")
            parsed.set("from", self.jid)
            self._conference.handle(parsed)
        return self

    def receives(self, *patterns: str, without: tuple[str, ...] = ()) -> Element:
        """The next stanzas match these patterns, in this order; the last one is returned.

        `without`: texts that must not occur in any of them.
        """
        for literal in patterns:
            assert self.inbox, f"{self.jid} received nothing, expected {literal}"
            found = self.inbox.pop(0)
            why = difference(element(literal), found)
            assert why is None, f"{self.jid}: {why} in\n  {shown(found)}"
            for unwanted in without:
                assert unwanted not in shown(found), f"{self.jid}: {unwanted} in\n  {shown(found)}"
        return found

    def receives_nothing(self) -> Self:
        """Everything that arrived was claimed."""
        assert not self.inbox, f"{self.jid} received:\n" + "\n".join(map(shown, self.inbox))
        return self

    def ignores(self) -> Self:
        """Whatever has arrived is of no interest here."""
        self.inbox.clear()
        return self

    def enters(self, nick: str, room: str = ROOM, x: str = ENTER) -> Self:
        """Ask to be let in; nothing of the answers is claimed."""
        return self.sends(f"<presence to='{room}/{nick}'>{x}</presence>")

    def says(self, body: str, room: str = ROOM) -> Self:
        """Speak to all."""
        return self.sends(f"<message type='groupchat' to='{room}'><body>{body}</body></message>")

    def configures(self, room: str = ROOM, **fields: str) -> Self:
        """Submit the form with these muc#roomconfig fields, and see it accepted."""
        written = "".join(
            f"<field var='{_variable(name)}'><value>{value}</value></field>" for name, value in fields.items()
        )
        self.sends(
            f"<iq type='set' id='configure' to='{room}'><query xmlns='{OWNER}'>"
            f"<x xmlns='jabber:x:data' type='submit'>{written}</x></query></iq>"
        )
        answers = [stanza for stanza in self.inbox if stanza.get("id") == "configure"][-1:]
        assert [stanza.get("type") for stanza in answers] == ["result"], [shown(stanza) for stanza in answers]
        return self

    def administers(self, items: str, room: str = ROOM, number: str = "admin") -> Self:
        """Ask for changes of roles or affiliations."""
        return self.sends(
            f"<iq type='set' id='{number}' to='{room}'><query xmlns='{ADMIN}'>{items}</query></iq>"
        )

    @property
    def bare(self) -> str:
        """The bare JID."""
        return JID(self.jid).bare


def _variable(name: str) -> str:
    return "muc#maxhistoryfetch" if name == "maxhistoryfetch" else f"muc#roomconfig_{name}"


def fixed(**values: Any) -> FixedRoom:
    """A room of the configuration."""
    return replace(FixedRoom(), **values)
