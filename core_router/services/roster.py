"""RFC 6121 §2: the roster, kept by the server and pushed to every resource that has asked for it.

The roster of an account with a session is in memory; a change is made there at once, pushed, and
written behind. `Rosters.load` gives any account's roster, in the order of the requests.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final
from weakref import WeakSet

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq, SessionState
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.store import interfaces
from core_router.store.interfaces import RosterItem
from core_router.xmpp.element import Element, attributes, write_text
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import InvalidJid, parse_jid

log = logging.getLogger(__name__)

NAMESPACE = "jabber:iq:roster"
VERSIONING = "urn:xmpp:features:rosterver"
_QUERY, _ITEM, _GROUP = f"{{{NAMESPACE}}}query", f"{{{NAMESPACE}}}item", f"{{{NAMESPACE}}}group"
_LONGEST_NAME = 1023  # octets would be RFC 7622's bound for an address part; characters are kinder


class Roster:
    """One account's contacts, by bare address."""

    __slots__ = ("items", "version")

    def __init__(self, version: int, items: dict[str, RosterItem]) -> None:
        self.version = version
        self.items = items

    def has_room(self, item: RosterItem, limit: int) -> bool:
        """Whether an item can be put there without there being more than `limit` of its kind.

        Contacts and requests of strangers are counted apart: strangers cannot fill somebody's roster.
        """
        before = self.items.get(item.jid)
        if before is not None and before.listed == item.listed:
            return True
        return sum(known.listed == item.listed for known in self.items.values()) < limit


class Rosters:
    """The rosters in memory, and the only door to those in the store."""

    def __init__(self, router: Router, store: interfaces.Rosters) -> None:
        self._router = router
        self._store = store
        self._loaded: dict[str, Roster] = {}
        self._loading: dict[str, list[Deferred[Roster | None]]] = {}
        self._interested: WeakSet[Session] = WeakSet()  # RFC 6121 §2.2
        self._pushes = 0

    def loaded(self, account: str) -> Roster | None:
        """The roster of an account that has a session and is loaded."""
        return self._loaded.get(account)

    async def load(self, account: str) -> Roster | None:
        """The account's roster; None if there is no such account."""
        roster = self._loaded.get(account)
        if roster is not None:
            return roster
        result: Deferred[Roster | None] = Deferred()
        waiting = self._loading.setdefault(account, [])
        waiting.append(result)
        if len(waiting) == 1:
            Deferred.fromCoroutine(self._read(account))
        return await result

    async def _read(self, account: str) -> None:
        try:
            stored = await self._store.load(account)
        except Exception as error:
            log.exception("the roster of %s cannot be read", account)
            for waiting in self._loading.pop(account):
                waiting.errback(error)
            return
        roster = None
        if stored is not None:
            roster = Roster(stored.version, {item.jid: item for item in stored.items})
            self._loaded[account] = roster
        for waiting in self._loading.pop(account):
            waiting.callback(roster)
        self.forget_unless_used(account)

    def forget_unless_used(self, account: str) -> None:
        """Drop the roster of an account without sessions from memory; its changes are on their way."""
        if not self._router.sessions.of(account):
            self._loaded.pop(account, None)

    def put(self, account: str, roster: Roster, item: RosterItem) -> Awaitable[None]:
        """Change an item, or add it, and push it. Fires when it is committed.

        `roster` is what `load` has just given; nothing was awaited since.
        """
        roster.version += 1
        before = roster.items.get(item.jid)
        empty = not item.listed and item.pending is None and not item.approved
        if empty:
            roster.items.pop(item.jid, None)
        else:
            roster.items[item.jid] = item
        if item.listed and not _differ_unseen(before, item):
            self._push(account, _item(item), roster.version)
        if empty:
            return self._store.delete(account, item.jid, roster.version)
        return self._store.put(account, item, roster.version)

    def remove(self, account: str, roster: Roster, jid: str) -> Awaitable[None]:
        """Remove an item and push that. Fires when it is committed."""
        roster.version += 1
        del roster.items[jid]
        self._push(account, f"<item{attributes(jid=jid, subscription='remove')}/>", roster.version)
        return self._store.delete(account, jid, roster.version)

    def is_interested(self, session: Session) -> bool:
        """Whether the session gets roster pushes."""
        return session in self._interested

    def interested(self, session: Session) -> None:
        """From now on the session gets roster pushes (§2.1.6)."""
        self._interested.add(session)

    def _push(self, account: str, item: str, version: int) -> None:
        self._pushes += 1
        content = f"<query xmlns='{NAMESPACE}' ver='{version}'>{item}</query>".encode()
        for session in self._router.sessions.of(account):
            if session in self._interested:
                session.send(
                    Envelope(
                        "iq", session.jid, None, id=f"push{self._pushes}", type="set",
                        content=content, children=(_QUERY,),
                    )
                )  # fmt: skip


def _differ_unseen(before: RosterItem | None, after: RosterItem) -> bool:
    """Whether only something changed that no client is shown (RFC 6121 §3.1.3): their waiting request."""
    return before is not None and before != after and replace(before, pending=after.pending) == after


class RosterService:
    """Roster gets and sets of clients. `removed` is told of an item that goes, to end its subscriptions."""

    def __init__(
        self, rosters: Rosters, limit: int, removed: Callable[[str, RosterItem], None], router: Router
    ) -> None:
        self._rosters = rosters
        self._limit = limit
        self._removed = removed
        self._sessions = router.sessions

    def feature(self) -> Feature:
        return Feature(
            name="roster",
            standards=("RFC 6121 §2",),
            stream_features=f"<ver xmlns='{VERSIONING}'/>".encode(),
            iq=(Iq("account", "get", _QUERY, self._get), Iq("account", "set", _QUERY, self._set)),
            session_state=SessionState(self._save, self._restore),
            session_opened=self._opened,
            session_closed=self._closed,
        )

    def _opened(self, session: Session) -> None:
        Deferred.fromCoroutine(self._rosters.load(session.jid.bare)).addErrback(lambda _failure: None)

    def _save(self, session: Session) -> bool | None:
        return self._rosters.is_interested(session) or None

    def _restore(self, session: Session, _state: bool) -> None:
        self._rosters.interested(session)

    def _closed(self, session: Session) -> None:
        self._rosters.forget_unless_used(session.jid.bare)

    async def _get(self, request: Envelope) -> bytes:
        """§2.1.3, §2.1.4; with an up-to-date `ver`, nothing (§2.6.3)."""
        assert request.from_ is not None
        roster = await self._rosters.load(request.from_.bare)
        if roster is None:
            raise StanzaError("item-not-found")
        session = self._sessions.get(request.from_)
        if session is not None:
            self._rosters.interested(session)
        query = request.element(_QUERY)
        if query is not None and query.get("ver") == str(roster.version):
            return b""
        items = "".join(_item(item) for item in roster.items.values() if item.listed)
        return f"<query xmlns='{NAMESPACE}' ver='{roster.version}'>{items}</query>".encode()

    async def _set(self, request: Envelope) -> bytes:
        """§2.3–§2.5."""
        query = request.element(_QUERY)
        assert query is not None and request.from_ is not None
        account = request.from_.bare
        if len(query) != 1 or query[0].tag != _ITEM:
            raise StanzaError("bad-request", "a roster set has one item")  # §2.3.3
        asked = query[0]
        jid = _contact(asked.get("jid"), account)
        roster = await self._rosters.load(account)
        if roster is None:
            raise StanzaError("item-not-found")
        if asked.get("subscription") == "remove":
            await self._remove(account, roster, jid)
            return b""
        known = roster.items.get(jid) or RosterItem(jid)
        item = replace(known, name=_name(asked.get("name") or ""), groups=_groups(asked), listed=True)
        if not roster.has_room(item, self._limit):
            raise StanzaError("resource-constraint", f"a roster holds at most {self._limit} contacts")
        await self._rosters.put(account, roster, item)
        return b""

    async def _remove(self, account: str, roster: Roster, jid: str) -> None:
        item = roster.items.get(jid)
        if item is None or not item.listed:
            raise StanzaError("item-not-found")  # §2.5.3
        self._removed(account, item)
        await self._rosters.remove(account, roster, jid)


def _contact(written: str | None, account: str) -> str:
    try:
        jid = parse_jid(written or "").bare
    except InvalidJid as error:
        raise StanzaError("bad-request", f"the contact's address: {error}") from None
    if jid == account:
        raise StanzaError("not-allowed", "one's own address is no contact")  # §2.3.3
    return jid


def _name(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise StanzaError("not-acceptable", "the name is too long")
    return name


def _groups(item: Element) -> tuple[str, ...]:
    groups = tuple(group.text or "" for group in item if group.tag == _GROUP)
    if len(set(groups)) != len(groups):
        raise StanzaError("bad-request", "a group is named twice")
    if any(not group or len(group) > _LONGEST_NAME for group in groups):
        raise StanzaError("not-acceptable", "a group's name is empty or too long")
    return groups


def _item(item: RosterItem) -> str:
    """§2.1.2."""
    groups = "".join(write_text("group", group) for group in item.groups)
    shown: Final = attributes(
        jid=item.jid,
        name=item.name or None,
        subscription=item.subscription,
        ask="subscribe" if item.ask else None,
        approved="true" if item.approved else None,
    )
    return f"<item{shown}>{groups}</item>"
