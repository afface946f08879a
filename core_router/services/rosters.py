"""RFC 6121 §2: the rosters in memory, and the only door to those in the store.

The roster of an account with a session is in memory; a change is made there at once, pushed, and
written behind. `Rosters.load` gives any account's roster, in the order of the requests.
"""

import logging
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from weakref import WeakSet

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.services.shared_groups import SharedGroups, fingerprint, merged
from core_router.store import interfaces
from core_router.store.interfaces import RosterItem, StoredRoster
from core_router.xmpp.element import attributes, write_text

log = logging.getLogger(__name__)

NAMESPACE: Final = "jabber:iq:roster"
QUERY: Final = f"{{{NAMESPACE}}}query"
_REMOVALS_KEPT = 100  # per account, for clients that come back with an old version
_MOST_CHANGES = 100  # beyond that the whole roster is sent
_LONGEST_NUMBER = 18  # digits of a version


class Roster:
    """One account's contacts, by bare address.

    `own` is what is stored; `items` is what holds: the same with the contacts of shared groups.
    """

    __slots__ = ("_fingerprint", "_removed", "horizon", "items", "own", "shared", "version")

    def __init__(self, stored: StoredRoster, shared: dict[str, RosterItem]) -> None:
        self.version = stored.version
        self.horizon = stored.horizon
        self.own = {item.jid: item for item in stored.items}
        self.shared = shared
        self.items = self.own
        if shared:
            self.items = self.own | {jid: merged(self.own.get(jid), one) for jid, one in shared.items()}
        self._removed = dict(stored.removed)  # versions, by address
        self._fingerprint = sum(map(fingerprint, shared.values()))

    @property
    def ver(self) -> str:
        """§2.6: changes with everything a client is shown."""
        return self._ver(self.version)

    def _ver(self, version: int) -> str:
        return f"{version}-{self._fingerprint:x}" if self.shared else str(version)

    def listed(self) -> int:
        """How many contacts of the user's own there are, strangers who are asking left out."""
        return sum(item.listed for item in self.own.values())

    # -- changes ------------------------------------------------------------------------------------

    def put(self, item: RosterItem) -> RosterItem:
        """Insert or replace an item of the user's own; returns it with its version."""
        self.version += 1
        item = replace(item, version=self.version)
        self.own[item.jid] = item
        self._removed.pop(item.jid, None)
        self._refresh(item.jid)
        return item

    def remove(self, jid: str) -> None:
        """Take out an item of the user's own, and remember that."""
        self.version += 1
        del self.own[jid]
        self._removed[jid] = self.version
        if len(self._removed) > _REMOVALS_KEPT:
            oldest = min(self._removed, key=self._removed.__getitem__)
            self.horizon = self._removed.pop(oldest)
        self._refresh(jid)

    def forget(self, jid: str) -> None:
        """Take out an item that no client was ever shown."""
        self.own.pop(jid, None)
        self._refresh(jid)

    def share(self, jid: str, contact: RosterItem | None) -> None:
        """Set what the shared groups say of an address; None: nothing."""
        if self.items is self.own:
            self.items = dict(self.own)
        before = self.shared.pop(jid, None)
        if before is not None:
            self._fingerprint -= fingerprint(before)
        if contact is not None:
            self.shared[jid] = contact
            self._fingerprint += fingerprint(contact)
        self._refresh(jid)

    def _refresh(self, jid: str) -> None:
        if self.items is self.own:
            return
        shared, own = self.shared.get(jid), self.own.get(jid)
        item = merged(own, shared) if shared is not None else own
        if item is not None:
            self.items[jid] = item
        else:
            self.items.pop(jid, None)

    # -- §2.6 ---------------------------------------------------------------------------------------

    def changes_since(self, ver: str) -> list[tuple[str, str]] | None:
        """What to push to a client that knows that version: items as XML, each with its version.

        None if that cannot be said, or if the whole roster is as short.
        """
        number = ver.partition("-")[0]
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER or ver != self._ver(int(number)):
            return None
        known = int(number)
        if not self.horizon <= known <= self.version:
            return None
        changed = [(at, removed_item(jid)) for jid, at in self._removed.items() if at > known]
        changed += [(item.version, roster_item(item)) for item in self.visible() if item.version > known]
        if len(changed) > min(_MOST_CHANGES, len(self.items)):
            return None
        changed.sort()
        pushes = [(item, self._ver(at)) for at, item in changed]
        if pushes:
            pushes[-1] = (pushes[-1][0], self.ver)  # the last one stands for all there is
        return pushes

    def visible(self) -> Iterator[RosterItem]:
        """What clients are shown."""
        return (item for item in self.items.values() if item.listed)


class Rosters:
    """The rosters of all accounts."""

    def __init__(self, router: Router, store: interfaces.Rosters, shared_groups: SharedGroups) -> None:
        self._router = router
        self._store = store
        self._shared_groups = shared_groups
        self._loaded: dict[str, Roster] = {}  # of accounts that have a session
        self._loading: dict[str, list[Deferred[Roster | None]]] = {}
        self._interested: WeakSet[Session] = WeakSet()  # §2.2
        self._pushes = 0

    @property
    def in_memory(self) -> Mapping[str, Roster]:
        """Those of accounts that have a session, by account."""
        return self._loaded

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
            shared = await self._shared_groups.of(account)
            stored = await self._store.load(account)
        except Exception as error:
            log.exception("the roster of %s cannot be read", account)
            for waiting in self._loading.pop(account):
                waiting.errback(error)
            return
        roster = None
        if stored is not None:
            roster = self._loaded[account] = Roster(stored, shared)
        for waiting in self._loading.pop(account):
            waiting.callback(roster)
        self.forget_unless_used(account)

    def forget_unless_used(self, account: str) -> None:
        """Drop the roster of an account without sessions from memory; its changes are on their way."""
        if not self._router.sessions.of(account):
            self._loaded.pop(account, None)

    # -- changes ------------------------------------------------------------------------------------

    def put(self, account: str, roster: Roster, item: RosterItem) -> Awaitable[None]:
        """Change an item of the user's own, or add it, and push it. Fires when it is committed.

        `roster` is what `load` has just given; nothing was awaited since.
        """
        if not item.listed and item.pending is None and not item.approved:
            roster.forget(item.jid)
            return self._store.forget(account, item.jid)
        before = roster.items.get(item.jid)
        item = roster.put(item)
        after = roster.items[item.jid]
        if after.listed and not _differ_unseen(before, after):
            self.push(account, roster, roster_item(after))
        return self._store.put(account, item)

    def remove(self, account: str, roster: Roster, jid: str) -> Awaitable[None]:
        """Remove an item of the user's own and push that, likewise."""
        roster.remove(jid)
        self.push(account, roster, removed_item(jid))
        return self._store.delete(account, jid, roster.version, roster.horizon)

    # -- §2.1.6 -------------------------------------------------------------------------------------

    def interested(self, session: Session) -> None:
        """From now on the session gets roster pushes."""
        self._interested.add(session)

    def is_interested(self, session: Session) -> bool:
        """Whether the session gets roster pushes."""
        return session in self._interested

    def push(self, account: str, roster: Roster, item: str) -> None:
        """Push an item, as XML, to all interested resources."""
        ver = roster.ver
        for session in self._router.sessions.of(account):
            if session in self._interested:
                self.push_to(session, item, ver)

    def push_to(self, session: Session, item: str, ver: str) -> None:
        """Push an item, as XML, to one of them."""
        self._pushes += 1
        content = f"<query xmlns='{NAMESPACE}' ver='{ver}'>{item}</query>".encode()
        session.send(
            Envelope(
                "iq", session.jid, None, id=f"push{self._pushes}", type="set",
                content=content, children=(QUERY,),
            )
        )  # fmt: skip


def _differ_unseen(before: RosterItem | None, after: RosterItem) -> bool:
    """Whether only something changed that no client is shown (§3.1.3): their waiting request."""
    if before is None or before.pending == after.pending:
        return False
    return replace(before, pending=after.pending, version=after.version) == after


def roster_item(item: RosterItem) -> str:
    """§2.1.2: an item as clients are shown it."""
    groups = "".join(write_text("group", group) for group in item.groups)
    shown: Final = attributes(
        jid=item.jid,
        name=item.name or None,
        subscription=item.subscription,
        ask="subscribe" if item.ask else None,
        approved="true" if item.approved else None,
    )
    return f"<item{shown}>{groups}</item>"


def removed_item(jid: str) -> str:
    """§2.5.2: an item that is gone."""
    return f"<item{attributes(jid=jid, subscription='remove')}/>"
