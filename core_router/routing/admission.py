"""How many connections a network address may have, and how fast it may make new ones. Pure."""

import logging
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from core_router.config import Rates
from core_router.routing.rates import UNLIMITED, Buckets, Rate

log = logging.getLogger(__name__)

_KNOWN: Final = 16_384  # addresses whose use is remembered; some 4 MB
_TOLD_EVERY: Final = 60  # seconds between two lines in the log about one address


class Exemptions:
    """The networks no limit is for. Raises ValueError for what is no network."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]

    def __contains__(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:  # as on a unix socket
            return False
        return any(address in network for network in self._networks)


def subscriber(host: str) -> str:
    """What stands for everybody who shares that address, or may choose among others like it.

    That is the address itself, or with IPv6 the /64 that every link has (RFC 4291 §2.5.4).
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address) >> 64 << 64, 64)))


class Admission:
    """Counts connections by address."""

    def __init__(self, rates: Rates, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[str, int] = {}
        self._new = Buckets(UNLIMITED, _KNOWN)
        self._told = Buckets(Rate.of(1, seconds=_TOLD_EVERY), _KNOWN)
        self.refused = 0  # since the start
        self.use(rates)

    def use(self, rates: Rates) -> None:
        """Go by these rates from now on."""
        self.exempt = Exemptions(rates.exempt)
        self._most = rates.connections
        self._new.use(Rate.of(rates.new_connections, seconds=60))

    def connected(self, host: str) -> bool:
        """Somebody connects. False: he is to be refused, and it counts for nothing."""
        who = subscriber(host)
        already = self._open.get(who, 0)
        if host not in self.exempt and not self._has_room(who, already):
            self.refused += 1
            if self._told.take(who, self._clock()):
                log.warning("%s makes too many connections: refused", who)
            return False
        self._open[who] = already + 1
        return True

    def _has_room(self, who: str, already: int) -> bool:
        return (not self._most or already < self._most) and self._new.take(who, self._clock())

    def disconnected(self, host: str) -> None:
        """A connection that was let in is gone."""
        who = subscriber(host)
        left = self._open.pop(who) - 1
        if left:
            self._open[who] = left
