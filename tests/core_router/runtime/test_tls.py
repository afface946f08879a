"""TLS in memory, with clients that are not ours: Python's `ssl`, pyOpenSSL, and a hello by hand."""

import contextlib
import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from OpenSSL import SSL

from core_router.runtime.tls import Certificates, TlsFailure, TlsSession
from ctl.certificate import self_signed

DOMAINS = ("a.example", "b.example", "münchen.example")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def files(directory: Path, domain: str) -> tuple[Path, Path]:
    """A certificate and key of the domain, made anew."""
    certificate, key = self_signed(domain, [], datetime.datetime.now(datetime.UTC))
    paths = directory / f"{domain}.crt", directory / f"{domain}.key"
    paths[0].write_bytes(certificate)
    paths[1].write_bytes(key)
    return paths


@pytest.fixture(scope="module")
def certificates(directory: Path) -> Certificates:
    return Certificates({domain: files(directory, domain) for domain in DOMAINS})


class Client:
    """A client's end by `ssl`, talking to a session in memory."""

    def __init__(self, session: TlsSession, context: ssl.SSLContext, name: str | None = None) -> None:
        self.session = session
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    def shakes_hands(self) -> "Client":
        """Raises ssl.SSLError where the server refuses."""
        for _ in range(10):
            try:
                self.ssl.do_handshake()
            except ssl.SSLWantReadError:
                self.exchange()
            else:
                self.exchange()
                return self
        raise AssertionError("no end")

    def exchange(self) -> bytes:
        """Carry over what either side has to say; the result is what the server has read."""
        read = b""
        try:
            if sent := self._outgoing.read():
                read = self.session.received(sent)
        except TlsFailure:
            pass  # it says why in an alert
        self._incoming.write(self.session.outgoing())
        return read

    @property
    def names(self) -> list[str]:
        """What the server's certificate is for."""
        certificate = x509.load_der_x509_certificate(self.ssl.getpeercert(binary_form=True) or b"")
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return extension.value.get_values_for_type(x509.DNSName)


def trusting(*protocols: str) -> ssl.SSLContext:
    """A client that looks at no certificate, speaking these protocols (ALPN)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def test_what_is_agreed_on(certificates: Certificates) -> None:
    client = Client(certificates.session(), trusting()).shakes_hands()
    assert client.ssl.version() == "TLSv1.3"
    assert client.ssl.compression() is None
    client.ssl.write(b"hello")
    assert client.exchange() == b"hello"


# -- which certificate (RFC 6066 §3) ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "name", "shown"),
    [
        ("", "b.example", "b.example"),
        ("", "B.EXAMPLE", "b.example"),
        ("", "xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("", None, "a.example"),  # who names none gets the first
        ("", "elsewhere.example", "a.example"),
        ("", "xn--\u200d.example".encode("ascii", "ignore").decode(), "a.example"),  # no domain at all
        ("b.example", None, "b.example"),  # STARTTLS: the stream's header has named it
        ("b.example", "a.example", "a.example"),  # the hello comes later than that
        ("nowhere.example", None, "a.example"),
    ],
)
def test_each_domain_shows_its_own(
    certificates: Certificates, domain: str, name: str | None, shown: str
) -> None:
    client = Client(certificates.session(domain), trusting(), name).shakes_hands()
    assert client.names[0] == shown


@pytest.mark.parametrize("name", ["a.example", "b.example", None])
def test_the_channel_is_bound_to_the_certificate_that_was_shown(
    certificates: Certificates, name: str | None
) -> None:
    """RFC 5929 §4.1."""
    client = Client(certificates.session(), trusting(), name).shakes_hands()
    certificate = x509.load_der_x509_certificate(client.ssl.getpeercert(binary_form=True) or b"")
    algorithm = certificate.signature_hash_algorithm
    assert algorithm is not None
    assert client.session.channel_binding("tls-server-end-point") == certificate.fingerprint(algorithm)


def test_a_certificate_is_replaced(directory: Path, certificates: Certificates) -> None:
    """Sessions from then on show the new one; those that are there go on."""
    pair = files(directory, "c.example")
    old = Certificates({"c.example": pair})
    before = Client(old.session(), trusting()).shakes_hands()
    files(directory, "c.example")
    new = Certificates({"c.example": pair})
    after = Client(new.session(), trusting()).shakes_hands()
    assert before.ssl.getpeercert(binary_form=True) != after.ssl.getpeercert(binary_form=True)
    before.ssl.write(b"still here")
    assert before.exchange() == b"still here"


def test_a_key_that_does_not_fit(directory: Path) -> None:
    certificate, key = files(directory, "d.example")[0], files(directory, "e.example")[1]
    with pytest.raises(ValueError, match=r"d\.example\.crt and .*e\.example\.key cannot be used: "):
        Certificates({"d.example": (certificate, key)})


def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no certificate\n")
    with pytest.raises(ValueError, match="cannot be used"):
        Certificates({"x.example": (tmp_path / "x", tmp_path / "x")})


# -- which protocol under it (XEP-0368, RFC 7301) -----------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["xmpp-client"], "xmpp-client"), (["h2", "xmpp-client"], "xmpp-client"), ([], None)],
)
def test_the_protocol_is_confirmed(
    certificates: Certificates, offered: list[str], chosen: str | None
) -> None:
    session = certificates.session(protocol=b"xmpp-client")
    client = Client(session, trusting(*offered), "b.example").shakes_hands()
    assert client.ssl.selected_alpn_protocol() == chosen


@pytest.mark.parametrize("name", [None, "b.example"])
def test_who_speaks_something_else_is_refused(certificates: Certificates, name: str | None) -> None:
    """RFC 7301 §3.2; and it does not matter whose certificate is shown."""
    session = certificates.session(protocol=b"xmpp-client")
    with pytest.raises(ssl.SSLError) as refusal:
        Client(session, trusting("http/1.1", "h2"), name).shakes_hands()
    assert "tlsv1 alert no application protocol" in str(refusal.value)


def test_inside_of_another_protocol_names_are_ignored(certificates: Certificates) -> None:
    """STARTTLS: both know what they speak."""
    client = Client(certificates.session("b.example"), trusting("h2")).shakes_hands()
    assert client.ssl.selected_alpn_protocol() is None


# -- what is refused (RFC 9325) -----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_protocols(certificates: Certificates, version: ssl.TLSVersion) -> None:
    """§3.1.1."""
    context = trusting()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with pytest.raises(ssl.SSLError) as refusal:
        Client(certificates.session(), context).shakes_hands()
    assert refusal.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


@pytest.mark.parametrize("cipher", ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "aNULL"])
def test_ciphers_without_forward_secrecy_or_authenticated_encryption(
    certificates: Certificates, cipher: str
) -> None:
    """§4.1, §4.2."""
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError) as refusal:
        Client(certificates.session(), context).shakes_hands()
    assert refusal.value.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


@pytest.mark.parametrize("cipher", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_modern_ciphers_with_tls_1_2(certificates: Certificates, cipher: str) -> None:
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    client = Client(certificates.session(), context).shakes_hands()
    assert client.ssl.cipher() == (cipher, "TLSv1.2", client.ssl.cipher()[2])  # type: ignore[index]


def test_renegotiation(certificates: Certificates) -> None:
    """§3.5: it is declined, and what was negotiated stands."""
    session = certificates.session()
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    _shake_hands(client, session)
    assert client.renegotiate()
    with pytest.raises(SSL.Error) as refusal:
        _shake_hands(client, session)
    assert refusal.value.args[0][0][2] == "no renegotiation"
    assert session.encrypted(b"still here")


def _shake_hands(client: SSL.Connection, session: TlsSession) -> None:
    for _ in range(5):
        try:
            client.do_handshake()
        except SSL.WantReadError:
            _exchange(client, session)
        else:
            break
    _exchange(client, session)


def _exchange(client: SSL.Connection, session: TlsSession) -> None:
    with contextlib.suppress(SSL.WantReadError):  # it has nothing to say
        session.received(client.bio_read(65536))
    if answer := session.outgoing():
        client.bio_write(answer)


def test_compression(certificates: Certificates) -> None:
    """§3.3: of DEFLATE and none, none is chosen."""
    session = certificates.session()
    session.received(_hello(compression=b"\x01\x00"))
    answer = session.outgoing()
    assert answer[0] == 22
    assert answer[5] == 2  # ServerHello
    after_random = 5 + 4 + 2 + 32
    after_session_id = after_random + 1 + answer[after_random]
    assert answer[after_session_id + 2] == 0  # behind the cipher


def test_no_session_is_resumed(certificates: Certificates) -> None:
    """There are no tickets: each would be a copy of the session's keys under one key of the server's."""
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    client = Client(certificates.session(), context).shakes_hands()
    assert client.ssl.session is not None
    assert not client.ssl.session.has_ticket


def _hello(compression: bytes) -> bytes:
    """A ClientHello of TLS 1.2 (RFC 5246 §7.4.1.2) with these compression methods."""

    def vector(content: bytes, size: int) -> bytes:
        return len(content).to_bytes(size) + content

    def extension(number: int, content: bytes) -> bytes:
        return number.to_bytes(2) + vector(content, 2)

    extensions = (
        extension(10, vector(b"\x00\x17", 2))  # secp256r1
        + extension(11, vector(b"\x00", 1))
        + extension(13, vector(b"\x04\x03", 2))  # ecdsa_secp256r1_sha256
    )
    ciphers = b"\xc0\x2b"  # ECDHE-ECDSA-AES128-GCM-SHA256
    hello = b"\x03\x03" + bytes(32) + vector(b"", 1) + vector(ciphers, 2) + vector(compression, 1)
    return b"\x16\x03\x01" + vector(b"\x01" + vector(hello + vector(extensions, 2), 3), 2)
