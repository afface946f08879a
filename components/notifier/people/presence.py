"""RFC 6121 §4: the presence of people, as far as they show it, and what it says about reaching them.

The service subscribes to the persons of its configuration; whoever else subscribes to it is asked in
return. What was shown last is stored, so that a new process need not believe everybody away.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any
from xml.etree.ElementTree import Element

from sqlalchemy import Column, Connection, MetaData, SmallInteger, Table, Text, select

from components.common.elements import STREAM, attribute
from components.common.rows import ADDRESS
from components.common.stanza import Stanza
from components.common.transaction import Transaction

metadata = MetaData()

presences = Table(
    "presence",
    metadata,
    Column("jid", ADDRESS, primary_key=True),  # full; bare while no resource is there
    Column("availability", SmallInteger, nullable=False),
    Column("since", Text, nullable=False),  # UTC, XEP-0082
)

MOST_RESOURCES = 20  # of one person


class Availability(IntEnum):
    """How well somebody can be reached by chat; the higher the better (RFC 6121 §4.7.2.1)."""

    UNKNOWN = -1  # does not show us any presence
    OFFLINE = 0
    BUSY = 1  # `dnd`
    EXTENDED_AWAY = 2  # `xa`
    AWAY = 3
    ONLINE = 4
    CHATTY = 5  # `chat`


_SHOWS = {
    "": Availability.ONLINE,
    "chat": Availability.CHATTY,
    "away": Availability.AWAY,
    "xa": Availability.EXTENDED_AWAY,
    "dnd": Availability.BUSY,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one resource shows."""

    availability: Availability
    since: datetime


class Presences:
    """Who shows what."""

    def __init__(
        self, domain: str, is_person: Callable[[str], bool], stored: Iterable[tuple[str, int, str]] = ()
    ) -> None:
        """`domain` is the service's own; `stored` as `load` gives it.

        Presence of others than persons (bare JID) is not remembered.
        """
        self._domain, self._is_person = domain, is_person
        self._resources: dict[str, dict[str, Shown]] = {}  # by bare JID and resource
        for jid, availability, since in stored:
            bare, _, resource = jid.partition("/")
            shown = Shown(Availability(availability), datetime.fromisoformat(since))
            self._resources.setdefault(bare, {})[resource] = shown

    def of(self, bare: str) -> Availability:
        """Of all resources the best; but whoever says on one of them not to be disturbed, means it."""
        shown = self._resources.get(bare)
        if shown is None:
            return Availability.UNKNOWN
        found = [resource.availability for resource in shown.values()]
        return Availability.BUSY if Availability.BUSY in found else max(found, default=Availability.OFFLINE)

    def is_unknown(self, bare: str) -> bool:
        """Whether somebody has never let us see presence, or has taken that back."""
        return bare not in self._resources

    def offline_since(self, bare: str) -> datetime | None:
        """Since when nobody is there; None if somebody is, or nothing is known."""
        gone = self._resources.get(bare, {}).get("")
        return gone.since if gone is not None else None

    def since(self, bare: str) -> datetime | None:
        """When the present state began; None if nothing is known."""
        return max((shown.since for shown in self._resources.get(bare, {}).values()), default=None)

    def take(self, stanza: Stanza, transaction: Transaction) -> None:
        """Presence of any kind from somebody."""
        bare, resource = stanza.sender.bare, stanza.sender.resource
        if stanza.type == "" and resource:
            self._show(bare, resource, _availability(stanza.element), transaction)
        elif stanza.type == "unavailable":
            self._away(bare, resource, transaction)
        elif stanza.type == "subscribed":
            # To one who was subscribed already a server need not send presence (RFC 6121 §3.1.3).
            if self._of(bare, transaction) is not None:
                transaction.reply(self._presence(bare, "probe"))
        elif stanza.type == "unsubscribed":
            self._forget(bare, transaction)
        elif stanza.type == "subscribe" and bare not in self._resources and self._is_person(bare):
            transaction.reply(self._presence(bare, "subscribe"))  # in return

    def subscribe(self, addresses: Iterable[str], transaction: Transaction) -> None:
        """Ask each (bare JID) to show us presence, and those who do already for what they show now."""
        for address in addresses:
            known = address in self._resources
            transaction.reply(self._presence(address, "probe" if known else "subscribe"))

    def _show(self, bare: str, resource: str, shown: Availability, transaction: Transaction) -> None:
        resources = self._of(bare, transaction)
        if resources is None or (resource not in resources and len(resources) >= MOST_RESOURCES):
            return
        before = resources.get(resource)
        if before is None or before.availability != shown:
            self._put(bare, resource, shown, transaction)
        if resource and "" in resources:
            self._remove(bare, "", transaction)

    def _away(self, bare: str, resource: str, transaction: Transaction) -> None:
        """Unavailable presence from the bare address answers a probe: no resource is there (§4.3.2)."""
        resources = self._of(bare, transaction)
        if resources is None:
            return
        for gone in [resource] if resource else [known for known in resources if known]:
            if gone in resources:
                self._remove(bare, gone, transaction)
        if not resources:
            self._put(bare, "", Availability.OFFLINE, transaction)

    def _put(self, bare: str, resource: str, shown: Availability, transaction: Transaction) -> None:
        transaction.put(self._resources[bare], resource, Shown(shown, transaction.now))
        values = {"availability": int(shown), "since": transaction.now.isoformat()}
        transaction.write(presences, (_full(bare, resource),), values)

    def _remove(self, bare: str, resource: str, transaction: Transaction) -> None:
        transaction.remove(self._resources[bare], resource)
        transaction.delete(presences, (_full(bare, resource),))

    def _forget(self, bare: str, transaction: Transaction) -> None:
        if bare in self._resources:
            for resource in transaction.remove(self._resources, bare):
                transaction.delete(presences, (_full(bare, resource),))

    def _of(self, bare: str, transaction: Transaction) -> dict[str, Shown] | None:
        if bare not in self._resources:
            if not self._is_person(bare):
                return None
            transaction.put(self._resources, bare, {})
        return self._resources[bare]

    def _presence(self, to: str, kind: str) -> str:
        return f"<presence from='{attribute(self._domain)}' to='{attribute(to)}' type='{kind}'/>"


def load(connection: Connection) -> Sequence[Any]:
    """For `Presences`, on a reader's thread."""
    return connection.execute(select(presences)).all()


def _full(bare: str, resource: str) -> str:
    return f"{bare}/{resource}" if resource else bare


def _availability(presence: Element) -> Availability:
    """§4.7.2.1; what is not defined there counts as if nothing stood there."""
    show = (presence.findtext(f"{{{STREAM}}}show") or "").strip()
    return _SHOWS.get(show, Availability.ONLINE)
