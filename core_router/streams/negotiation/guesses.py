"""Guessing passwords: how often a login may fail from one network address, and to one account.

The secrets of components are passwords, too, and their domains accounts.

Too many failures, and no login succeeds for a while, not even with the right password: what is
answered then tells nothing. Who has got in before from the same address is let in all the same, so that
nobody is locked out of an account by somebody else's guesses; that lasts until he fails himself.
"""

from collections.abc import Callable
from typing import Final

from core_router.config import Rates
from core_router.routing.admission import Exemptions, subscriber
from core_router.routing.rates import UNLIMITED, Buckets, Rate

_KNOWN: Final = 16_384  # addresses, accounts, and pairs of them, that are remembered; some 4 MB each


class Guesses:
    """Counts failed logins. `address` is `Connection.peer`, `account` what the client claims to be."""

    def __init__(self, rates: Rates, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._addresses = Buckets(UNLIMITED, _KNOWN)
        self._accounts = Buckets(UNLIMITED, _KNOWN)
        self._known: dict[tuple[str, str], None] = {}  # who has got in, and from where
        self.failures = 0  # since the start
        self.refusals = 0
        self.use(rates)

    def use(self, rates: Rates) -> None:
        """Go by these rates from now on."""
        self._exempt = Exemptions(rates.exempt)
        self._addresses.use(Rate.of(rates.failed_logins, seconds=3600))
        self._accounts.use(Rate.of(rates.failed_logins_of_account, seconds=3600))

    def refuses(self, address: str, account: str) -> bool:
        """Whether a login must fail, whatever the password."""
        host = address.rpartition(":")[0]
        who = subscriber(host)
        if (who, account) in self._known or host in self._exempt:
            return False
        now = self._clock()
        if self._addresses.has(who, now) and self._accounts.has(account, now):
            return False
        self.refusals += 1
        return True

    def failed(self, address: str, account: str) -> None:
        """The password was wrong, or there is no such account."""
        host = address.rpartition(":")[0]
        who, now = subscriber(host), self._clock()
        self.failures += 1
        self._known.pop((who, account), None)
        if host not in self._exempt:
            self._addresses.take(who, now)
            self._accounts.take(account, now)

    def succeeded(self, address: str, account: str) -> None:
        """The client has logged in."""
        pair = (subscriber(address.rpartition(":")[0]), account)
        self._known.pop(pair, None)  # to the end, as the last one
        self._known[pair] = None
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
