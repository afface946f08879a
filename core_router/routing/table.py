"""The routing table: which domain is served by whom.

This is the other seam of a cluster: a domain's destination may one day be reached through another
router.
"""

from typing import Protocol

from core_router.envelope import Envelope


class Destination(Protocol):
    """Whoever takes the stanzas for one domain."""

    def deliver(self, envelope: Envelope) -> None:
        """Take charge of a stanza. Raises StanzaError when it cannot be delivered."""


class Table:
    """Domains and their destinations. An unknown domain belongs to `default`, if there is one."""

    def __init__(self) -> None:
        self._destinations: dict[str, Destination] = {}
        self.default: Destination | None = None  # the federation, where there is one
        # The hot path looks up here, without a call of ours in between.
        self.find = self._destinations.get

    def serve(self, domain: str, destination: Destination) -> None:
        """Enter a domain. Raises ValueError when it is served already."""
        if domain in self._destinations:
            raise ValueError(f"{domain} is served already")
        self._destinations[domain] = destination

    def drop(self, domain: str) -> None:
        """Take a domain out."""
        del self._destinations[domain]

    def __contains__(self, domain: str) -> bool:
        return domain in self._destinations
