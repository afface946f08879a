"""XEP-0060 with another maker's server: its pubsub service sends quotes, its client is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Home
from tests.components.process import ComponentProcess
from tests.scenarios.dialogue import Client
from tests.servers.prosody import Prosody

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("runner")]

ALERTS, PUBSUB = "alerts.localhost", "pubsub.localhost"
NAMESPACE = "http://jabber.org/protocol/pubsub"

CONFIGURATION = """\
domain = "localhost"
[notifier]
router = "127.0.0.1:{port}"
secret = "mellon"
http = {{ port = 0 }}
[notifier.watch]
nodes = [{{ service = "pubsub.localhost", node = "quotes" }}]
"""


@pytest.fixture
def prosody(short_path: Path) -> Iterator[Prosody]:
    """With a pubsub service, whose administrator is ann."""
    directory = short_path / "prosody"
    directory.mkdir()
    server = Prosody(directory, {ALERTS: "mellon"})
    with (directory / "prosody.cfg.lua").open("a") as configuration:
        configuration.write(f'Component "{PUBSUB}" "pubsub"\nadmins = {{ "ann@localhost" }}\n')
    server.start()
    yield server
    server.stop()


@pytest.fixture
def notifier(prosody: Prosody, short_path: Path) -> Iterator[ComponentProcess]:
    """Not started yet."""
    text = CONFIGURATION.format(port=prosody.component_port)
    process = ComponentProcess("notifier", Home(short_path), text)
    yield process
    process.end()


async def publish(ann: Client, price: str) -> None:
    """One quote as an item."""
    answer = await ann.asks(
        f"<pubsub xmlns='{NAMESPACE}'><publish node='quotes'><item><quotes xmlns='urn:stellwerk:quotes:0'>"
        f"<quote symbol='500000' price='{price}'/></quotes></item></publish></pubsub>",
        to=PUBSUB,
        kind="set",
    )
    assert answer.get("type") == "result"


async def test_quotes_of_a_node(prosody: Prosody, notifier: ComponentProcess) -> None:
    """The notifier subscribes when it is connected; each item is a quote; the watch tells."""
    ann = await prosody.client("ann", "desk")
    created = await ann.asks(
        f"<pubsub xmlns='{NAMESPACE}'><create node='quotes'/></pubsub>", to=PUBSUB, kind="set"
    )
    assert created.get("type") == "result"
    notifier.start()
    await ann.sends(f"<message type='chat' to='{ALERTS}'><body>watch 500000 &lt; 12.50</body></message>")
    await ann.receives("<message type='chat'><body/></message>")
    # The subscription was sent before the answer to this, and the server handles both in their order.
    await publish(ann, "12.50")
    await publish(ann, "12.48")
    told = await ann.receives("<message type='chat'><body/></message>")
    assert (told.findtext("{jabber:client}body") or "").startswith("500000 at 12.48: below 12.50")
    assert notifier.asks({"command": "figures"})["result"]["quotes"] == 2
