"""What is echoed is escaped (CVE-2026-113867): whoever reads our answers reads them as they were meant."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core_router.framing.bosh import NAMESPACE as HTTPBIND
from core_router.streams.negotiation.bind import NAMESPACE as BIND
from core_router.xmpp.namespaces import CLIENT, COMPONENT, STREAM
from core_router.xmpp.text import escape
from tests.core_router import login
from tests.core_router.streams.http.callers import Caller
from tests.core_router.world import World

HOSTILE = "'\"><stream:error/>&lt;]]>\N{RIGHT-TO-LEFT OVERRIDE}<x xmlns='urn:x'"

# All that XML can carry (XML 1.0 §2.2), with what is dangerous more often than the rest.
texts = st.text(
    st.sampled_from("'\"<>&;/= \t\n\ra")
    | st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0xFFFD),
    min_size=1,
    max_size=20,
)


@given(id=texts)
def test_ids(id: str) -> None:
    alice = World().client("alice@localhost/home")
    for to in ("localhost", "alice@localhost", "nobody@localhost/x", "elsewhere.example"):
        alice.sends(f"<iq type='get' to='{to}' id='{escape(id)}'><ping xmlns='urn:xmpp:ping'/></iq>")
        [answer] = alice.received
        assert answer.get("id") == id
        alice.ignores()


@given(id=texts, lang=texts, type=texts, name=texts)
def test_attributes_that_are_delivered(id: str, lang: str, type: str, name: str) -> None:
    """RFC 6120 §8.1: all of them arrive, those of foreign namespaces too."""
    world = World()
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    alice.sends(
        f"<iq to='{bob.jid}' type='result' id='{escape(id)}' xml:lang='{escape(lang)}'"
        f" xmlns:p='urn:p' p:name='{escape(name)}'/>"
    )
    [received] = bob.received
    assert received.get("id") == id
    assert received.get("{http://www.w3.org/XML/1998/namespace}lang") == lang
    assert received.get("{urn:p}name") == name


@given(resource=texts)
def test_addresses(resource: str) -> None:
    """Resources may have nearly every character (RFC 7622 §3.4); others are refused with an answer."""
    world = World()
    alice = world.client("alice@localhost/home")
    alice.sends(f"<iq to='nobody@localhost/{escape(resource)}' type='get' id='1'><x xmlns='urn:x'/></iq>")
    [answer] = alice.received
    assert answer.get("type") == "error"


@pytest.mark.parametrize(
    "said",
    [
        f"<x xmlns='{escape(HOSTILE)}'/>",
        f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{escape(HOSTILE)}'/>",
        f"<resume xmlns='urn:xmpp:sm:3' previd='{escape(HOSTILE)}' h='{escape(HOSTILE)}'/>",
        f"<message to='{escape(HOSTILE)}'/>",
        f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{escape(HOSTILE)}'/>",
        f"<iq type='set' id='1'><bind xmlns='{BIND}'><resource>{escape(HOSTILE)}</resource></bind></iq>",
    ],
)
@pytest.mark.parametrize("logged_in", [True, False])
def test_errors_that_quote(world: World, said: str, logged_in: bool) -> None:
    """The peer would fail to parse it, were anything of it taken for markup."""
    peer = world.client("alice@localhost/home") if logged_in else world.stranger()
    if not logged_in:
        login.open_stream(peer, world.domain)
    peer.sends(said)
    assert peer.received
    assert not [found for found in peer.received if found.tag == "{urn:x}x"]


@pytest.mark.parametrize(
    "header",
    [
        {"to": escape(HOSTILE)},
        {"to": "localhost", "xml_lang": escape(HOSTILE), "version": "1.0"},
        {"to": "localhost", "from": escape(HOSTILE), "version": "1.0"},
        {"to": "localhost", "version": escape(HOSTILE)},
    ],
)
@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT])
def test_stream_headers(world: World, header: dict[str, str], namespace: str) -> None:
    peer = world.stranger() if namespace == CLIENT else world.caller()
    peer.opens(namespace, **header)
    assert {found.tag for found in peer.received} <= {f"{{{STREAM}}}features", f"{{{STREAM}}}error"}
    assert peer.header


def test_bodies_of_bosh(world: World) -> None:
    asked = "".join(f" {name}='{escape(HOSTILE)}'" for name in ("ver", "content", "xml:lang"))
    body = f"<body xmlns='{HTTPBIND}' rid='1' to='localhost'{asked}/>"
    reply = Caller(world).asks("POST", "/http-bind", body.encode())
    assert not re.search(r"[\r\n<>]", reply.headers["content-type"])
    assert etree.fromstring(reply.content).tag == f"{{{HTTPBIND}}}body"
