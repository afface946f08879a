"""`init`: a home is made whole, or nothing is."""

import json
import ssl
import stat
import tomllib
from pathlib import Path

import pytest
from cryptography import x509

from ctl.founding import configuration_text, new_password
from ctl.shipped import shipped
from tests.ctl.conftest import Operator


def test_a_home_has_everything_and_is_for_its_owner_alone(newcomer: Operator) -> None:
    said = newcomer.succeeds("init", "--domain", "Example.ORG", "--port-offset", "100")

    home = newcomer.home
    written = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    assert written >= {
        "stellwerk.toml",
        "supervisord.conf",
        "secrets/muc",
        "secrets/administrator",
        "certificates/example.org.crt",
        "certificates/example.org.key",
    }
    for path in (home, *home.rglob("*")):
        others = stat.S_IMODE(path.stat().st_mode) & 0o077
        assert not others or path.suffix == ".crt", path
    address, password = (home / "secrets" / "administrator").read_text().split()
    assert address == "admin@example.org"
    assert said.count(password) == 1
    assert json.loads((home / "state" / "accounts.json").read_text()) == {address: password}


def test_the_configuration_is_the_shipped_one_with_domain_and_ports(newcomer: Operator) -> None:
    newcomer.succeeds("init", "--domain", "example.org", "--port-offset", "100")

    text = (newcomer.home / "stellwerk.toml").read_text()
    document = tomllib.loads(text)
    assert document["domain"] == "example.org"
    assert document["administrators"] == ["admin@example.org"]
    assert document["core_router"]["clients"] == {"addresses": [], "port": 5322, "tls_port": 5323}
    assert list(document["core_router"]["component"]) == ["conference.example.org"]
    assert document["muc"]["router"] == "127.0.0.1:5447"
    assert "# services are below it" in text


def test_the_shipped_configuration_keeps_its_comments_and_loses_localhost() -> None:
    before = shipped("stellwerk.toml").read_text()

    after = configuration_text("example.org", 7)

    assert [line for line in after.splitlines() if line.startswith("#")] == [
        line for line in before.splitlines() if line.startswith("#")
    ]
    document = tomllib.loads(after)
    assert "localhost" not in json.dumps(document)
    assert document["core_router"]["clients"]["port"] == 5229
    assert document["core_router"]["components"]["port"] == 5354
    assert document["notifier"]["mail"]["port"] == 25  # of a server elsewhere


def test_an_existing_home_is_left_alone(operator: Operator) -> None:
    before = contents(operator.home)

    said = operator.fails("init", "--domain", "other.example")

    assert said == f"stellwerk: {operator.home} is the home of an installation already; nothing was changed\n"
    assert contents(operator.home) == before


def test_a_directory_with_other_files_is_left_alone(newcomer: Operator) -> None:
    newcomer.home.mkdir()
    (newcomer.home / "letter").write_text("dear")

    assert "is not an empty directory" in newcomer.fails("init")

    assert contents(newcomer.home) == {"letter": b"dear"}


def test_an_empty_directory_is_used(newcomer: Operator) -> None:
    newcomer.home.mkdir()

    newcomer.succeeds("init")

    assert "no mistakes" in newcomer.succeeds("check")


def test_what_was_begun_is_taken_away_when_a_step_fails(newcomer: Operator, shipped_files: Path) -> None:
    text = (shipped_files / "stellwerk.toml").read_text()
    (shipped_files / "stellwerk.toml").write_text(
        text.replace("[core_router]\n", '[core_router]\nrefuse = "not like this"\n')
    )

    said = newcomer.fails("init", status=2)

    assert said == f"stellwerk: {newcomer.home}/stellwerk.toml: core_router.refuse: not like this\n"
    assert not newcomer.home.exists()


@pytest.mark.parametrize("domain", ["192.0.2.1", "::1", "two words", "a..b", "-a.example", "x" * 64])
def test_what_is_no_domain_name_is_refused(newcomer: Operator, domain: str) -> None:
    assert f"--domain {domain}: " in newcomer.fails("init", "--domain", domain)
    assert not newcomer.home.exists()


def test_an_offset_that_leaves_the_range_of_ports_is_refused(newcomer: Operator, shipped_files: Path) -> None:
    file = shipped_files / "stellwerk.toml"
    file.write_text(file.read_text().replace("port = 5222", "port = 65535"))

    said = newcomer.fails("init", "--port-offset", "1")

    assert "--port-offset 1: 65535 would become 65536, above 65535" in said
    assert not newcomer.home.exists()


def test_a_home_too_deep_for_unix_sockets_is_refused(newcomer: Operator) -> None:
    newcomer.home = newcomer.home / ("x" * 100)

    assert "too long for a home" in newcomer.fails("init")


def test_the_certificate_names_the_domain_for_every_kind_of_peer(newcomer: Operator) -> None:
    newcomer.succeeds("init", "--domain", "bücher.example")

    file = newcomer.home / "certificates" / "bücher.example.crt"
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = names.get_values_for_type(x509.DNSName)
    assert hosts == [
        "xn--bcher-kva.example",
        "*.xn--bcher-kva.example",
        "conference.xn--bcher-kva.example",
        "localhost",
    ]
    others = [(name.type_id.dotted_string, name.value) for name in names.get_values_for_type(x509.OtherName)]
    assert ("1.3.6.1.5.5.7.8.5", b"\x0c\x0fb\xc3\xbccher.example") in others
    assert ("1.3.6.1.5.5.7.8.7", b"\x16\x22_xmpp-client.xn--bcher-kva.example") in others


def test_the_certificate_is_accepted_by_a_client_that_was_given_it(newcomer: Operator) -> None:
    newcomer.succeeds("init", "--domain", "example.org")
    certificate = newcomer.home / "certificates" / "example.org.crt"
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, certificate.with_suffix(".key"))
    client = ssl.create_default_context(cafile=certificate)
    client.verify_flags |= ssl.VERIFY_X509_STRICT

    for name in ("example.org", "conference.example.org", "anything.example.org"):
        shake_hands(server, client, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, client, "example.com")


def test_passwords_differ_and_can_be_read_aloud() -> None:
    made = {new_password() for _ in range(100)}

    assert len(made) == 100
    assert all(len(password) == 23 for password in made)
    assert not set("".join(made)) & set("01lO")


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in tuple(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


def contents(directory: Path) -> dict[str, bytes]:
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}
