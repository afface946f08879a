"""RFC 6121 §2: the roster as its owner's clients ask for it and change it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from twisted.internet.defer import Deferred

from core_router.config import CurrentBounds
from core_router.envelope import Envelope
from core_router.feature import Feature, Iq, Result, SessionState
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.services.rosters import NAMESPACE, QUERY, Roster, Rosters, roster_item
from core_router.store.interfaces import LONGEST_ADDRESS, RosterItem
from core_router.xmpp.element import Element
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import InvalidJid, parse_jid

VERSIONING: Final = "urn:xmpp:features:rosterver"
_ITEM, _GROUP = f"{{{NAMESPACE}}}item", f"{{{NAMESPACE}}}group"
_LONGEST_NAME = 1023  # octets would be RFC 7622's bound for an address part; characters are kinder
_MOST_GROUPS = 64  # of one contact


class RosterService:
    """Roster gets and sets. `removed` is told of an item that goes, to end its subscriptions."""

    def __init__(
        self,
        rosters: Rosters,
        bounds: CurrentBounds,
        removed: Callable[[str, RosterItem], None],
        router: Router,
    ) -> None:
        self._rosters = rosters
        self._bounds = bounds
        self._removed = removed
        self._sessions = router.sessions

    def feature(self) -> Feature:
        return Feature(
            name="roster",
            standards=("RFC 6121 §2",),
            stream_features=f"<ver xmlns='{VERSIONING}'/>".encode(),
            iq=(
                Iq("account", "get", QUERY, self._get, public=True),
                Iq("account", "set", QUERY, self._set, public=True),
            ),
            session_state=SessionState(self._save, self._restore),
            session_opened=self._opened,
            session_closed=self._closed,
        )

    def _opened(self, session: Session) -> None:
        Deferred.fromCoroutine(self._rosters.load(session.jid.bare)).addErrback(lambda _failure: None)

    def _closed(self, session: Session) -> None:
        self._rosters.forget_unless_used(session.jid.bare)

    def _save(self, session: Session) -> bool | None:
        return self._rosters.is_interested(session) or None

    def _restore(self, session: Session, _state: bool) -> None:
        self._rosters.interested(session)

    # -- get ----------------------------------------------------------------------------------------

    async def _get(self, request: Envelope) -> bytes | Result:
        """§2.1.3, §2.1.4; to a client that knows a version, what has changed since (§2.6.3)."""
        roster = await self._roster(request)
        session = self._sessions.get(request.from_) if request.from_ is not None else None
        if session is not None:
            self._rosters.interested(session)
        query = request.element(QUERY)
        changes = roster.changes_since(query.get("ver", "")) if query is not None else None
        if changes is None or session is None:
            items = "".join(map(roster_item, roster.visible()))
            return f"<query xmlns='{NAMESPACE}' ver='{roster.ver}'>{items}</query>".encode()

        def push() -> None:
            for item, ver in changes:
                self._rosters.push_to(session, item, ver)

        return Result(b"", afterwards=push)

    async def _roster(self, request: Envelope) -> Roster:
        """The owner's. Raises StanzaError for everybody else (§2.3.3, no. 1)."""
        assert request.from_ is not None and request.to is not None
        if request.from_.bare != request.to.bare:
            raise StanzaError("forbidden")
        roster = await self._rosters.load(request.from_.bare)
        if roster is None:
            raise StanzaError("item-not-found")
        return roster

    # -- set ----------------------------------------------------------------------------------------

    async def _set(self, request: Envelope) -> bytes:
        """§2.3–§2.5."""
        roster = await self._roster(request)
        query = request.element(QUERY)
        assert query is not None and request.from_ is not None
        account = request.from_.bare
        if len(query) != 1 or query[0].tag != _ITEM:
            raise StanzaError("bad-request", "a roster set has one item")  # §2.3.3, no. 2
        asked = query[0]
        jid = _contact(asked.get("jid"), account)
        if asked.get("subscription") == "remove":
            await self._remove(account, roster, jid)
        else:
            await self._put(account, roster, jid, asked)
        return b""

    async def _put(self, account: str, roster: Roster, jid: str, asked: Element) -> None:
        """§2.3.2, §2.4.2. The subscription is not the client's to set (§2.1.2.5)."""
        known = roster.own.get(jid)
        most = self._bounds().roster_items
        if (known is None or not known.listed) and roster.listed() >= most:
            raise StanzaError("resource-constraint", f"a roster holds at most {most} contacts")
        shared = roster.shared.get(jid)
        groups = tuple(group for group in _groups(asked) if shared is None or group not in shared.groups)
        item = replace(
            known or RosterItem(jid), name=_name(asked.get("name", "")), groups=groups, listed=True
        )
        await self._rosters.put(account, roster, item)

    async def _remove(self, account: str, roster: Roster, jid: str) -> None:
        """§2.5."""
        if jid in roster.shared:
            raise StanzaError("not-allowed", "this contact is in a group of the whole server")
        item = roster.own.get(jid)
        if item is None or not item.listed:
            raise StanzaError("item-not-found")  # §2.5.3
        self._removed(account, item)
        await self._rosters.remove(account, roster, jid)


def _contact(written: str | None, account: str) -> str:
    if written is None:
        raise StanzaError("bad-request", "the contact's address is missing")
    try:
        jid = parse_jid(written).bare
    except InvalidJid as error:
        raise StanzaError("jid-malformed", f"the contact's address: {error}") from None
    if len(jid) > LONGEST_ADDRESS:
        raise StanzaError("not-acceptable", f"an address has at most {LONGEST_ADDRESS} characters here")
    if jid == account:
        raise StanzaError("not-allowed", "one's own address is no contact")  # §2.3.3, no. 5
    return jid


def _name(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise StanzaError("not-acceptable", "the name is too long")  # §2.3.3, no. 3
    return name


def _groups(item: Element) -> tuple[str, ...]:
    groups = tuple(group.text or "" for group in item if group.tag == _GROUP)
    if len(set(groups)) != len(groups):
        raise StanzaError("bad-request", "a group is named twice")  # §2.3.3, no. 2
    if len(groups) > _MOST_GROUPS:
        raise StanzaError("not-acceptable", f"a contact is in at most {_MOST_GROUPS} groups")
    if any(not group or len(group) > _LONGEST_NAME for group in groups):
        raise StanzaError("not-acceptable", "a group's name is empty or too long")  # §2.3.3, no. 4
    return groups
