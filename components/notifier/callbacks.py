"""HTTP callbacks: signed, never to forbidden addresses, never redirected.

Signed as Standard Webhooks says (github.com/standard-webhooks): `webhook-signature` is `v1,` and the
base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`; `webhook-id` is the idempotency key.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, InvalidURL, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from components.notifier.work import Job
from settings import VERSION

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052 §2.1: the last four bytes are an IPv4 address


class Unsent(Exception):
    """An attempt has failed; `final`: another one would, too."""

    def __init__(self, why: str, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class Guard:
    """Which addresses may be called: public ones, and what the configuration adds.

    Whoever may name a URL could otherwise have us ask what only this machine or its network can reach.
    """

    def __init__(self, networks: Sequence[str]) -> None:
        """`networks` as in 10.1.0.0/16. Raises `ValueError`."""
        self._networks = [ip_network(network) for network in networks]

    def permits(self, address: Address) -> bool:
        """Whether it may be called."""
        if any(address in network for network in self._networks):
            return True
        if isinstance(address, IPv6Address):
            inner = address.ipv4_mapped or address.sixtofour
            if address in _NAT64:
                inner = IPv4Address(address.packed[-4:])
            if inner is not None:
                return self.permits(inner)
            if address.teredo is not None:
                return False
        return address.is_global and not address.is_multicast

    def require(self, address: str) -> None:
        """Raises `Unsent` for a forbidden address."""
        if not self.permits(ip_address(address.partition("%")[0])):
            raise Unsent(
                f"{address} may not be called: add its network to callback_networks in [notifier.work]",
                final=True,
            )


class GuardedResolver(AbstractResolver):
    """Resolves once, and gives only what may be called; the connection goes to exactly these addresses."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `OSError` if there are none, `Unsent` if any of them is forbidden."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=socket.AF_UNSPEC)
        results: list[ResolveResult] = []
        for kind, _, protocol, _, where in found:
            address = str(where[0])
            self._guard.require(address)
            results.append(
                ResolveResult(
                    hostname=host,
                    host=address,
                    port=port,
                    family=kind,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        return results

    async def close(self) -> None:
        """Nothing to close."""


class Callbacks:
    """Makes HTTP callbacks."""

    def __init__(self, guard: Guard, secret: str, timeout: float) -> None:
        self._guard, self._secret, self._timeout = guard, secret.encode(), timeout
        self._session: ClientSession | None = None

    async def send(self, job: Job, now: datetime) -> None:
        """One attempt. Raises `Unsent`."""
        parts = urlsplit(job.target)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unsent(f"{job.target!r} is no http or https URL", final=True)
        try:
            literal = ip_address(parts.hostname)
        except ValueError:
            pass  # a name; the resolver guards that
        else:
            self._guard.require(str(literal))
        body = json.dumps(job.content, ensure_ascii=False, sort_keys=True).encode()
        try:
            async with self._open().post(
                job.target, data=body, headers=self._headers(job, body, now), allow_redirects=False
            ) as response:
                status = response.status
        except TimeoutError:
            raise Unsent(f"no answer within {self._timeout:.0f} seconds") from None
        except InvalidURL as error:
            raise Unsent(f"{job.target!r} is no http or https URL: {error}", final=True) from None
        except (ClientError, OSError, ValueError) as error:
            forbidden = error.__cause__
            if isinstance(forbidden, Unsent):
                raise forbidden from None
            raise Unsent(str(error) or type(error).__name__) from None
        if not 200 <= status < 300:
            raise Unsent(f"answered with status {status}", final=status == 410)  # gone: it wants no more

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> ClientSession:
        if self._session is None:
            connector = TCPConnector(resolver=GuardedResolver(self._guard), use_dns_cache=False)
            timeout = ClientTimeout(total=self._timeout)
            self._session = ClientSession(connector=connector, timeout=timeout, trust_env=False)
        return self._session

    def _headers(self, job: Job, body: bytes, now: datetime) -> dict[str, str]:
        moment = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Stellwerk/{VERSION}",
            "webhook-id": job.key,
            "webhook-timestamp": moment,
        }
        if self._secret:
            headers["webhook-signature"] = signature(self._secret, job.key, moment, body)
        return headers


def signature(secret: bytes, key: str, moment: str, body: bytes) -> str:
    """The value of `webhook-signature`."""
    digest = hmac.new(secret, b".".join((key.encode(), moment.encode(), body)), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
