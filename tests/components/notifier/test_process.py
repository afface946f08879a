"""The notifier as a process on another maker's server, which hosts it by XEP-0114, and on PostgreSQL."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settings import Home
from tests.components.process import ComponentProcess
from tests.servers.ports import free_ports
from tests.servers.postgresql import PostgreSQL
from tests.servers.prosody import Prosody
from tests.waiting import until

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("runner")]

DOMAIN = "alerts.localhost"
CONFIGURATION = """\
domain = "localhost"
[notifier]
router = "127.0.0.1:{router}"
secret = "mellon"
{more}
[notifier.http]
port = {http}
tokens = {{ test = {{ secret = "sesame" }} }}
[notifier.people.persons.ann]
[notifier.alerts]
tell = ["ann"]
"""


@pytest.fixture
def prosody(short_path: Path) -> Iterator[Prosody]:
    """A server that knows the component."""
    directory = short_path / "prosody"
    directory.mkdir()
    server = Prosody(directory, {DOMAIN: "mellon"})
    server.start()
    yield server
    server.stop()


class Notifier(ComponentProcess):
    """The process, and a program that reports to it."""

    def __init__(self, prosody: Prosody, home: Home) -> None:
        [self.http_port] = free_ports(1)
        self._prosody = prosody
        super().__init__("notifier", home, self.text())

    def text(self, more: str = "") -> str:
        """The configuration."""
        return CONFIGURATION.format(router=self._prosody.component_port, http=self.http_port, more=more)

    def reports(self, key: str) -> dict[str, Any]:
        """An event fires; what is answered."""
        content = json.dumps({"key": key, "title": key, "severity": "critical"}).encode()
        url = f"http://127.0.0.1:{self.http_port}/v1/events"
        request = urllib.request.Request(url, content, headers={"Authorization": "Bearer sesame"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found


@pytest.fixture
def notifier(prosody: Prosody, short_path: Path) -> Iterator[Notifier]:
    """Not started yet."""
    process = Notifier(prosody, Home(short_path))
    yield process
    process.end()


async def test_an_alert_on_another_server(prosody: Prosody, notifier: Notifier) -> None:
    """Told, answered, and the same after the process was killed."""
    notifier.start()
    ann = await prosody.client("ann", "phone")
    assert notifier.reports("disk") == {"outcome": "new", "alert": 1}
    await ann.receives("<message type='chat' id='1.1'><attention xmlns='urn:xmpp:attention:0'/></message>")
    notifier.kill()
    notifier.start()
    assert notifier.reports("disk") == {"outcome": "known", "alert": 1}
    await ann.sends(f"<message type='chat' to='alerts@{DOMAIN}'><body>ack 1</body></message>")
    await ann.receives("<message type='chat'><body>1 is yours: disk</body></message>")
    assert notifier.stop() == 0


async def test_on_postgresql(prosody: Prosody, notifier: Notifier, postgresql_cluster: PostgreSQL) -> None:
    """All tables, migrations and statements there, too."""
    notifier.configure(notifier.text(f"database = '{postgresql_cluster.database()}'"))
    notifier.start()
    ann = await prosody.client("ann", "phone")
    assert notifier.reports("disk")["alert"] == 1
    await ann.receives("<message type='chat' id='1.1'/>")
    await ann.sends(f"<message type='chat' to='{DOMAIN}'><body>silence 1 1h</body></message>")
    await ann.receives("<message type='chat' id='1.1.2'/>")
    notifier.kill()
    notifier.start()
    assert notifier.reports("disk") == {"outcome": "known", "alert": 1}
    [alert] = notifier.asks({"command": "alerts-list"})["result"]["alerts"]
    assert (alert["state"], alert["why"][:9]) == ("suppressed", "silence 2")


def test_programs_are_taken_while_the_server_is_away(prosody: Prosody, notifier: Notifier) -> None:
    """Alerts are committed; what is to be said waits."""
    notifier.start()
    prosody.stop()
    until(lambda: notifier.health()["link"] == "down")
    assert notifier.reports("disk")["outcome"] == "new"
    prosody.start()
    until(lambda: notifier.health()["link"] == "up")


def test_mistakes_in_the_configuration(notifier: Notifier) -> None:
    """Each on a line of its own, exit status 2."""
    notifier.configure(
        notifier.text().replace("tell = ", "tel = ") + "[[notifier.alerts.rules]]\nname = ''\n"
    )
    done = subprocess.run(notifier.command("--check"), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "notifier.alerts.tel: unknown key; did you mean `tell`?" in done.stderr
    assert "notifier.alerts.rules[0]: name: expected one" in done.stderr


def test_a_port_that_is_taken(prosody: Prosody, notifier: Notifier) -> None:
    """The log says which, and the exit status is 1."""
    notifier.configure(
        notifier.text().replace(f"port = {notifier.http_port}", f"port = {prosody.component_port}")
    )
    notifier.launch()
    assert notifier.wait() == 1
    assert "address already in use" in notifier.log.read_text()
