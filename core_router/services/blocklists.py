"""XEP-0191: whom accounts block. All lists are in memory, for every stanza asks for them.

Each costs 100 bytes an address; there are as many as `[core_router.limits] blocked_addresses` allows.
"""

from collections.abc import Collection

from core_router.store import interfaces
from core_router.xmpp.jid import JID


class Blocklists:
    """The lists of all accounts."""

    def __init__(self, store: interfaces.Blocklists) -> None:
        self._store = store
        self._lists: dict[str, frozenset[str]] = {}  # only of accounts that block anybody

    async def load(self) -> None:
        """Read all of them; to be awaited before anybody can connect."""
        self._lists = await self._store.load()

    def of(self, account: str) -> frozenset[str]:
        """The addresses an account blocks."""
        return self._lists.get(account, frozenset())

    def blocks(self, account: str, other: JID) -> bool:
        """§5. An account's own resources and its server cannot be blocked (§4). 0.1 µs without a list."""
        blocked = self._lists.get(account)
        if blocked is None:
            return False
        if other.full not in blocked and other.bare not in blocked and other.domain not in blocked:
            return False
        return other.bare not in (account, account.partition("@")[2])

    async def add(self, account: str, jids: Collection[str]) -> None:
        """Block these, too: at once, and when it returns, for good."""
        added = frozenset(jids) - self.of(account)
        self._set(account, self.of(account) | added)
        try:
            await self._store.block(account, added)
        except Exception:
            self._set(account, self.of(account) - added)
            raise

    async def discard(self, account: str, jids: Collection[str]) -> None:
        """Block them no longer."""
        await self._store.unblock(account, jids)
        self._set(account, self.of(account).difference(jids))

    def forget(self, account: str) -> None:
        """The account is gone."""
        self._lists.pop(account, None)

    def _set(self, account: str, blocked: frozenset[str]) -> None:
        if blocked:
            self._lists[account] = blocked
        else:
            self._lists.pop(account, None)
