"""Dialogues with the notifier in memory: what people say and hear, what programs ask, time that only the
test moves. What is committed is kept in a database, so that `restart` shows what a new process would know.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree

from slixmpp import JID
from sqlalchemy import URL, StaticPool, create_engine

from components.common.config import Configuration
from components.common.dispatch import dispatch
from components.common.elements import STREAM
from components.common.rows import apply
from components.common.transaction import Transaction
from components.notifier.component import TABLES, build, load
from components.notifier.config import NotifierSettings
from components.notifier.http import Call, Reply
from components.notifier.service import NotifierService
from settings import Home, Problems, read
from settings.common import Common
from tests.scenarios.matching import Element, difference, element, shown

DOMAIN = "alerts.example"
NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)  # a Monday
BODY = "{jabber:client}body"  # as `element` reads what is sent


class Office:
    """The notifier, a clock, and everybody who talks to it."""

    def __init__(self, **tables: Any) -> None:
        """`tables` are those below `[notifier]`, as in the configuration file."""
        self.now = NOON
        self.people: dict[str, Somebody] = {}
        self.store = create_engine("sqlite://", poolclass=StaticPool)
        for metadata in TABLES:
            metadata.create_all(self.store)
        self.settings = settings_of(tables)
        self.service: NotifierService
        self.restart()

    def person(self, jid: str) -> "Somebody":
        """Who has this bare JID."""
        return self.people.setdefault(jid, Somebody(self, jid))

    def restart(self) -> None:
        """End the process and start another one on what was committed."""
        common = Common(domain="example", administrators=["admin@example"])
        configuration = Configuration(
            Home(Path()), common, self.settings, DOMAIN, ("", 0), "", URL.create("sqlite")
        )
        with self.store.connect() as connection:
            self.service = build(configuration, load(connection))
        self.reconfigure(self.settings)

    def reload(self, **tables: Any) -> Any:
        """The configuration file was changed, and is read again."""
        return self.reconfigure(settings_of(tables))

    def reconfigure(self, settings: NotifierSettings) -> Any:
        """What a reload does."""
        self.settings = settings
        transaction = Transaction(self.now)
        reloaded = self.service.configure(settings, transaction)
        self.commit(transaction)
        return reloaded

    def later(self, **time: float) -> None:
        """Time passes; what falls due meanwhile happens at its time."""
        end = self.now + timedelta(**time)
        while (due := self.service.agenda.next()) is not None and due <= end:
            self.now = max(self.now, due)
            transaction = Transaction(self.now)
            self.service.agenda.act(transaction)
            self.commit(transaction)
        self.now = end

    def asks(self, method: str, path: str, value: Any = None, *, body: bytes = b"", **headers: str) -> Reply:
        """A program's request, with a token that may do everything. Raises `StanzaError`.

        `path` is a route's, with its named parts filled in.
        """
        location, _, query = path.partition("?")
        for route in [route for part in self.service.parts for route in part.routes]:
            named = _named(route.path, location) if route.method == method else None
            if named is not None:
                options = dict(item.split("=", 1) for item in query.split("&") if item)
                content = body or (json.dumps(value).encode() if value is not None else b"")
                call = Call(named, options, headers, content, "local", "127.0.0.1")
                reply: Reply = self.performs(partial(route.run, call))
                return reply
        raise AssertionError(f"no route for {method} {path}")

    def operates(self, command: str, **arguments: Any) -> Mapping[str, Any]:
        """A command of the control socket. Raises `StanzaError` or `CommandError`."""
        run = self.service.operator_commands[command]
        result: Mapping[str, Any] = self.performs(lambda transaction: run(arguments, transaction))
        return result

    def performs(self, work: Any) -> Any:
        """What an entrance does: the result of `work`, committed. Nothing has changed if it raises."""
        transaction = Transaction(self.now)
        try:
            result = work(transaction)
        except BaseException:
            transaction.roll_back()
            raise
        self.commit(transaction)
        return result

    def handle(self, stanza: ElementTree.Element) -> None:
        """Deliver one stanza to the service, and its effects to everybody."""
        self.commit(dispatch(self.service.handle, stanza, self.now))

    def commit(self, transaction: Transaction) -> None:
        """Keep the rows, deliver the stanzas."""
        with self.store.begin() as connection:
            apply(connection, transaction.rows.values())
        for sent in element(f"<all>{transaction.render()}</all>"):
            self.person(JID(sent.get("to", "")).bare).inbox.append(sent)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What is stored."""
        with self.store.connect() as connection:
            found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            return [dict(row._mapping) for row in found]


class Somebody:
    """A person with one client, or a room; `inbox` holds what has come and was not claimed yet."""

    def __init__(self, office: Office, jid: str) -> None:
        self.jid = jid
        self.inbox: list[Element] = []
        self._office = office

    def sends(self, *stanzas: str, resource: str = "phone") -> Self:
        """Send stanzas as the server would hand them over; to the notifier, unless they say to whom."""
        for stanza in stanzas:
            [parsed] = ElementTree.fromstring(f"<stream xmlns='{STREAM}'>{stanza}</stream>")
            parsed.set("from", f"{self.jid}/{resource}" if resource else self.jid)
            parsed.set("to", parsed.get("to", DOMAIN))
            self._office.handle(parsed)
        return self

    def says(self, body: str) -> str:
        """Say something; the reply, which is the next thing to come."""
        before = len(self.inbox)
        self.sends(f"<message type='chat'><body>{body}</body></message>")
        replies = [n for n in range(before, len(self.inbox)) if self.inbox[n].get("id") is None]
        return self.inbox.pop(replies[-1]).findtext(BODY) or "" if replies else ""

    def hears(self) -> str:
        """The text of the next message; presence does not matter."""
        self._pass_over_presence()
        assert self.inbox, f"{self.jid} heard nothing"
        return self.inbox.pop(0).findtext(BODY) or ""

    def receives(self, *patterns: str) -> Element:
        """The next stanzas match these patterns, in this order; the last one is returned."""
        for literal in patterns:
            assert self.inbox, f"{self.jid} received nothing, expected {literal}"
            found = self.inbox.pop(0)
            why = difference(element(literal), found)
            assert why is None, f"{self.jid}: {why} in\n  {shown(found)}"
        return found

    def receives_nothing(self) -> Self:
        """Everything that has come was claimed."""
        assert not self.inbox, f"{self.jid} received:\n" + "\n".join(map(shown, self.inbox))
        return self

    def hears_nothing(self) -> Self:
        """No message has come; presence does not matter."""
        self._pass_over_presence()
        return self.receives_nothing()

    def _pass_over_presence(self) -> None:
        self.inbox = [stanza for stanza in self.inbox if not stanza.tag.endswith("}presence")]

    def ignores(self) -> Self:
        """Whatever has come is of no interest here."""
        self.inbox.clear()
        return self


def settings_of(tables: Mapping[str, Any]) -> NotifierSettings:
    """The settings, read as from the file; its mistakes fail the test."""
    problems = Problems("stellwerk.toml")
    settings = read(NotifierSettings, tables, "notifier", problems)
    problems.finish()
    assert settings is not None
    return settings


def _named(pattern: str, path: str) -> dict[str, str] | None:
    wanted, found = pattern.split("/"), path.split("/")
    if len(wanted) != len(found):
        return None
    named = {}
    for want, have in zip(wanted, found, strict=True):
        if want.startswith("{"):
            named[want.strip("{}")] = have
        elif want != have:
            return None
    return named
