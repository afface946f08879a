"""Several domains in one router, each with its certificate; and TLS as OpenSSL's own command finds it."""

import asyncio
import datetime
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ctl.certificate import self_signed
from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import authenticate, bind, open_stream
from tests.scenarios.stream import Stream
from tests.servers.requirements import require
from tests.servers.stellwerk import CommandFailed, Stellwerk

OWN, OTHER = "localhost", "b.example"
DISCO_ITEMS = "http://jabber.org/protocol/disco#items"


def certify(server: Stellwerk) -> Path:
    """Give the other domain a new certificate; the result is its file."""
    certificate, key = self_signed(OTHER, [], datetime.datetime.now(datetime.UTC))
    file = server.home.certificates / f"{OTHER}.crt"
    file.write_bytes(certificate)
    file.with_suffix(".key").write_bytes(key)
    return file


@pytest.fixture(scope="module")
def server() -> Iterator[Stellwerk]:
    """A server of two domains, with alice in both."""
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    certify(made)

    def serve_both(document: tomlkit.TOMLDocument) -> None:
        document["core_router"]["more_domains"] = [OTHER]

    made.configure(serve_both)
    try:
        made.start()
        for domain in (OWN, OTHER):
            made.command("user", "add", f"alice@{domain}", "--password-stdin", given=f"of {domain}\n")
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


class Callers:
    """Connects to the server by the name of a domain; what it shows must be a certificate for that."""

    def __init__(self, server: Stellwerk) -> None:
        self.server = server
        self.streams: list[Stream] = []

    def context(self, domain: str) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.server.home.certificates / f"{domain}.crt")

    async def calls(self, domain: str, *, alpn: str = "") -> Party:
        """Somebody under TLS, on the port for that."""
        context = self.context(domain)
        if alpn:
            context.set_alpn_protocols([alpn])
        connection = asyncio.open_connection(
            "127.0.0.1", self.server.tls_port, ssl=context, server_hostname=domain
        )
        self.streams.append(Stream(*await connection))
        return Party("a client", self.streams[-1], domain)

    async def logs_in(self, domain: str) -> Client:
        """The domain's alice, available."""
        party = await self.calls(domain, alpn="xmpp-client")
        await open_stream(party)
        await authenticate(party, "alice", f"of {domain}", "SCRAM-SHA-256-PLUS")
        client = await bind(party)
        await client.becomes_available()
        return client

    async def ends(self) -> None:
        for stream in self.streams:
            await stream.close()


@pytest.fixture
def callers(server: Stellwerk, runner: asyncio.Runner) -> Iterator[Callers]:
    made = Callers(server)
    yield made
    runner.run(made.ends())


# -- domains ------------------------------------------------------------------------------------------


async def test_each_domain_shows_its_own_certificate(callers: Callers) -> None:
    """XEP-0368: by the name in the hello; a client that trusts nothing else connects to each."""
    for domain in (OWN, OTHER):
        await open_stream(await callers.calls(domain))


async def test_the_same_name_in_two_domains_is_two_accounts(callers: Callers) -> None:
    own, other = await callers.logs_in(OWN), await callers.logs_in(OTHER)
    assert (own.bare, other.bare) == (f"alice@{OWN}", f"alice@{OTHER}")
    await own.sends(f"<message to='{other.bare}'><body>Hello</body></message>")
    await other.receives(f"<message from='{own.jid}'><body>Hello</body></message>")


async def test_a_password_is_good_in_its_own_domain_alone(callers: Callers) -> None:
    party = await callers.calls(OTHER)
    await open_stream(party)
    with pytest.raises(AssertionError, match="not-authorized"):
        await authenticate(party, "alice", f"of {OWN}", "PLAIN")


async def test_each_domain_lists_its_own_services(callers: Callers) -> None:
    alice = await callers.logs_in(OTHER)
    listed = {}
    for domain in (OWN, OTHER):
        answer = await alice.asks(f"<query xmlns='{DISCO_ITEMS}'/>", to=domain)
        listed[domain] = [item.get("jid") for item in answer.iter(f"{{{DISCO_ITEMS}}}item")]
    assert listed == {OWN: [f"conference.{OWN}", f"alerts.{OWN}"], OTHER: []}


async def test_a_domain_that_is_not_served(callers: Callers) -> None:
    """RFC 6120 §4.9.3.6."""
    party = await callers.calls(OWN)
    await party.stream.restart("c.example")
    await party.is_told("host-unknown")


def test_a_domain_without_a_certificate_is_a_mistake(server: Stellwerk) -> None:
    def serve_three(document: tomlkit.TOMLDocument) -> None:
        document["core_router"]["more_domains"] = [OTHER, "c.example"]

    before = server.home.configuration.read_text()
    server.configure(serve_three)
    try:
        with pytest.raises(CommandFailed, match=r"c\.example\.crt: no such file; put the one for c\.example"):
            server.command("check")
    finally:
        server.home.configuration.write_text(before)


# -- certificates that change -------------------------------------------------------------------------


async def test_a_certificate_is_replaced_without_a_restart(callers: Callers, server: Stellwerk) -> None:
    """Who is connected stays; who connects from then on sees the new one."""
    alice = await callers.logs_in(OTHER)
    process = server.status("core_router")["pid"]
    before = alice.stream.certificate
    file = certify(server)
    assert str(file) in server.command("reload", "core_router")
    after = (await callers.calls(OTHER)).stream.certificate
    assert after != before
    assert after == x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    await alice.is_answered()
    assert server.status("core_router")["pid"] == process


async def test_a_certificate_that_cannot_be_used_changes_nothing(callers: Callers, server: Stellwerk) -> None:
    file = server.home.certificates / f"{OTHER}.crt"
    good = file.read_bytes()
    file.write_bytes((server.home.certificates / f"{OWN}.crt").read_bytes())
    try:
        with pytest.raises(CommandFailed, match=rf"{OTHER}\.crt and .*{OTHER}\.key cannot be used"):
            server.command("reload", "core_router")
    finally:
        file.write_bytes(good)
    await open_stream(await callers.calls(OTHER))


# -- what OpenSSL finds -------------------------------------------------------------------------------


def s_client(port: int, *options: str, given: str = "Q\n") -> str:
    """What `openssl s_client` has to say."""
    openssl = require("openssl", "openssl")
    done = subprocess.run(
        [openssl, "s_client", "-connect", f"127.0.0.1:{port}", *options],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("port", ["tls_port", "http_port"])
def test_the_newest_protocol_is_spoken(server: Stellwerk, port: str) -> None:
    said = s_client(getattr(server, port))
    assert "New, TLSv1.3, Cipher is TLS_" in said
    assert "Compression: NONE" in said


@pytest.mark.parametrize("port", ["tls_port", "http_port"])
@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_protocols_are_refused(server: Stellwerk, port: str, version: str) -> None:
    """RFC 9325 §3.1.1."""
    said = s_client(getattr(server, port), version, "-cipher", "ALL:@SECLEVEL=0")
    assert "tlsv1 alert protocol version" in said


@pytest.mark.parametrize("cipher", ["AES256-SHA", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256"])
def test_old_ciphers_are_refused(server: Stellwerk, cipher: str) -> None:
    """RFC 9325 §4.2."""
    said = s_client(server.tls_port, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    assert "alert handshake failure" in said


@pytest.mark.parametrize("port", ["tls_port", "http_port"])
def test_renegotiation_is_refused(server: Stellwerk, port: str) -> None:
    """RFC 9325 §3.5."""
    said = s_client(getattr(server, port), "-tls1_2", given="R\n")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said


@pytest.mark.parametrize(
    ("port", "protocol"), [("tls_port", "xmpp-client"), ("http_port", "http/1.1")], ids=["5223", "5280"]
)
def test_the_application_protocol(server: Stellwerk, port: str, protocol: str) -> None:
    """XEP-0368 §3, RFC 7301 §3.2."""
    number = getattr(server, port)
    assert f"ALPN protocol: {protocol}" in s_client(number, "-alpn", f"h2,{protocol}")
    assert "No ALPN negotiated" in s_client(number)
    assert "alert no application protocol" in s_client(number, "-alpn", "h2,smtp")


@pytest.mark.parametrize("domain", [OWN, OTHER])
def test_starttls_as_openssl_does_it(server: Stellwerk, domain: str) -> None:
    said = s_client(server.port, "-starttls", "xmpp", "-xmpphost", domain, "-servername", domain)
    assert f"CN = {domain}" in said or f"CN={domain}" in said


def test_starttls_without_a_name_in_the_hello(server: Stellwerk) -> None:
    """RFC 6120 §5.4.3.1: the certificate of the domain the stream is for."""
    said = s_client(server.port, "-starttls", "xmpp", "-xmpphost", OTHER, "-noservername")
    assert f"CN = {OTHER}" in said or f"CN={OTHER}" in said
