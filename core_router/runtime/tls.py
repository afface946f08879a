"""TLS by OpenSSL, in memory: bytes of the wire in, bytes of the stream out, and back.

Twisted's own TLS protocol does the same for any protocol; this one is written for small messages that
leave at the end of a batch (docs/decisions/0001-tls-in-memory.md).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from core_router.xmpp.jid import InvalidJid, prepare_domain

# Each read gives at most one record (RFC 8446 §5.1), 16 KiB.
_RECORD = 16384


class TlsFailure(Exception):
    """The peer breaks TLS, or ends it without saying so."""


class Certificates:
    """The certificates of all served domains, and the settings of TLS, shared by all connections.

    A client names the domain it means in its hello (SNI, RFC 6066 §3); one that does not gets the
    certificate of the domain its stream is for, or else the first.
    """

    def __init__(self, files: Mapping[str, tuple[Path, Path]]) -> None:
        """`files`: the PEM files with chain and key, by domain. Raises ValueError for what is unusable."""
        self._contexts = {domain: self._context(*pair) for domain, pair in files.items()}
        self.digests: dict[str, bytes] = {
            domain: context.get_app_data() for domain, context in self._contexts.items()
        }
        self._first = next(iter(self._contexts.values()))

    def session(self, domain: str = "", protocol: bytes = b"") -> "TlsSession":
        """A new session with `domain`'s certificate, where the client does not name another domain.

        `protocol` is the one spoken under it (ALPN, RFC 7301): a client that names others, and not
        this one, is refused (§3.2), lest it be talked into a protocol it does not mean (RFC 9325 §3.7).
        Where TLS is negotiated inside of a protocol, it is empty, and names are ignored.
        """
        return TlsSession(self._contexts.get(domain, self._first), protocol)

    def _context(self, certificate: Path, key: Path) -> SSL.Context:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)  # RFC 7590 §3, RFC 9325 §3.1
        context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")
        context.set_options(
            SSL.OP_NO_COMPRESSION
            | SSL.OP_CIPHER_SERVER_PREFERENCE
            | SSL.OP_NO_TICKET
            | SSL.OP_NO_RENEGOTIATION
        )
        context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # an idle session keeps no record buffers
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        try:
            context.use_certificate_chain_file(str(certificate))
            context.use_privatekey_file(str(key))
            context.check_privatekey()
        except SSL.Error as error:
            raise ValueError(f"{certificate} and {key} cannot be used: {_reason(error)}") from None
        context.set_app_data(_end_point(certificate))
        context.set_tlsext_servername_callback(self._named)
        context.set_alpn_select_callback(_select_protocol)
        return context

    def _named(self, connection: SSL.Connection) -> None:
        """The client has named a host; for one that is no domain of ours the certificate stays."""
        name = connection.get_servername()
        if name is None:
            return
        try:
            context = self._contexts.get(prepare_domain(name.decode("ascii")))
        except (UnicodeDecodeError, InvalidJid):
            return
        if context is not None:
            connection.set_context(context)


class _NoProtocolInCommon(Exception):
    """OpenSSL turns it into the alert `no_application_protocol`."""


def _select_protocol(connection: SSL.Connection, offered: list[bytes]) -> bytes | Any:
    protocol: bytes = connection.get_app_data()
    if protocol in offered:
        return protocol
    if protocol:
        raise _NoProtocolInCommon(f"the client speaks {offered}, and not {protocol!r}")
    return SSL.NO_OVERLAPPING_PROTOCOLS


class TlsSession:
    """The server's side of one TLS connection."""

    __slots__ = ("_connection", "_head", "_missing", "established")

    def __init__(self, context: SSL.Context, protocol: bytes) -> None:
        self._connection = SSL.Connection(context, None)
        self._connection.set_app_data(protocol)
        self._connection.set_accept_state()
        self._missing = 0  # bytes of the last record that are still to come
        self._head = b""  # a record's header that has come in part
        self.established = False

    def received(self, data: bytes) -> bytes:
        """Bytes of the wire; the result are bytes of the stream. Raises TlsFailure.

        The caller then sends what `outgoing` has to say: the handshake answers there.
        """
        connection = self._connection
        connection.bio_write(data)
        one_record = self._one_record(data)
        try:
            if not self.established:
                connection.do_handshake()
                self.established = True
        except SSL.WantReadError:
            return b""
        except SSL.Error as error:
            raise TlsFailure(_reason(error)) from None
        except _NoProtocolInCommon as refusal:
            raise TlsFailure(str(refusal)) from None
        if one_record:
            # To be told that there is no second one would cost 2.5 µs, a third of all this.
            try:
                return connection.recv(len(data))
            except (SSL.WantReadError, SSL.ZeroReturnError):
                return b""  # it was not for the stream
            except SSL.Error as error:
                raise TlsFailure(_reason(error)) from None
        return self._records()

    def _one_record(self, data: bytes) -> bool:
        """Whether what came is exactly one record. Follows the record headers (RFC 8446 §5.1)."""
        missing, head = self._missing, self._head
        if head:
            data = head + data
        at, end = missing, len(data)
        first = -1
        while at + 5 <= end:
            at += 5 + (data[at + 3] << 8 | data[at + 4])
            if first < 0:
                first = at
        if at < end:
            self._missing, self._head = 0, data[at:]
        else:
            self._missing, self._head = at - end, b""
        return first == end and not missing and not head

    def _records(self) -> bytes:
        records: list[bytes] = []
        try:
            while True:
                records.append(self._connection.recv(_RECORD))
        except SSL.WantReadError:
            return b"".join(records)
        except SSL.ZeroReturnError:
            return b"".join(records)  # close_notify: the connection's end follows
        except SSL.Error as error:
            raise TlsFailure(_reason(error)) from None

    def encrypted(self, data: bytes) -> bytes:
        """Bytes for the wire. Raises TlsFailure when the session cannot carry them any more."""
        try:
            if len(data) <= _RECORD:
                self._connection.send(data)  # one record, written whole: the BIO takes all there is
            else:
                self._connection.sendall(data)
        except SSL.Error as error:
            raise TlsFailure(_reason(error)) from None
        return self.outgoing()

    def outgoing(self) -> bytes:
        """What TLS itself wants to send."""
        try:
            out = self._connection.bio_read(65536)
        except SSL.WantReadError:
            return b""
        if len(out) < 65536:
            return out
        return out + self.outgoing()

    def closing(self) -> bytes:
        """The close_notify alert (RFC 8446 §6.1)."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            return b""
        return self.outgoing()

    def channel_binding(self, kind: str) -> bytes | None:
        """Binding data: `tls-exporter` (RFC 9266) or `tls-server-end-point` (RFC 5929 §4)."""
        if not self.established:
            return None
        if kind == "tls-server-end-point":
            end_point: bytes = self._connection.get_context().get_app_data()
            return end_point
        if kind == "tls-exporter" and self._connection.get_protocol_version() >= SSL.TLS1_3_VERSION:
            # RFC 9266 §4.2 allows it with TLS 1.2 only where renegotiation and the older master
            # secret are out of the question.
            return self._connection.export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")
        return None


def _end_point(certificate: Path) -> bytes:
    """RFC 5929 §4.1: the certificate's digest, by the hash of its signature but at least SHA-256."""
    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    algorithm = parsed.signature_hash_algorithm
    name = algorithm.name if algorithm is not None and algorithm.name not in ("md5", "sha1") else "sha256"
    return hashlib.new(name, parsed.public_bytes(Encoding.DER)).digest()


def _reason(error: SSL.Error) -> str:
    """What OpenSSL has to say, in one line."""
    if error.args and isinstance(error.args[0], list) and error.args[0]:
        return "; ".join(str(entry[-1]) for entry in error.args[0])
    return str(error) or type(error).__name__
