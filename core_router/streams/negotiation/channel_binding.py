"""XEP-0440: SASL channel-binding types: which ones a connection has, said in the stream features."""

from typing import TYPE_CHECKING, Final

from core_router.envelope import Nonza
from core_router.streams.connection import Connection

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

NAMESPACE = "urn:xmpp:sasl-cb:0"
_TYPES: Final = ("tls-exporter", "tls-server-end-point")  # RFC 9266, RFC 5929 §4


def binding_types(connection: Connection) -> tuple[str, ...]:
    """The types of channel binding the connection has, strongest first."""
    return tuple(kind for kind in _TYPES if connection.channel_binding(kind) is not None)


class ChannelBindingTypes:
    """The stream feature; the mechanisms with channel binding are offered beside it."""

    names: frozenset[str] = frozenset()

    def offer(self, stream: "ClientStream") -> bytes:
        types = binding_types(stream.connection) if stream.account is None else ()
        if not types:
            return b""
        listed = "".join(f"<channel-binding type='{kind}'/>" for kind in types)
        return f"<sasl-channel-binding xmlns='{NAMESPACE}'>{listed}</sasl-channel-binding>".encode()

    def handle(self, stream: "ClientStream", element: Nonza, following: bytes) -> None:
        """There is nothing to answer."""
