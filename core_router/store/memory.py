"""The store in memory, for tests: the same answers as the real one, at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core_router.store.interfaces import (
    CLIENTS_WITH_TOKENS,
    Account,
    AccountExists,
    Credential,
    HeldStanza,
    LastSeen,
    NoSuchAccount,
    OfflineMessage,
    RosterItem,
    Stored,
    StoredRoster,
    Stores,
    Token,
    Verifier,
    first_roster_version,
)


@dataclass(slots=True)
class _Slots:
    """The tokens of one client (XEP-0484 §5.1)."""

    current: Token | None = None
    new: Token | None = None

    def valid(self) -> tuple[Token, ...]:
        return tuple(token for token in (self.current, self.new) if token is not None)

    def lasts_until(self) -> datetime:
        return max(token.expires for token in self.valid())


@dataclass(slots=True)
class _Row:
    created: datetime
    verifiers: dict[str, Verifier]
    disabled: bool = False
    tokens: dict[str, "_Slots"] = field(default_factory=dict)  # by client
    version: int = 0
    horizon: int = 0
    roster: dict[str, RosterItem] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)  # versions, by address
    blocked: set[str] = field(default_factory=set)
    seen: LastSeen | None = None
    messages: list[OfflineMessage] = field(default_factory=list)


class MemoryAccounts:
    """Accounts; the others keep theirs beside them."""

    def __init__(self) -> None:
        self.rows: dict[str, _Row] = {}

    async def credential(self, account: str, hash: str) -> Credential | None:
        row = self.rows.get(account)
        return Credential(row.verifiers[hash], row.disabled) if row and hash in row.verifiers else None

    async def create(self, account: str, verifiers: dict[str, Verifier], created: datetime) -> None:
        if account in self.rows:
            raise AccountExists(account)
        version = first_roster_version(created)
        self.rows[account] = _Row(created, verifiers, version=version, horizon=version)

    async def set_verifiers(self, account: str, verifiers: dict[str, Verifier]) -> None:
        if account not in self.rows:
            raise NoSuchAccount(account)
        self.rows[account].verifiers = verifiers
        self.rows[account].tokens.clear()

    async def set_disabled(self, account: str, disabled: bool) -> None:
        if account not in self.rows:
            raise NoSuchAccount(account)
        self.rows[account].disabled = disabled
        self.rows[account].tokens.clear()

    async def remove(self, account: str) -> None:
        if self.rows.pop(account, None) is None:
            raise NoSuchAccount(account)

    async def exists(self, account: str) -> bool:
        return account in self.rows

    async def list(self, domain: str | None) -> list[Account]:
        return [
            Account(jid, row.created, row.disabled)
            for jid, row in sorted(self.rows.items())
            if domain is None or jid.endswith(f"@{domain}")
        ]


class MemoryTokens:
    """Tokens of clients."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._rows = accounts.rows

    async def of(self, account: str, client: str) -> tuple[Token, ...]:
        row = self._rows.get(account)
        return row.tokens[client].valid() if row and client in row.tokens else ()

    async def issue(self, account: str, client: str, token: Token) -> None:
        row = self._rows.get(account)
        if row is None or row.disabled:
            return
        row.tokens.setdefault(client, _Slots()).new = token
        lasting = sorted(row.tokens, key=lambda name: row.tokens[name].lasts_until(), reverse=True)
        for name in lasting[CLIENTS_WITH_TOKENS:]:
            del row.tokens[name]

    async def use(self, account: str, client: str, seed: bytes, count: int | None, *, revoke: bool) -> bool:
        token = next((token for token in await self.of(account, client) if token.seed == seed), None)
        if token is None or (count is not None and count <= token.count):
            return False
        slots = self._rows[account].tokens[client]
        if token is slots.new:
            slots.new = None
        slots.current = None if revoke else replace(token, count=token.count if count is None else count)
        if not slots.valid():
            del self._rows[account].tokens[client]
        return True


class MemoryRosters:
    """Rosters."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._rows = accounts.rows

    async def load(self, account: str) -> StoredRoster | None:
        row = self._rows.get(account)
        if row is None:
            return None
        removed = sorted(row.removed.items(), key=lambda item: item[1])
        return StoredRoster(row.version, tuple(row.roster.values()), tuple(removed), row.horizon)

    async def put(self, account: str, item: RosterItem) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.roster[item.jid] = item
            row.removed.pop(item.jid, None)
            row.version = item.version

    async def delete(self, account: str, jid: str, version: int, horizon: int) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.roster.pop(jid, None)
            row.removed[jid] = version
            row.removed = {jid: at for jid, at in row.removed.items() if at > horizon}
            row.version, row.horizon = version, horizon

    async def forget(self, account: str, jid: str) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.roster.pop(jid, None)


class MemoryBlocklists:
    """Who is blocked by whom."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._rows = accounts.rows

    async def load(self) -> dict[str, frozenset[str]]:
        return {jid: frozenset(row.blocked) for jid, row in self._rows.items() if row.blocked}

    async def block(self, account: str, jids: Collection[str]) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.blocked.update(jids)

    async def unblock(self, account: str, jids: Collection[str]) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.blocked.difference_update(jids)


class MemoryLastActivity:
    """When users were here last."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._rows = accounts.rows

    async def save(self, account: str, seen: LastSeen) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.seen = seen

    async def load(self, account: str) -> LastSeen | None:
        row = self._rows.get(account)
        return (row.seen or LastSeen(row.created, "")) if row is not None else None


class MemoryOfflineMessages:
    """Messages that wait."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._rows = accounts.rows
        self._number = 0

    async def keep(
        self, account: str, stanza: bytes, received: datetime, messages: int, bytes: int
    ) -> Stored:
        row = self._rows.get(account)
        if row is None:
            return Stored.NO_ACCOUNT
        held = sum(len(message.stanza) for message in row.messages)
        if len(row.messages) >= messages or held + len(stanza) > bytes:
            return Stored.FULL
        self._number += 1
        row.messages.append(OfflineMessage(self._number, received, stanza))
        return Stored.KEPT

    async def waiting(self, account: str) -> list[OfflineMessage]:
        row = self._rows.get(account)
        return list(row.messages) if row else []

    async def delete(self, account: str, numbers: Collection[int]) -> None:
        row = self._rows.get(account)
        if row is not None:
            row.messages = [message for message in row.messages if message.number not in numbers]


class MemoryContinuity:
    """What survives a restart of the router, though not of the test."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.held: dict[int, HeldStanza] = {}
        self._number = 0

    async def hold(self, holder: str, stanza: bytes) -> int:
        self._number += 1
        self.held[self._number] = HeldStanza(self._number, holder, stanza)
        return self._number

    async def reassign(self, holders: Mapping[int, str]) -> None:
        for number, holder in holders.items():
            if number in self.held:
                self.held[number] = HeldStanza(number, holder, self.held[number].stanza)

    async def drop(self, number: int) -> None:
        self.held.pop(number, None)

    async def save(self, states: dict[str, str]) -> None:
        self.states = dict(states)

    async def take(self) -> tuple[dict[str, str], list[HeldStanza]]:
        states, self.states = self.states, {}
        return states, list(self.held.values())


def memory_stores() -> Stores:
    """New stores, empty."""
    accounts = MemoryAccounts()
    return Stores(
        accounts,
        MemoryTokens(accounts),
        MemoryRosters(accounts),
        MemoryBlocklists(accounts),
        MemoryLastActivity(accounts),
        MemoryOfflineMessages(accounts),
        MemoryContinuity(),
    )
