"""A step of negotiation: what it offers in the stream features and which elements it answers."""

from typing import TYPE_CHECKING, Protocol

from core_router.envelope import Nonza

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream


class Step(Protocol):
    """One feature of stream negotiation (RFC 6120 §4.3). A step keeps nothing of a single stream."""

    names: frozenset[str]  # Clark names of the first-level elements it answers

    def offer(self, stream: "ClientStream") -> bytes:
        """Its element in `<stream:features/>`, or b"" when it is not on offer at this point."""

    def handle(self, stream: "ClientStream", element: Nonza, following: bytes) -> None:
        """Answer one of its elements. Raises StreamError."""
