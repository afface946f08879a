"""What the router asks of its storage. `core_router.runtime.database` has it in SQL, `memory` in memory.

Every call returns at once; what it returns fires when the work is done, for a change when it is
committed. Changes of one account take effect in the order of the calls.
"""

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

# Characters of an account's, a contact's or a blocked address: what every database takes for a key.
LONGEST_ADDRESS = 512


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is kept instead of a password, for one hash function (RFC 5802 §3)."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes


@dataclass(frozen=True, slots=True)
class Credential:
    """What a login is checked against."""

    verifier: Verifier
    disabled: bool  # the operator lets nobody in


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the operator sees it."""

    jid: str  # bare
    created: datetime  # UTC
    disabled: bool = False


class AccountExists(Exception):
    """There is an account of that address already."""


class NoSuchAccount(Exception):
    """There is no account of that address."""


class Accounts(Protocol):
    """The user backend (embedded; others may only check passwords)."""

    def credential(self, account: str, hash: str) -> Awaitable[Credential | None]:
        """The one for `hash` ("sha-1", "sha-256"), None if there is no such account."""

    def create(self, account: str, verifiers: dict[str, Verifier], created: datetime) -> Awaitable[None]:
        """Make an account. Fails with `AccountExists`."""

    def set_verifiers(self, account: str, verifiers: dict[str, Verifier]) -> Awaitable[None]:
        """Replace the password; tokens got with the old one are void. Fails with `NoSuchAccount`."""

    def set_disabled(self, account: str, disabled: bool) -> Awaitable[None]:
        """Let nobody in, and make all tokens void; or let them in again. Fails with `NoSuchAccount`."""

    def remove(self, account: str) -> Awaitable[None]:
        """Delete an account with all that is stored for it. Fails with `NoSuchAccount`."""

    def exists(self, account: str) -> Awaitable[bool]:
        """Whether there is such an account."""

    def list(self, domain: str | None) -> Awaitable[list[Account]]:
        """All accounts, or those of one domain, by address."""


@dataclass(frozen=True, slots=True)
class Token:
    """What one client may log in with instead of the password (XEP-0484).

    The token itself is not kept, but the seed it is made from; see `streams.negotiation.fast`.
    """

    seed: bytes
    mechanism: str  # the only one it is good for
    issued: datetime  # UTC, whole seconds
    expires: datetime  # UTC, whole seconds
    count: int = -1  # the highest the client has sent with it


class Tokens(Protocol):
    """Tokens of clients; `client` is the stable id of the installation (XEP-0388 §2.3).

    A client has at most two: the one it uses, and one it was given and has not used yet (XEP-0484 §5.1).
    """

    def of(self, account: str, client: str) -> Awaitable[tuple[Token, ...]]:
        """The client's tokens, expired ones included."""

    def issue(self, account: str, client: str, token: Token) -> Awaitable[None]:
        """Keep a new token instead of one that was never used; nothing for an account that may not log in.

        Of all clients of the account, the `CLIENTS_WITH_TOKENS` whose tokens last longest keep theirs.
        """

    def use(
        self, account: str, client: str, seed: bytes, count: int | None, *, revoke: bool
    ) -> Awaitable[bool]:
        """The client has logged in with that token: the one before it is void, and so is it with `revoke`.

        False, and nothing is changed, when it is gone or has been used with that `count` or a higher one.
        """


CLIENTS_WITH_TOKENS = 32  # of one account


@dataclass(frozen=True, slots=True)
class RosterItem:
    """One contact (RFC 6121 §2.1.2) with the state of its subscription (§3, Appendix A)."""

    jid: str  # bare
    name: str = ""
    subscription: str = "none"  # none, to, from, both
    ask: bool = False  # we asked and wait for the answer: Pending Out
    pending: bytes | None = None  # content of their request that waits for an answer: Pending In
    approved: bool = False  # pre-approved (§3.4)
    listed: bool = True  # False: only `pending` is kept, the contact is not in the roster (A.1)
    groups: tuple[str, ...] = field(default=())
    version: int = 0  # of the roster when this was changed last (§2.6)

    @property
    def receives(self) -> bool:
        """The contact receives our presence."""
        return self.subscription in ("from", "both")

    @property
    def sends(self) -> bool:
        """We receive the contact's presence."""
        return self.subscription in ("to", "both")


@dataclass(frozen=True, slots=True)
class StoredRoster:
    """A roster as stored. `version` counts its changes (RFC 6121 §2.6).

    `removed` has the addresses of items that are gone, and the versions at which they went, as far back
    as the version `horizon`.
    """

    version: int
    items: tuple[RosterItem, ...] = ()
    removed: tuple[tuple[str, int], ...] = ()
    horizon: int = 0


def first_roster_version(created: datetime) -> int:
    """That of a new account: beyond any that clients may know of an earlier account of its name."""
    return int(created.timestamp()) // 60


class Rosters(Protocol):
    """Contacts of local accounts."""

    def load(self, account: str) -> Awaitable[StoredRoster | None]:
        """The roster, None if there is no such account."""

    def put(self, account: str, item: RosterItem) -> Awaitable[None]:
        """Insert or replace an item; its version becomes that of the roster.

        Nothing, here and below, for an account that has gone meanwhile.
        """

    def delete(self, account: str, jid: str, version: int, horizon: int) -> Awaitable[None]:
        """Remove an item, and remember that; what was removed up to `horizon` need not be known."""

    def forget(self, account: str, jid: str) -> Awaitable[None]:
        """Remove an item no client was shown, as if it had never been."""


class Blocklists(Protocol):
    """Whom the accounts block (XEP-0191)."""

    def load(self) -> Awaitable[dict[str, frozenset[str]]]:
        """All addresses that are blocked, by the account that blocks them."""

    def block(self, account: str, jids: Collection[str]) -> Awaitable[None]:
        """Add addresses to an account's list."""

    def unblock(self, account: str, jids: Collection[str]) -> Awaitable[None]:
        """Take addresses out."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When the last session of an account ended, and the status it left with."""

    time: datetime  # UTC
    status: str


class LastActivity(Protocol):
    """When users were here last (XEP-0012)."""

    def save(self, account: str, seen: LastSeen) -> Awaitable[None]:
        """Note it."""

    def load(self, account: str) -> Awaitable[LastSeen | None]:
        """What was noted last, or when the account was made; None if there is no such account."""


class Stored(Enum):
    """What became of a message for an account that is not there."""

    KEPT = auto()
    FULL = auto()  # the account has as many as it may
    NO_ACCOUNT = auto()


@dataclass(frozen=True, slots=True)
class OfflineMessage:
    """A message kept for later, with its addresses and content as XML."""

    number: int  # in order of arrival
    received: datetime  # UTC
    stanza: bytes


class OfflineMessages(Protocol):
    """Messages that wait for their recipient (XEP-0160)."""

    def keep(
        self, account: str, stanza: bytes, received: datetime, messages: int, bytes: int
    ) -> Awaitable[Stored]:
        """Keep a message unless the account has that many already, or would have more bytes with it."""

    def waiting(self, account: str) -> Awaitable[list[OfflineMessage]]:
        """What waits, oldest first."""

    def delete(self, account: str, numbers: Collection[int]) -> Awaitable[None]:
        """Forget these messages: they were delivered."""


@dataclass(frozen=True, slots=True)
class HeldStanza:
    """A message kept for a session or a component that has not acknowledged it yet."""

    number: int  # in order of arrival
    holder: str
    stanza: bytes


class Continuity(Protocol):
    """What must survive a restart of the router, and what must survive its death (XEP-0198)."""

    def hold(self, holder: str, stanza: bytes) -> Awaitable[int]:
        """Keep a message; the result is its number."""

    def reassign(self, holders: Mapping[int, str]) -> Awaitable[None]:
        """These messages, by number, have other holders now."""

    def drop(self, number: int) -> Awaitable[None]:
        """Forget it."""

    def save(self, states: dict[str, str]) -> Awaitable[None]:
        """Keep the state of each holder, as JSON; what was saved before is replaced."""

    def take(self) -> Awaitable[tuple[dict[str, str], list[HeldStanza]]]:
        """The states, which are forgotten thereby, and all held messages, which are not, oldest first."""


@dataclass(frozen=True, slots=True)
class Stores:
    """All of them, as the router is given them."""

    accounts: Accounts
    tokens: Tokens
    rosters: Rosters
    blocklists: Blocklists
    last_activity: LastActivity
    offline: OfflineMessages
    continuity: Continuity
