"""XEP-0313 §4 searches in a room's archive: read from a form, run in the store on a reader's thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID
from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from components.common.errors import StanzaError
from components.common.forms import FORM, submitted
from components.common.result_sets import Page
from components.muc.room import Room
from components.muc.storage import archive

NAMESPACE = "urn:xmpp:mam:2"
MOST = 100  # messages in one answer
MOST_IDS = 100  # in one search
_FIELDS = ("with", "start", "end", "before-id", "after-id", "ids")


def stamp(number: int) -> str:
    """The time of a message, from its number."""
    seconds, micro = divmod(number, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micro)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of messages, as asked for, and oldest first."""

    rows: Sequence[Row[Any]]
    in_order: Sequence[Row[Any]]
    is_complete: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for; all numbers are of messages."""

    where: ColumnElement[bool]
    must_exist: tuple[int, ...]  # named by the form: item-not-found if one is not there (§4.1.3)
    most: int
    after: int | None
    before: int | None
    backwards: bool  # the last of what matches, not the first
    flipped: bool  # told newest first (§4.2.1)

    @classmethod
    def read(cls, room: Room, query: Element, shows_jids: bool) -> "Search":
        """From a `<query/>`. Raises `bad-request`, `feature-not-implemented` for unknown fields,
        `item-not-found` for ids that are none, `forbidden` for addresses the asker may not see.
        """
        filled = query.find(FORM)
        values = submitted(filled, NAMESPACE) if filled is not None else {}
        for name in values:
            if name not in _FIELDS:
                raise StanzaError("feature-not-implemented", f"there is no field {name[:40]!r}")
        where: list[ColumnElement[bool]] = [archive.c.room_id == room.id]
        if "with" in values:
            where.append(_from(room, _one(values["with"], "with"), shows_jids))
        if "start" in values:
            where.append(archive.c.number >= _moment(values["start"], "start"))
        if "end" in values:
            where.append(archive.c.number <= _moment(values["end"], "end"))
        named = {n: _numbers(room, values.get(n, [])) for n in ("before-id", "after-id", "ids")}
        where += [archive.c.number < number for number in named["before-id"]]
        where += [archive.c.number > number for number in named["after-id"]]
        if "ids" in values:
            where.append(archive.c.number.in_(named["ids"]))
        page = Page.read(query, MOST)
        return cls(
            and_(*where),
            tuple({number for numbers in named.values() for number in numbers}),
            page.most,
            _numbers(room, [page.after])[0] if page.after else None,
            _numbers(room, [page.before])[0] if page.before else None,
            page.before is not None,
            query.find(f"{{{NAMESPACE}}}flip-page") is not None,
        )

    def run(self, connection: Connection) -> Found:
        """Read the page, and one message more to know whether it is the last. Raises `item-not-found`."""
        self._require_existing(connection)
        number = archive.c.number
        wanted = select(archive).where(self.where)
        if self.after is not None:
            wanted = wanted.where(number > self.after)
        if self.before is not None:
            wanted = wanted.where(number < self.before)
        order = number.desc() if self.backwards else number
        rows = connection.execute(wanted.order_by(order).limit(self.most + 1)).all()
        is_complete, page = len(rows) <= self.most, list(rows[: self.most])
        if self.backwards:
            page.reverse()
        # To count is dear in a long archive, so only those are told who ask for that alone (XEP-0059 §2.6).
        count = (
            None
            if self.most
            else connection.execute(select(func.count()).select_from(archive).where(self.where)).scalar()
        )
        return Found(page[::-1] if self.flipped else page, page, is_complete, count)

    def _require_existing(self, connection: Connection) -> None:
        if not self.must_exist:
            return
        mine = and_(self.where.clauses[0], archive.c.number.in_(self.must_exist))
        there = connection.execute(select(func.count()).select_from(archive).where(mine)).scalar()
        if there != len(self.must_exist):
            raise StanzaError("item-not-found", "there is no such message in the archive")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The numbers of the first and the last message; None if there are none."""

    first: int | None
    last: int | None

    @classmethod
    def of(cls, room_id: int) -> Callable[[Connection], "Metadata"]:
        """The query for a room's."""

        def run(connection: Connection) -> Metadata:
            number = archive.c.number
            mine = select(func.min(number), func.max(number)).where(archive.c.room_id == room_id)
            return cls(*connection.execute(mine).one())

        return run


def _from(room: Room, address: str, shows_jids: bool) -> ColumnElement[bool]:
    """§4.1.1: messages of an occupant JID, or, for who may see those, of a user."""
    try:
        jid = JID(address)
    except InvalidJID:
        raise StanzaError("jid-malformed", f"with: {address[:40]!r} is not an address") from None
    if jid.bare == room.jid:
        return archive.c.nick == jid.resource
    if not shows_jids:
        raise StanzaError("forbidden", "the addresses of occupants are not for you")
    return archive.c.jid == jid.bare


def _numbers(room: Room, ids: Sequence[str]) -> list[int]:
    if len(ids) > MOST_IDS:
        raise StanzaError("policy-violation", f"at most {MOST_IDS} ids")
    numbers = [room.ids.number(room.id, id) for id in ids]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers):
        raise StanzaError("item-not-found", "there is no such message in the archive")
    return known


def _moment(values: Sequence[str], name: str) -> int:
    value = _one(values, name)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        raise StanzaError("bad-request", f"{name}: expected a UTC date and time") from None


def _one(values: Sequence[str], name: str) -> str:
    if len(values) != 1:
        raise StanzaError("bad-request", f"{name}: expected one value")
    return values[0]
