"""What a stream needs of the connection under it; `core_router.runtime` has the real ones."""

from collections.abc import Callable
from typing import Protocol


class Connection(Protocol):
    """An open connection to a peer. Writing to a closed one does nothing."""

    @property
    def peer(self) -> str:
        """The peer's network address, for logs and limits."""

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read along: TLS is in place, or need not be."""

    @property
    def can_start_tls(self) -> bool:
        """Whether `start_tls` may be called: it is an unencrypted TCP connection."""

    def write(self, data: bytes) -> None:
        """Send, after what was written before."""

    def start_tls(self, domain: str) -> None:
        """Negotiate TLS as the server for `domain`; what was written before goes out in clear."""

    def channel_binding(self, kind: str) -> bytes | None:
        """Binding data of that type (RFC 9266, RFC 5929), or None where there is none."""

    def close(self) -> None:
        """Close once everything written is out, or soon."""

    def abort(self) -> None:
        """Close at once; what was not sent is lost."""


class PacedConnection(Connection, Protocol):
    """A connection that tells how its peer keeps up."""

    @property
    def congested(self) -> bool:
        """Whether some of what was written waits for the peer to read."""

    def when_clear(self, action: Callable[[], None]) -> None:
        """Call it, later, as soon as nothing waits; of two actions the second replaces the first."""


class Sender(Protocol):
    """Something that has collected what it has to send."""

    def flush(self) -> None:
        """Send it."""
