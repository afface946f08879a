"""A component's domain: where its stanzas go while it is connected, and what becomes of them otherwise."""

from typing import Protocol

from core_router.envelope import Envelope
from core_router.xmpp.errors import StanzaError, StreamError


class Link(Protocol):
    """The stream of a connected component."""

    def send(self, envelope: Envelope) -> None:
        """Hand a stanza to the component."""

    def end(self, error: StreamError | None) -> None:
        """End the stream."""


class ComponentDomain:
    """The destination for one component's domain; it stays in the table while the component is away."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.link: Link | None = None

    def deliver(self, envelope: Envelope) -> None:
        """Hand it to the component. Raises StanzaError `remote-server-timeout` while it is away."""
        if self.link is None:
            raise StanzaError("remote-server-timeout", f"{self.domain} is not available at the moment")
        self.link.send(envelope)
