"""The room service as a process on another maker's server, which hosts it by XEP-0114."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Home
from tests.components.process import ComponentProcess
from tests.scenarios.dialogue import Client
from tests.servers.postgresql import PostgreSQL
from tests.servers.prosody import Prosody
from tests.waiting import until

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("runner")]

DOMAIN = "conference.localhost"
HELP, TEA = f"help@{DOMAIN}", f"tea@{DOMAIN}"
USER = "http://jabber.org/protocol/muc#user"
ENTER = "<x xmlns='http://jabber.org/protocol/muc'/>"

CONFIGURATION = """\
domain = "localhost"
log_level = "{log_level}"
[muc]
router = "127.0.0.1:{port}"
secret = "{secret}"
{more}
[muc.rooms.help]
name = "Help"
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


def configuration(prosody: Prosody, more: str = "", secret: str = "mellon", log_level: str = "info") -> str:
    """The text of the configuration file."""
    return CONFIGURATION.format(port=prosody.component_port, more=more, secret=secret, log_level=log_level)


@pytest.fixture
def muc(prosody: Prosody, short_path: Path) -> Iterator[ComponentProcess]:
    """The room service, not started yet."""
    process = ComponentProcess("muc", Home(short_path), configuration(prosody))
    yield process
    process.end()


async def enters(client: Client, room: str, nick: str) -> Client:
    """Enter, and see everything up to the subject."""
    await client.sends(f"<presence to='{room}/{nick}'>{ENTER}</presence>")
    await client.receives(
        f"<presence from='{room}/{nick}'><x xmlns='{USER}'><status code='110'/></x></presence>",
        f"<message type='groupchat' to='{client.jid}'><subject/></message>",
    )
    return client


async def says(client: Client, room: str, body: str) -> None:
    """Speak to all, and hear oneself."""
    await client.sends(f"<message type='groupchat' to='{room}'><body>{body}</body></message>")
    await client.receives(f"<message type='groupchat'><body>{body}</body></message>")


async def test_a_conversation(prosody: Prosody, muc: ComponentProcess) -> None:
    """XEP-0045 §7: enter a fixed room, talk to all, whisper, leave."""
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), HELP, "Alice")
    bob = await enters(await prosody.client("bob", "phone"), HELP, "Bob")
    await alice.receives(f"<presence from='{HELP}/Bob'/>")
    await says(bob, HELP, "Grüße &amp; Küsse")
    await alice.receives(
        f"<message from='{HELP}/Bob' type='groupchat'><body>Grüße &amp; Küsse</body></message>"
    )
    await alice.sends(f"<message type='chat' to='{HELP}/Bob'><body>psst</body></message>")
    await bob.receives(
        f"<message type='chat' from='{HELP}/Alice'><body>psst</body><x xmlns='{USER}'/></message>"
    )
    await bob.sends(f"<presence type='unavailable' to='{HELP}/Bob'/>")
    await alice.receives(f"<presence type='unavailable' from='{HELP}/Bob'/>")


async def test_a_room_with_a_password(prosody: Prosody, muc: ComponentProcess) -> None:
    """§10.1.3, §7.2.5: create and configure a room; the wrong password, then the right one."""
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), TEA, "Alice")
    form = "".join(
        f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
        for name, value in (("passwordprotectedroom", "1"), ("roomsecret", "crumpet"))
    )
    answer = await alice.asks(
        "<query xmlns='http://jabber.org/protocol/muc#owner'>"
        f"<x xmlns='jabber:x:data' type='submit'>{form}</x></query>",
        to=TEA,
        kind="set",
    )
    assert answer.get("type") == "result"
    bob = await prosody.client("bob", "phone")
    enter = f"<presence to='{TEA}/Bob'><x xmlns='http://jabber.org/protocol/muc'><password>%s</password></x></presence>"
    await bob.sends(enter % "scone")
    await bob.receives(
        "<presence type='error'><error>"
        "<not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    )
    await bob.sends(enter % "crumpet")
    await alice.receives(f"<presence from='{TEA}/Bob'/>")


async def test_the_server_removes_those_who_go_offline(prosody: Prosody, muc: ComponentProcess) -> None:
    """§7.14: the user's server sends the unavailable presence."""
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), HELP, "Alice")
    bob = await enters(await prosody.client("bob", "phone"), HELP, "Bob")
    await bob.leaves()
    await alice.receives(f"<presence type='unavailable' from='{HELP}/Bob'/>")


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_the_process_ends_and_returns(prosody: Prosody, muc: ComponentProcess, end: str) -> None:
    """Killed or stopped: occupants stay in their rooms, and nobody but the operator notices."""
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), TEA, "Alice")
    await alice.asks(
        "<query xmlns='http://jabber.org/protocol/muc#owner'>"
        "<x xmlns='jabber:x:data' type='submit'/></query>",
        to=TEA,
        kind="set",
    )
    bob = await enters(await prosody.client("bob", "phone"), TEA, "Bob")
    await alice.receives(f"<presence from='{TEA}/Bob'/>")
    await says(bob, TEA, "before")
    await alice.receives("<message><body>before</body></message>")
    getattr(muc, end)()
    muc.start()
    await says(bob, TEA, "after")
    await alice.receives_next(f"<message from='{TEA}/Bob'><body>after</body></message>")
    carol = await prosody.client("carol", "pad")
    await carol.sends(f"<presence to='{TEA}/Carol'>{ENTER}</presence>")
    await carol.receives(
        f"<presence from='{TEA}/Alice'><x xmlns='{USER}'><item affiliation='owner'/></x></presence>",
        f"<presence from='{TEA}/Bob'/>",
        "<message><body>before</body><delay xmlns='urn:xmpp:delay'/></message>",
        "<message><body>after</body><delay xmlns='urn:xmpp:delay'/></message>",
    )


async def test_who_left_meanwhile_is_found(prosody: Prosody, muc: ComponentProcess) -> None:
    """§11.1: an occupant who went offline while the service was away is removed by the first bounce."""
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), HELP, "Alice")
    bob = await enters(await prosody.client("bob", "phone"), HELP, "Bob")
    muc.kill()
    await bob.leaves()
    muc.start()
    await says(alice, HELP, "anybody?")
    await alice.receives(
        f"<presence type='unavailable' from='{HELP}/Bob'><x xmlns='{USER}'><status code='333'/>"
        "</x></presence>"
    )


async def test_the_server_returns(prosody: Prosody, muc: ComponentProcess) -> None:
    """The component connects again, by itself, when the server was away."""
    muc.start()
    prosody.stop()
    until(lambda: muc.health()["link"] == "down")
    prosody.start()
    until(lambda: muc.health()["link"] == "up")
    await says(await enters(await prosody.client("alice", "desk"), HELP, "Alice"), HELP, "again")


def test_no_server_yet(prosody: Prosody, muc: ComponentProcess) -> None:
    """Start order does not matter."""
    prosody.stop()
    muc.launch()
    until(lambda: muc.health().get("state") == "ready")
    assert muc.health()["link"] == "down"
    prosody.start()
    until(lambda: muc.health()["link"] == "up")
    assert muc.stop() == 0


def test_wrong_secret(prosody: Prosody, muc: ComponentProcess) -> None:
    """The log says what is wrong; the process goes on trying and can be stopped."""
    muc.configure(configuration(prosody, secret="sesame"))
    muc.launch()
    until(lambda: "not-authorized" in muc.log.read_text())
    assert "is the secret the same on both sides?" in muc.log.read_text()
    assert muc.health()["link"] == "down"
    assert muc.stop() == 0


def test_control_socket(prosody: Prosody, muc: ComponentProcess) -> None:
    """Health, figures and metrics of a running service, and what cannot be asked."""
    muc.start()
    health = muc.health()
    assert health["name"] == "muc"
    assert health["state"] == "ready"
    assert health["memory"] > 10_000_000
    assert muc.asks({"command": "figures"})["result"]["rooms"] == 1
    assert "muc_rooms 1.0" in muc.asks({"command": "metrics"})["result"]["text"]
    assert "health" in muc.asks({"command": "dance"})["error"]
    assert muc.home.control_socket("muc").stat().st_mode & 0o777 == 0o600


def test_stop_by_command(muc: ComponentProcess) -> None:
    """The command is answered, then the process ends in order and takes its socket away."""
    muc.start()
    assert muc.asks({"command": "stop"}) == {"ok": True, "result": {}}
    assert muc.wait() == 0
    assert not muc.home.control_socket("muc").exists()


def test_reload(prosody: Prosody, muc: ComponentProcess) -> None:
    """What can be applied is; what cannot is named; a broken file changes nothing."""
    muc.start()
    muc.configure(configuration(prosody, "[muc.rooms.coffee]\n", log_level="debug"))
    assert muc.asks({"command": "reload"})["result"] == {
        "applied": ["muc.rooms", "log_level"],
        "restart_needed": [],
    }
    assert muc.asks({"command": "figures"})["result"]["rooms"] == 2
    muc.configure(configuration(prosody, "database = 'sqlite:///state/other.sqlite'"))
    assert muc.asks({"command": "reload"})["result"]["restart_needed"] == ["muc.database"]
    muc.configure(configuration(prosody, secret="new"))
    assert muc.asks({"command": "reload"})["result"]["applied"][-1] == "muc.secret"
    until(lambda: "not-authorized" in muc.log.read_text())
    muc.configure(configuration(prosody))
    muc.asks({"command": "reload"})
    until(lambda: muc.health()["link"] == "up")
    muc.configure(configuration(prosody, "room_creatoin = 'local'"))
    answer = muc.asks({"command": "reload"})
    assert not answer["ok"]
    assert "room_creation" in answer["error"]


def test_reload_by_signal(prosody: Prosody, muc: ComponentProcess) -> None:
    """SIGHUP does the same."""
    muc.start()
    muc.configure(configuration(prosody, "[muc.rooms.coffee]\n"))
    muc.signal(signal.SIGHUP)
    until(lambda: muc.asks({"command": "figures"})["result"]["rooms"] == 2)


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_broken_configuration(prosody: Prosody, muc: ComponentProcess, arguments: list[str]) -> None:
    """Every mistake on a line of its own, exit status 2, nothing opened."""
    muc.configure("domain = 5\n[muc]\nrouter = 'nowhere'\nsecrt = 'x'\ndatabase = 'oracle://x'\n")
    done = subprocess.run(muc.command(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith(str(muc.home.configuration)) for line in lines)
    assert "did you mean `secret`" in done.stderr
    assert not list(muc.home.state.iterdir())


def test_check(muc: ComponentProcess) -> None:
    """A file without mistakes: exit status 0, and nothing happens."""
    done = subprocess.run(muc.command("--check"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not list(muc.home.state.iterdir())


def test_a_database_that_cannot_be_opened(prosody: Prosody, muc: ComponentProcess) -> None:
    """One clear line and exit status 1."""
    muc.configure(configuration(prosody, "database = 'sqlite:///state'"))
    muc.launch()
    assert muc.wait() == 1
    assert "state cannot be opened: unable to open database file\n" in muc.log.read_text()


def test_files_are_the_owners(muc: ComponentProcess) -> None:
    """What was said in rooms is not for other users of the machine."""
    muc.start()
    assert all(file.stat().st_mode & 0o077 == 0 for file in muc.home.state.iterdir())


async def test_a_burst_arrives_in_order(prosody: Prosody, muc: ComponentProcess) -> None:
    """§7.4: what is said in quick succession arrives once, in the same order for all; commits are shared."""
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), HELP, "Alice")
    bob = await enters(await prosody.client("bob", "phone"), HELP, "Bob")
    numbers = [str(number) for number in range(300)]
    said = [f"<message type='groupchat' to='{HELP}'><body>{number}</body></message>" for number in numbers]
    await asyncio.gather(alice.sends(*said[:150]), bob.sends(*said[150:]))
    heard = [await bodies(client, len(said)) for client in (alice, bob)]
    assert heard[0] == heard[1]
    assert sorted(heard[0], key=int) == numbers
    figures = muc.asks({"command": "figures"})["result"]
    assert figures["commits"] < len(numbers)


async def bodies(client: Client, number: int) -> list[str]:
    """What the client hears next."""
    heard = [await client.receives("<message type='groupchat'><body/></message>") for _ in range(number)]
    return [message.findtext("{jabber:client}body") or "" for message in heard]


async def test_on_postgresql(prosody: Prosody, muc: ComponentProcess, postgresql_cluster: PostgreSQL) -> None:
    """The store may be a PostgreSQL database: the same occupants after the process was killed."""
    muc.configure(configuration(prosody, f"database = '{postgresql_cluster.database()}'"))
    muc.start()
    alice = await enters(await prosody.client("alice", "desk"), HELP, "Alice")
    bob = await enters(await prosody.client("bob", "phone"), HELP, "Bob")
    muc.kill()
    muc.start()
    await says(bob, HELP, "after")
    await alice.receives(f"<message from='{HELP}/Bob'><body>after</body></message>")
