"""The sessions of local accounts: which resources are bound, and which of them are available.

This is one of the two seams of a cluster: a session found here may one day live in another router.
"""

from collections.abc import Callable, Iterator
from typing import Final

from core_router.envelope import Envelope
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import JID


class Session:
    """One bound resource (RFC 6120 §7). It outlives a connection where stream management resumes it.

    `send` hands an envelope to the client; `end` closes the session, with a stream error or in peace.
    `carry` and `hold_back` decide what `send` is: the stream itself, stream management, or who holds
    stanzas back for a client that does not look.
    """

    __slots__ = ("__weakref__", "_carrier", "end", "guest", "jid", "presence", "priority", "send")

    def __init__(
        self,
        jid: JID,
        send: Callable[[Envelope], None],
        end: Callable[[StreamError | None], None],
        *,
        guest: bool = False,
    ) -> None:
        self.jid = jid
        self.send = self._carrier = send
        self.end = end
        self.guest: Final = guest  # the account lasts as long as this session (XEP-0175)
        self.presence: Envelope | None = None  # the last one broadcast; None: not available
        self.priority = 0  # of that presence (RFC 6121 §4.7.2.3)

    @property
    def available(self) -> bool:
        """Whether the client has sent initial presence and not taken it back."""
        return self.presence is not None

    def carry(self, carrier: Callable[[Envelope], None]) -> None:
        """From now on `carrier` takes what is on its way to the client."""
        if self.send == self._carrier:
            self.send = carrier
        self._carrier = carrier

    def hold_back(self, holder: Callable[[Envelope], None] | None) -> None:
        """Let `holder` see everything before the carrier does; None: nobody."""
        self.send = holder or self._carrier

    def pass_on(self, envelope: Envelope) -> None:
        """Hand to the carrier what was held back."""
        self._carrier(envelope)

    def __repr__(self) -> str:
        return f"Session({self.jid.full!r})"


class Sessions:
    """All sessions, by bare address and resource."""

    def __init__(self) -> None:
        self._accounts: dict[str, dict[str, Session]] = {}
        self._count = 0
        self._barred: set[str] = set()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Session]:
        for resources in list(self._accounts.values()):
            yield from list(resources.values())

    def accounts(self) -> int:
        """How many accounts have a session."""
        return len(self._accounts)

    def add(self, session: Session) -> None:
        """Enter a session; its address must be free."""
        resources = self._accounts.setdefault(session.jid.bare, {})
        if session.jid.resource in resources:
            raise ValueError(f"{session.jid} is taken")
        resources[session.jid.resource] = session
        self._count += 1

    def bar(self, account: str, why: str) -> None:
        """End all sessions of an account that was disabled or removed, and let no others in.

        Who had authenticated before that must not get in after it.
        """
        self._barred.add(account)
        for session in self.of(account):
            session.end(StreamError(StreamCondition.NOT_AUTHORIZED, why))

    def admit(self, account: str) -> None:
        """Let sessions of the account in again."""
        self._barred.discard(account)

    def barred(self, account: str) -> bool:
        """Whether no session of the account may be opened."""
        return account in self._barred

    def remove(self, session: Session) -> bool:
        """Take a session out; False if it was not, or no longer, entered."""
        resources = self._accounts.get(session.jid.bare, {})
        if resources.get(session.jid.resource) is not session:
            return False
        del resources[session.jid.resource]
        if not resources:
            del self._accounts[session.jid.bare]
        self._count -= 1
        return True

    def get(self, jid: JID) -> Session | None:
        """The session at a full address."""
        resources = self._accounts.get(jid.bare)
        return resources.get(jid.resource) if resources is not None else None

    def of(self, account: str) -> list[Session]:
        """All sessions of a bare address, oldest first."""
        return list(self._accounts.get(account, {}).values())

    def available(self, account: str) -> list[Session]:
        """The available ones, whatever their priority, oldest first."""
        return [session for session in self.of(account) if session.presence is not None]
