"""What handling one stanza brings about: rows to write and stanzas to send; all of it or nothing.

Handlers are pure: they change their component's state in memory, note the rows that hold this state
in the store, and the stanzas to send. The link commits the rows and sends the stanzas after the
commit. When a handler fails, the changes in memory are taken back and nothing else happens.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Delete, Table, Update

from components.common import multicast
from components.common.errors import StanzaError

# Bytes of one stanza. The router takes more (`component_stanza_bytes`), but ends the stream for what is
# over its limit; and a stanza that came in below a client's can be longer when it goes out: a `>` in
# text leaves as `&gt;`, an apostrophe in an attribute as `&apos;`.
LONGEST = 400_000

K = TypeVar("K")
V = TypeVar("V")
RowKey = tuple[str, tuple[Any, ...]]  # table's name, primary key


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row as it shall be; `values` without the primary key, None to delete."""

    table: Table
    key: tuple[Any, ...]
    values: Mapping[str, Any] | None
    # Deletes every row whose primary key begins with `key`.
    all: bool = False
    # Done instead, to rows that nobody has in memory; `key` only tells it from others of its kind.
    statement: Update | Delete | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One stanza for any number of recipients: rendered once, cut where the address goes.

    A copy costs 0.02 µs; as a stanza of slixmpp's, through its queue, 26 µs.
    """

    before: str  # up to and with `to='`
    after: str  # from the closing quote on
    to: Sequence[str]  # addresses, escaped for an attribute
    via: str = ""  # the multicast service that makes the copies (XEP-0033); empty: they are sent one by one

    @property
    def stanzas(self) -> int:
        """How many stanzas the router gets and counts."""
        return 1 if self.via else len(self.to)

    def render(self) -> str:
        """All copies, one after the other, or what the multicast service gets."""
        if self.via:
            return multicast.addressed(self.before, self.after, self.via, self.to)
        if len(self.to) == 1:
            return f"{self.before}{self.to[0]}{self.after}"
        return f"{self.before}{f'{self.after}{self.before}'.join(self.to)}{self.after}" if self.to else ""


@dataclass(slots=True)
class Transaction:
    """The effects of one stanza (or of one other event) so far."""

    now: datetime  # UTC
    rows: dict[RowKey, RowChange] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    _undo: list[Callable[[], object]] = field(default_factory=list)
    _result_at: int | None = None
    is_answered_later: bool = False  # the request gets its result by another transaction

    def write(self, table: Table, key: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        """The row with that primary key shall have these values."""
        self.rows[(table.name, key)] = RowChange(table, key, values)

    def delete(self, table: Table, key: tuple[Any, ...]) -> None:
        """The row with that primary key shall not exist."""
        self.rows[(table.name, key)] = RowChange(table, key, None)

    def delete_all(self, table: Table, prefix: tuple[Any, ...]) -> None:
        """No row whose primary key begins like that shall exist, nor will one be written ever again."""
        self.rows[(table.name, prefix)] = RowChange(table, prefix, None, all=True)

    def execute(self, table: Table, kind: str, key: tuple[Any, ...], statement: Update | Delete) -> None:
        """Change rows of the table that are only in the store, after all rows of the same commit are
        written. Of statements of one kind with the same key the last one counts; one may be run twice.
        """
        self.rows[(f"{table.name} {kind}", key)] = RowChange(table, key, None, statement=statement)

    def send(self, before: str, after: str, to: Sequence[str]) -> None:
        """Send a stanza to each of the (escaped) addresses, in the order of the calls.

        Raises `policy-violation` for one that is too long to be sent; so does `reply`.
        """
        require_short(before, after)
        if to:
            self.outgoing.append(Outgoing(before, after, to))

    def reply(self, stanza: str) -> None:
        """Send a complete stanza."""
        require_short(stanza)
        self.outgoing.append(Outgoing(stanza, "", ("",)))

    def answer_later(self) -> None:
        """Somebody else knows the result of the request; what the handler returns is none."""
        self.is_answered_later = True

    def place_result(self) -> None:
        """The result of the request goes here, before whatever is sent from now on."""
        self._result_at = len(self.outgoing)

    def put_result(self, stanza: str) -> None:
        """The result itself, known when the handler is done: at its place, else at the end."""
        at = len(self.outgoing) if self._result_at is None else self._result_at
        self.outgoing.insert(at, Outgoing(stanza, "", ("",)))

    def put(self, mapping: MutableMapping[K, V], key: K, value: V) -> None:
        """`mapping[key] = value`, for now; an item that is new, or put again, stands last."""
        if key in mapping:
            self.remove(mapping, key)
        mapping[key] = value
        self.changed(lambda: mapping.pop(key))

    def remove(self, mapping: MutableMapping[K, V], key: K) -> V:
        """`mapping.pop(key)`, for now."""
        order = list(mapping)  # of keys alone: pairs of ten thousand would keep the garbage collector busy
        value = mapping.pop(key)

        def undo() -> None:
            before = {other: value if other == key else mapping[other] for other in order}
            mapping.clear()
            mapping.update(before)

        self.changed(undo)
        return value

    def replace(self, mapping: MutableMapping[K, V], key: K, value: V) -> None:
        """`mapping[key] = value`, for now; an item that was there keeps its place.

        Costs the same however large the mapping is, which `put` and `remove` of what is there do not.
        """
        if key in mapping:
            before = mapping[key]
            self.changed(lambda: mapping.update({key: before}))
        else:
            self.changed(lambda: mapping.pop(key))
        mapping[key] = value

    def discard(self, mapping: MutableMapping[K, V], key: K) -> None:
        """`mapping.pop(key, None)`, for now; taken back, the item stands last. Costs the same, too."""
        if key in mapping:
            before = mapping.pop(key)
            self.changed(lambda: mapping.update({key: before}))

    def assign(self, owner: object, name: str, value: object) -> None:
        """`owner.name = value`, for now."""
        before = getattr(owner, name)
        setattr(owner, name, value)
        self.changed(lambda: setattr(owner, name, before))

    def changed(self, undo: Callable[[], object]) -> None:
        """State in memory was changed; `undo` restores what was before."""
        self._undo.append(undo)

    def roll_back(self) -> None:
        """Restore the state in memory and forget rows and stanzas."""
        while self._undo:
            self._undo.pop()()
        self.rows.clear()
        self.outgoing.clear()
        self._result_at = None

    def render(self) -> str:
        """All stanzas to send, in order."""
        return "".join([stanza.render() for stanza in self.outgoing])


def require_short(*parts: str) -> None:
    """Raises `policy-violation` if the parts together are longer than `LONGEST`."""
    if sum(map(len, parts)) > LONGEST // 4 and sum([len(part.encode()) for part in parts]) > LONGEST:
        raise StanzaError("policy-violation", f"this would make a stanza of more than {LONGEST} bytes")
