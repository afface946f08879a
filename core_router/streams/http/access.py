"""Who may connect over HTTP, and how: TLS, reverse proxies, origins of web pages.

A login over plain HTTP is as good as one over TLS only if nobody could read it on its way: it came from
this machine itself, or a proxy we trust says that it got it over TLS. What a stranger writes into
`X-Forwarded-…` counts for nothing.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_PROXIED = ("x-forwarded-proto", "x-forwarded-for", "forwarded")
_ENCRYPTED = ("https", "wss")
_PREFLIGHT_KEPT = 86400  # seconds


class Access:
    """The rules of `[core_router.http]`. Raises ValueError for a proxy that is no address or network."""

    def __init__(self, trusted_proxies: Sequence[str], origins: Sequence[str]) -> None:
        self._trusted = [ip_network(proxy) for proxy in trusted_proxies]
        self._origins = frozenset(origins)

    # -- the way here -------------------------------------------------------------------------------

    def is_secure(self, host: str, headers: Mapping[str, str]) -> bool:
        """Whether what came from `host` without TLS was read by nobody on its way."""
        if not self._trusts(host):
            return False
        if (forwarded := headers.get("x-forwarded-proto")) is not None:
            return forwarded.rpartition(",")[2].strip().lower() in _ENCRYPTED
        # No proxy has touched it, then; and it is this machine's own only if it comes from here.
        return ip_address(host).is_loopback and not any(name in headers for name in _PROXIED)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The client's address: the last one named on the way that is not a trusted proxy's."""
        if not self._trusts(peer.rpartition(":")[0]):
            return peer
        for named in reversed(headers.get("x-forwarded-for", "").split(",")):
            address = _address(named.strip())
            if address is None:
                break
            if not self._trusts(str(address)):
                return f"{address}:0"
        return peer

    def _trusts(self, host: str) -> bool:
        address = _address(host)
        return address is not None and any(address in network for network in self._trusted)

    # -- web pages ----------------------------------------------------------------------------------

    def allows(self, origin: str | None) -> bool:
        """Whether a page of that origin (RFC 6454) may connect; who is no page has none."""
        return origin is None or "*" in self._origins or origin in self._origins

    def sharing(self, origin: str | None) -> tuple[tuple[str, str], ...]:
        """What lets a page of another origin read the answer (CORS). No credentials, ever."""
        if origin is None:
            return ()
        return (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))

    def preflight(self, origin: str | None, methods: str) -> tuple[tuple[str, str], ...]:
        """The answer to a page that asks before it sends."""
        return (
            *self.sharing(origin),
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Access-Control-Max-Age", str(_PREFLIGHT_KEPT)),
        )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
