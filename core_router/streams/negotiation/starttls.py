"""RFC 6120 §5: STARTTLS."""

from typing import TYPE_CHECKING

from core_router.envelope import Nonza
from core_router.xmpp.errors import StreamCondition, StreamError

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-tls"


class StartTls:
    """Turns the connection into a TLS connection before anything else happens."""

    names = frozenset((f"{{{NAMESPACE}}}starttls",))

    def __init__(self, *, required: bool) -> None:
        self.required = required

    def offer(self, stream: "ClientStream") -> bytes:
        """§5.4.1. The offer of a server that requires TLS stands alone."""
        if not stream.connection.can_start_tls or stream.account is not None:
            return b""
        required = "<required/>" if self.required else ""
        return f"<starttls xmlns='{NAMESPACE}'>{required}</starttls>".encode()

    def handle(self, stream: "ClientStream", element: Nonza, following: bytes) -> None:
        """§5.4.2."""
        if not stream.connection.can_start_tls or stream.account is not None:
            stream.write(f"<failure xmlns='{NAMESPACE}'/>".encode())
            stream.end(None)
            return
        if following:
            # §5.4.3.3: what was sent in clear must not be taken as if it had come under TLS.
            raise StreamError(StreamCondition.POLICY_VIOLATION, "data after <starttls/>")
        stream.write(f"<proceed xmlns='{NAMESPACE}'/>".encode())
        stream.connection.start_tls(stream.domain)
        stream.restart()
