"""XEP-0175: guests, whose accounts last as long as their sessions (SASL ANONYMOUS).

A guest reaches the domains of this router and its components, nothing beyond; has no contacts, and
nothing is stored for them. Without guests (the default) nothing of this is in the way of a stanza.
"""

from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.hooks import HANDLED, Phase
from core_router.routing.delivery import Router
from core_router.routing.rules import SUBSCRIPTION_TYPES
from core_router.routing.sessions import Session
from core_router.services.disco import INFO
from core_router.services.session_request import NAMESPACE as SESSION
from core_router.store.interfaces import Rosters, StoredRoster
from core_router.xmpp.errors import StanzaError

_INFO_QUERY = f"{{{INFO}}}query"
_IDENTITY = (
    f"<query xmlns='{INFO}'><identity category='account' type='anonymous'/><feature var='{INFO}'/></query>"
).encode()
_HARMLESS = frozenset((f"{{{SESSION}}}session",))  # IQ sets that store nothing


class Guests:
    """Who is here as a guest; at most `limit` at a time, which may be replaced if it was not 0."""

    def __init__(self, router: Router, limit: int) -> None:
        self._router = router
        self.limit = limit
        self._accounts: set[str] = set()

    def feature(self) -> Feature:
        """Comes before every feature that asks for an account's roster when a session is opened."""
        if not self.limit:
            return Feature(name="guests", standards=("XEP-0175",))
        return Feature(
            name="guests",
            standards=("XEP-0175",),
            sent=((Phase.GUARD, self._sent),),
            received=((Phase.GUARD, self._received),),
            session_opened=self._opened,
            session_closed=self._closed,
        )

    def __contains__(self, account: str) -> bool:
        return account in self._accounts

    def check_room(self) -> None:
        """Raises StanzaError when there are as many as there may be."""
        if len(self._accounts) >= self.limit:
            raise StanzaError("resource-constraint", "there are too many guests at the moment")

    def _opened(self, session: Session) -> None:
        if session.guest:
            self._accounts.add(session.jid.bare)

    def _closed(self, session: Session) -> None:
        if session.guest:
            self._accounts.discard(session.jid.bare)

    # -- hooks --------------------------------------------------------------------------------------

    def _sent(self, session: Session, stanza: Envelope) -> Envelope:
        if session.guest:
            if stanza.to is not None and stanza.to.domain not in self._router.table:
                raise StanzaError("not-allowed", "guests reach this server only")  # §3, no. 2
            if stanza.kind == "presence" and stanza.type in SUBSCRIPTION_TYPES:
                raise StanzaError("not-allowed", "guests have no contacts")  # §3, no. 3
            if stanza.kind == "iq" and stanza.type == "set" and _to_own_account(session, stanza):
                raise StanzaError("not-allowed", "nothing is stored for guests")  # §3, no. 4
        return stanza

    def _received(self, stanza: Envelope) -> Envelope | None:
        to, from_ = stanza.to, stanza.from_
        assert to is not None
        if to.bare not in self._accounts or from_ is None:
            return stanza
        if from_.domain not in self._router.table and stanza.type != "error":
            raise StanzaError("service-unavailable")  # as if the account had never been
        if stanza.kind == "presence" and stanza.type in SUBSCRIPTION_TYPES:
            if stanza.type == "subscribe":
                self._router.route(Envelope("presence", from_.to_bare(), to.to_bare(), type="unsubscribed"))
            return HANDLED
        if stanza.type == "get" and stanza.children == (_INFO_QUERY,) and to.is_bare:
            self._router.route(stanza.result(_IDENTITY))  # §5
            return HANDLED
        return stanza


def _to_own_account(session: Session, stanza: Envelope) -> bool:
    to_account = stanza.to is None or stanza.to.full == session.jid.bare
    return to_account and not _HARMLESS.issuperset(stanza.children)


class RostersWithGuests:
    """`store.interfaces.Rosters` in which every guest has an empty roster."""

    def __init__(self, rosters: Rosters, guests: Guests) -> None:
        self._guests = guests
        self._load = rosters.load
        self.put = rosters.put
        self.delete = rosters.delete
        self.forget = rosters.forget

    async def load(self, account: str) -> StoredRoster | None:
        return StoredRoster(0) if account in self._guests else await self._load(account)
