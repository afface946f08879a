"""A component's domain that several connections share, each of which gets a part of the stanzas.

For components that keep no state, or keep it for each of their addresses: all stanzas for a bare address go
to one connection for as long as the same connections are there, and few change their place when one comes
or goes (rendezvous hashing). Connections that share speak plain XEP-0114: what waits for one could not be
resumed by another.
"""

from collections.abc import Sequence
from hashlib import blake2b

from core_router.envelope import Envelope
from core_router.routing.component import ComponentDomain


def part_names(domain: str, connections: int) -> list[str]:
    """What the parts are called in logs, figures and the store; the first bears the domain's own name."""
    return [domain, *(f"{domain}#{number}" for number in range(2, connections + 1))]


def domain_of(part: str) -> str:
    """The domain of the part of that name."""
    return part.partition("#")[0]


class SharedDomain:
    """The destination for the domain."""

    def __init__(self, parts: Sequence[ComponentDomain]) -> None:
        self._parts = list(parts)

    def deliver(self, envelope: Envelope) -> None:
        """Hand it to its part. Raises StanzaError, as `ComponentDomain.deliver`."""
        self._part(envelope).deliver(envelope)

    def vacancy(self) -> ComponentDomain:
        """The part for a new connection: a free one, for which most waits; else the one taken longest ago."""
        free = [part for part in self._parts if part.link is None]
        chosen = max(free, key=lambda part: len(part.kept)) if free else self._parts[0]
        self._parts.remove(chosen)
        self._parts.append(chosen)
        return chosen

    def _part(self, envelope: Envelope) -> ComponentDomain:
        """Of those that are there, the one of the bare address it is for; else one that is awaited."""
        up = [part for part in self._parts if part.connected]
        if not up:
            return next((part for part in self._parts if part.is_awaited), self._parts[0])
        address = envelope.to.bare if envelope.to is not None else ""
        return max(up, key=lambda part: blake2b(f"{part.domain} {address}".encode(), digest_size=8).digest())
