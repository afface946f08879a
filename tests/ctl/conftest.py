"""`stellwerk` in a home of its own, with small fake services instead of the real ones."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit
from click.testing import CliRunner, Result

from ctl import shipped
from ctl.__main__ import stellwerk

FAKE = Path(__file__).with_name("fake_service.py")

SUPERVISORD = """
[supervisord]
logfile=%(ENV_STELLWERK_HOME)s/logs/supervisord.log
pidfile=%(ENV_STELLWERK_HOME)s/run/supervisord.pid
[unix_http_server]
file=%(ENV_STELLWERK_HOME)s/run/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
PROGRAM = """
[program:{name}]
command="%(ENV_STELLWERK_PYTHON)s" {fake} {name} --config "%(ENV_STELLWERK_HOME)s/stellwerk.toml"
autostart={autostart}
autorestart=true
startsecs=1
startretries=1000
stdout_logfile=%(ENV_STELLWERK_HOME)s/logs/{name}.log
redirect_stderr=true
"""
CONFIGURATION = """
domain = "localhost"  # services are below it
administrators = []

[core_router]
addresses = ["127.0.0.1"]
port = {port}

[core_router.clients]
addresses = []
port = 5222
tls_port = 5223

[core_router.http]
addresses = []
port = 5280
url = ""

[core_router.tls]
certificate = ""

[core_router.component."conference.localhost"]
secret_file = "secrets/muc"

[muc]
domain = ""
router = "127.0.0.1:5347"
secret_file = "secrets/muc"

[irc]
"""


class Operator:
    """Somebody at a terminal, with a home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def types(self, *words: str, stdin: str | None = None) -> Result:
        """Run a command in this process; its result, whatever it is."""
        return CliRunner().invoke(stellwerk, ["--home", str(self.home), *words], input=stdin)

    def succeeds(self, *words: str, stdin: str | None = None) -> str:
        """Run a command that has to succeed; what it printed."""
        result = self.types(*words, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.output

    def fails(self, *words: str, status: int = 1, stdin: str | None = None) -> str:
        """Run a command that has to fail, with lines and no traceback; the lines."""
        result = self.types(*words, stdin=stdin)
        assert result.exit_code == status, (result.exit_code, result.output)
        assert isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result.output

    def services(self) -> dict[str, dict]:
        """`status --json`, by name."""
        listed = json.loads(self.succeeds("status", "--json"))["services"]
        return {service["name"]: service for service in listed}

    def configures(self, table: str, **keys: object) -> None:
        """Change keys of a table in the configuration; None removes one."""
        file = self.home / "stellwerk.toml"
        document = tomlkit.parse(file.read_text())
        for key, value in keys.items():
            if value is None:
                del document[table][key]
            else:
                document[table][key] = value
        file.write_text(tomlkit.dumps(document))


@pytest.fixture
def shipped_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of what is shipped: a router, a component, and one that is off by default, all fake."""
    directory = tmp_path / "shipped"
    directory.mkdir()
    programs = [
        PROGRAM.format(name=name, fake=FAKE, autostart=str(name != "irc").lower())
        for name in ("core_router", "muc", "irc")
    ]
    (directory / "supervisord.conf").write_text(SUPERVISORD + "".join(programs))
    (directory / "stellwerk.toml").write_text(CONFIGURATION.format(port=free_port()))
    monkeypatch.setattr(shipped, "SHIPPED_IN", (directory,))
    monkeypatch.delenv("STELLWERK_HOME", raising=False)
    return directory


@pytest.fixture
def newcomer(shipped_files: Path, short_path: Path) -> Operator:
    """An operator who has no home yet."""
    return Operator(short_path / "home")


@pytest.fixture
def operator(newcomer: Operator) -> Iterator[Operator]:
    """An operator whose home is made; what they start is stopped at the end."""
    newcomer.succeeds("init")
    yield newcomer
    newcomer.types("down")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
