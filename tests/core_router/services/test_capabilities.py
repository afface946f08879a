"""XEP-0115 and XEP-0390: the hashes of the standards' examples, and where this server has its own."""

import base64
import hashlib

import pytest

from core_router.feature import InfoForm
from core_router.services.capabilities import CAPS, CAPS_2, capability_hash, verification_string
from core_router.services.disco import INFO, Info
from tests.core_router import login
from tests.core_router.world import PASSWORD, Client, World
from tests.scenarios.matching import Element

# XEP-0115 §5.2.
EXODUS = Info(
    "client",
    "pc",
    (
        "http://jabber.org/protocol/muc",
        "http://jabber.org/protocol/caps",
        "http://jabber.org/protocol/disco#items",
        "http://jabber.org/protocol/disco#info",
    ),
    name="Exodus 0.9.1",
)
# XEP-0390 §4.5.1.
BOMBUS = Info(
    "client",
    "mobile",
    (
        "http://jabber.org/protocol/si",
        "http://jabber.org/protocol/bytestreams",
        "http://jabber.org/protocol/chatstates",
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/disco#items",
        "urn:xmpp:ping",
        "jabber:iq:time",
        "jabber:iq:privacy",
        "jabber:iq:version",
        "http://jabber.org/protocol/rosterx",
        "urn:xmpp:time",
        "jabber:x:oob",
        "http://jabber.org/protocol/ibb",
        "http://jabber.org/protocol/si/profile/file-transfer",
        "urn:xmpp:receipts",
        "jabber:iq:roster",
        "jabber:iq:last",
    ),
    name="BombusMod",
)
FORMS = (
    InfoForm("urn:z", (("os", ("Mac",)), ("ip", ("v6", "v4", "é")))),
    InfoForm("urn:a", ()),
)


def test_a_verification_string() -> None:
    """XEP-0115 §5.2: the simple example."""
    assert verification_string(EXODUS) == "QgayPKawpkPSDYmwT/WM94uAlu0="


def test_a_verification_string_with_forms() -> None:
    """XEP-0115 §5.1, steps 6 and 7: forms, fields and values in their order."""
    info = Info("server", "im", ("b", "a"), FORMS, name="S")
    spelled = "server/im//S<a<b<urn:a<urn:z<ip<v4<v6<é<os<Mac<"
    assert verification_string(info) == base64.b64encode(hashlib.sha1(spelled.encode()).digest()).decode()


def test_a_capability_hash() -> None:
    """XEP-0390 §4.5.1: the simple example."""
    assert capability_hash(BOMBUS) == "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8="


def test_a_capability_hash_with_forms() -> None:
    """XEP-0390 §4.1: FORM_TYPE is a field like others; forms are sorted as a whole."""
    info = Info("server", "im", ("b", "a"), FORMS, name="S")
    first = "FORM_TYPE\x1furn:a\x1f\x1e\x1d"
    second = "FORM_TYPE\x1furn:z\x1f\x1eip\x1fv4\x1fv6\x1fé\x1f\x1eos\x1fMac\x1f\x1e\x1d"
    spelled = f"a\x1fb\x1f\x1cserver\x1fim\x1f\x1fS\x1f\x1e\x1c{first}{second}\x1c"
    expected = base64.b64encode(hashlib.sha256(spelled.encode()).digest()).decode()
    assert capability_hash(info) == expected


# -- of this server ---------------------------------------------------------------------------------


@pytest.fixture
def offered(world: World) -> Element:
    """The stream features after authentication."""
    alice = world.stranger()
    world.account("alice@localhost")
    login.open_stream(alice, "localhost")
    login.authenticate(alice, "alice", PASSWORD, "PLAIN")
    return login.open_stream(alice, "localhost")


def info(client: Client, node: str) -> Element:
    return client.asks(f"<query xmlns='{INFO}' node='{node}'/>", to="localhost")


def as_info(query: Element) -> Info:
    [identity] = query.findall(f"{{{INFO}}}identity")
    features = tuple(str(found.get("var")) for found in query.iterfind(f"{{{INFO}}}feature"))
    category, type, name = (str(identity.get(key)) for key in ("category", "type", "name"))
    return Info(category, type, features, name=name)


def test_the_stream_tells_them_and_service_discovery_bears_them_out(offered: Element, alice: Client) -> None:
    """XEP-0115 §6.3, §6.2."""
    caps = offered.find(f"{{{CAPS}}}c")
    assert caps is not None
    assert caps.get("hash") == "sha-1"
    node = f"{caps.get('node')}#{caps.get('ver')}"
    query = info(alice, node)[0]
    assert query.get("node") == node
    assert verification_string(as_info(query)) == caps.get("ver")


def test_so_do_those_of_the_second_version(offered: Element, alice: Client) -> None:
    """XEP-0390 §5.2, §4.3."""
    [hash] = offered.iterfind(f"{{{CAPS_2}}}c/*")
    node = f"urn:xmpp:caps#{hash.get('algo')}.{hash.text}"
    query = info(alice, node)[0]
    assert query.get("node") == node
    assert capability_hash(as_info(query)) == hash.text


def test_of_another_hash_nothing_is_known(alice: Client) -> None:
    answer = info(alice, "urn:xmpp:caps#sha-256.AAAA")
    assert answer.get("type") == "error"


def test_support_is_announced(alice: Client) -> None:
    """XEP-0115 §7, XEP-0390 §5.1."""
    query = alice.asks(f"<query xmlns='{INFO}'/>", to="localhost")[0]
    assert query.get("node") is None
    assert {CAPS, CAPS_2} <= set(as_info(query).features)
