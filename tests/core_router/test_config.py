"""The router's part of `stellwerk.toml`: defaults, and every mistake at once, each with its remedy."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from core_router.config import Config, RouterTable, read_config
from settings import SettingsError, load

ROOT = Path(__file__).parents[2]
COMPONENT = '[core_router.component."conference.localhost"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a certificate and a secret."""
    (tmp_path / "certificates").mkdir()
    (tmp_path / "secrets").mkdir()
    for name in ("localhost.crt", "localhost.key"):
        (tmp_path / "certificates" / name).write_text("PEM")
    for component in ("muc", "notifier", "bots"):
        (tmp_path / "secrets" / component).write_text("the secret\n")
    return tmp_path


def configured(home: Path, toml: str) -> Config:
    (home / "stellwerk.toml").write_text(toml)
    return read_config(home / "stellwerk.toml")


def problems(home: Path, toml: str) -> list[str]:
    """The problems found, without the file's name in front."""
    with pytest.raises(SettingsError) as caught:
        configured(home, toml)
    file = f"{home / 'stellwerk.toml'}: "
    assert all(problem.startswith(file) for problem in caught.value.problems)
    return [problem.removeprefix(file) for problem in caught.value.problems]


def test_an_empty_file_is_the_default(home: Path) -> None:
    config = configured(home, "# nothing")
    assert config.router == RouterTable()
    assert config.domains == ["localhost"]
    assert config.certificates == {
        "localhost": (home / "certificates" / "localhost.crt", home / "certificates" / "localhost.key")
    }


def test_what_the_shipped_file_says_is_the_default(home: Path) -> None:
    """It is the documentation."""
    shipped = (ROOT / "stellwerk.toml").read_text(encoding="utf-8")
    config = configured(home, shipped)
    default = RouterTable(component=config.router.component)
    assert config.router == default
    assert list(config.router.component) == ["conference.localhost", "alerts.localhost", "bots.localhost"]


def test_the_shipped_file_shows_every_key(home: Path) -> None:
    table = load(ROOT / "stellwerk.toml")["core_router"]
    for field in fields(RouterTable):
        name = field.name
        assert name in table
        table_of: Any = field.default_factory
        if is_dataclass(table_of):
            assert set(table[name]) == {part.name for part in fields(table_of)}


class TestSecrets:
    def test_of_a_file_the_white_space_around_it_is_left_out(self, home: Path) -> None:
        config = configured(home, COMPONENT + 'secret_file = "secrets/muc"')
        assert config.secrets == {"conference.localhost": "the secret"}

    def test_it_may_stand_in_the_configuration(self, home: Path) -> None:
        config = configured(home, COMPONENT + 'secret = "s"\nhidden = true')
        assert config.secrets == {"conference.localhost": "s"}
        assert config.router.component["conference.localhost"].hidden

    @pytest.mark.parametrize(
        ("table", "problem"),
        [
            ("", ": needs either `secret` or `secret_file`"),
            ('secret = "a"\nsecret_file = "b"', ": needs either `secret` or `secret_file`"),
            ('secret_file = "secrets/gone"', ".secret_file: secrets/gone: No such file or directory"),
            ('secret_file = "secrets"', ".secret_file: secrets: Is a directory"),
            ('secret_file = "secrets/empty"', ".secret_file: secrets/empty is empty"),
            ('secret_file = "secrets/binary"', ".secret_file: secrets/binary is not text in UTF-8"),
        ],
    )
    def test_what_is_none(self, home: Path, table: str, problem: str) -> None:
        (home / "secrets" / "empty").write_text(" \n")
        (home / "secrets" / "binary").write_bytes(b"\xff\xfe")
        assert problems(home, COMPONENT + table) == [f'core_router.component."conference.localhost"{problem}']


def test_what_is_sent_at_once_must_fit(home: Path) -> None:
    limits = "[core_router.limits]\nunsent_bytes = 1000\noffline_bytes = "
    assert configured(home, f"{limits}500").router.limits.offline_bytes == 500
    assert problems(home, f"{limits}501") == [
        "core_router.limits.offline_bytes: at most half of `unsent_bytes`, 500"
    ]


class TestContact:
    def test_addresses_are_uris(self, home: Path) -> None:
        config = configured(home, '[core_router.contact]\nadmin = ["mailto:a@example.org"]')
        assert config.router.contact.admin == ["mailto:a@example.org"]

    @pytest.mark.parametrize("address", ["a@example.org", "mailto:", "mail to:a", ""])
    def test_others_are_none(self, home: Path, address: str) -> None:
        assert problems(home, f'[core_router.contact]\nabuse = ["{address}"]') == [
            f"core_router.contact: `abuse`: {address!r} is no URI; it looks like mailto:…, xmpp:… or https://…"
        ]


class TestSharedGroups:
    GROUP = "[core_router.shared_groups.staff]\n"

    def test_they_are_read(self, home: Path) -> None:
        config = configured(
            home,
            self.GROUP + 'members = ["a@localhost", "*", "*@localhost"]\nvisible_to = ["staff"]\nname = "S"',
        )
        group = config.router.shared_groups["staff"]
        assert (group.name, group.members) == ("S", ["a@localhost", "*", "*@localhost"])

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ('members = ["A@localhost"]', "members: 'A@localhost': write it as 'a@localhost'"),
            (
                'members = ["a@away.example"]',
                "members: 'a@away.example': members have accounts here: name@localhost, `*` for everybody",
            ),
            (
                'members = ["localhost"]',
                "members: 'localhost': members have accounts here: name@localhost, `*` for everybody",
            ),
            (
                'members = ["a@localhost/r"]',
                "members: 'a@localhost/r': members have accounts here: name@localhost, `*` for everybody",
            ),
            ('members = ["@localhost"]', "members: '@localhost': the local part before the @ is empty"),
            ('visible_to = ["guards"]', "visible_to: there is no group 'guards'"),
        ],
    )
    def test_what_cannot_be(self, home: Path, line: str, problem: str) -> None:
        assert problems(home, self.GROUP + line) == [f"core_router.shared_groups.staff.{problem}"]


class TestDomains:
    def test_each_has_its_certificate(self, home: Path) -> None:
        for name in ("other.example.crt", "other.example.key"):
            (home / "certificates" / name).write_text("PEM")
        config = configured(home, '[core_router]\nmore_domains = ["other.example"]')
        assert list(config.certificates) == config.domains == ["localhost", "other.example"]

    def test_the_files_of_the_own_one_may_lie_elsewhere(self, home: Path) -> None:
        for name in ("chain.pem", "key.pem"):
            (home / name).write_text("PEM")
        config = configured(home, '[core_router.tls]\ncertificate = "chain.pem"\nkey = "key.pem"')
        assert config.certificates["localhost"] == (home / "chain.pem", home / "key.pem")

    @pytest.mark.parametrize(
        ("toml", "found"),
        [
            ('domain = "a b"', ["domain: 'a b' is not a domain name"]),
            ('domain = "Chat.Example"', ["domain: write it as 'chat.example'"]),
            (
                'domain = "localhost"\n[core_router]\nmore_domains = ["localhost"]',
                ["core_router.more_domains: localhost is named twice"],
            ),
            (
                '[core_router.component."localhost"]\nsecret = "s"',
                ['core_router.component."localhost": a domain with accounts cannot be a component\'s too'],
            ),
            (
                '[core_router.component."Conference.localhost"]\nsecret = "s"',
                ["core_router.component.\"Conference.localhost\": write it as 'conference.localhost'"],
            ),
        ],
    )
    def test_what_is_none(self, home: Path, toml: str, found: list[str]) -> None:
        assert [problem for problem in problems(home, toml) if "no such file" not in problem] == found

    def test_a_missing_certificate_is_named_with_the_remedy(self, home: Path) -> None:
        (home / "certificates" / "localhost.key").unlink()
        file = home / "certificates" / "localhost.key"
        assert problems(home, "# nothing") == [
            f"core_router.tls: {file}: no such file; `stellwerk init` makes one"
        ]


class TestHttp:
    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            (
                'url = "http://a.example"',
                "`url` begins with https:// (XEP-0156), 'http://a.example' does not",
            ),
            (
                'trusted_proxies = ["a.example"]',
                "`trusted_proxies`: 'a.example' does not appear to be an IPv4 or IPv6 network",
            ),
            ('trusted_proxies = ["10.0.0.1/8"]', "`trusted_proxies`: 10.0.0.1/8 has host bits set"),
        ],
    )
    def test_what_cannot_be(self, home: Path, line: str, problem: str) -> None:
        assert problems(home, f"[core_router.http]\n{line}") == [f"core_router.http: {problem}"]

    def test_proxies_are_addresses_or_networks(self, home: Path) -> None:
        proxies = '["192.0.2.1", "10.0.0.0/8", "::1", "2001:db8::/32"]'
        config = configured(home, f"[core_router.http]\ntrusted_proxies = {proxies}")
        assert len(config.router.http.trusted_proxies) == 4


def test_every_mistake_is_reported_at_once(home: Path) -> None:
    toml = """
        log_level = "loud"
        [core_router]
        databse = "sqlite://"
        [core_router.clients]
        port = 70000
        require_tls = "yes"
        idle_ping = 0
        [core_router.limits]
        unauthenticated_bytes = 1
        atributes = 5
        [core_router.component."a.localhost"]
    """
    assert problems(home, toml) == [
        "log_level: invalid enum value 'loud'; found 'loud'",
        "core_router.databse: unknown key; did you mean `database`?",
        "core_router.clients.port: expected `int` <= 65535; found 70000",
        "core_router.clients.require_tls: expected `bool`, got `str`; found 'yes'",
        "core_router.clients.idle_ping: expected `int` >= 1; found 0",
        "core_router.limits.atributes: unknown key; did you mean `attributes`?",
        "core_router.limits.unauthenticated_bytes: expected `int` >= 1000; found 1",
        'core_router.component."a.localhost": needs either `secret` or `secret_file`',
    ]


def test_files_are_looked_for_whatever_else_is_wrong_with_domains(home: Path) -> None:
    found = problems(home, 'domain = "Elsewhere.example"\n' + COMPONENT + 'secret_file = "gone"')
    assert [problem.partition(":")[0] for problem in found] == [
        "domain",
        'core_router.component."conference.localhost".secret_file',
        "core_router.tls",
        "core_router.tls",
    ]


@pytest.mark.parametrize(
    ("toml", "problem"), [("domain = ", "not TOML: "), ("core_router = 5", "core_router: expected a table")]
)
def test_what_is_no_configuration_at_all(home: Path, toml: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in problems(home, toml))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file; `stellwerk init` writes one"):
        read_config(tmp_path / "stellwerk.toml")
