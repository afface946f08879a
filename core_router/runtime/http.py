"""One port for HTTP and HTTPS: the first byte tells them apart (docs/decisions/0021-one-http-port.md)."""

from core_router.runtime.tcp import ConnectionFactory, TcpConnection

_ALPN = b"http/1.1"  # RFC 7301 §6
_HANDSHAKE = b"\x16"  # how each TLS connection begins (RFC 8446 §5.1), and no HTTP request


class HttpConnection(TcpConnection):
    """A connection under TLS if it begins with a hello."""

    _begun = False

    def dataReceived(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            if data.startswith(_HANDSHAKE):
                self._tls = self._factory.certificates.session(protocol=_ALPN)
        super().dataReceived(data)


class HttpFactory(ConnectionFactory):
    """Makes such connections."""

    connection = HttpConnection
