"""What a client asks the server, and the errors for what cannot be answered."""

import pytest

from tests.scenarios.scene import Connect, Scene

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
NONSENSE = "<query xmlns='urn:example:nobody-knows-this'/>"


async def test_the_server_says_what_it_can_do(connect: Connect, scene: Scene) -> None:
    """XEP-0030 §3.1."""
    alice = await connect("alice")
    answer = await alice.asks(f"<query xmlns='{INFO}'/>", to=scene.domain)
    query = answer[0]
    assert query.find(f"{{{INFO}}}identity[@category='server'][@type='im']") is not None
    features = {str(feature.get("var")) for feature in query.iterfind(f"{{{INFO}}}feature")}
    assert {INFO, ITEMS, "urn:xmpp:ping", "jabber:iq:version", "msgoffline"} <= features


async def test_the_server_lists_its_room_service(connect: Connect, scene: Scene) -> None:
    """XEP-0030 §3.2: components are found among the items of the domain."""
    alice = await connect("alice")
    answer = await alice.asks(f"<query xmlns='{ITEMS}'/>", to=scene.domain)
    items = [item.get("jid") for item in answer[0]]
    assert f"conference.{scene.domain}" in items


async def test_the_server_tells_its_version(connect: Connect, scene: Scene) -> None:
    """XEP-0092."""
    alice = await connect("alice")
    answer = await alice.asks("<query xmlns='jabber:iq:version'/>", to=scene.domain)
    assert answer.findtext("{jabber:iq:version}query/{jabber:iq:version}name") == "Stellwerk"
    assert answer.findtext("{jabber:iq:version}query/{jabber:iq:version}version")


async def test_server_and_account_answer_a_ping(connect: Connect, scene: Scene) -> None:
    """XEP-0199 §4.1, §4.2: of the client to its server, with and without naming it."""
    alice = await connect("alice")
    for to in (scene.domain, alice.bare, ""):
        answer = await alice.asks("<ping xmlns='urn:xmpp:ping'/>", to=to)
        assert answer.get("type") == "result", to


async def test_one_client_asks_another(connect: Connect) -> None:
    """RFC 6121 §8.5.3.1: an IQ to a full address is delivered there, and so is the answer."""
    alice, bob = await connect("alice"), await connect("bob")
    await alice.sends(f"<iq type='get' to='{bob.jid}' id='q1'>{NONSENSE}</iq>")
    await bob.receives(f"<iq type='get' from='{alice.jid}' to='{bob.jid}' id='q1'>{NONSENSE}</iq>")
    await bob.sends(f"<iq type='result' to='{alice.jid}' id='q1'/>")
    await alice.receives(f"<iq type='result' from='{bob.jid}' id='q1'/>")


@pytest.mark.parametrize("kind", ["get", "set"])
@pytest.mark.parametrize("to", ["{domain}", "{bare}", "{bob}", "{bob}/gone", "nobody@{domain}", ""])
async def test_what_nobody_knows_is_refused(connect: Connect, scene: Scene, to: str, kind: str) -> None:
    """RFC 6120 §8.4, RFC 6121 §8.5: service-unavailable from whoever was asked."""
    alice = await connect("alice")
    to = to.format(domain=scene.domain, bare=alice.bare, bob=scene.bare("bob"))
    answer = await alice.asks(NONSENSE, to=to, kind=kind)
    assert answer.get("type") == "error"
    assert answer.get("from") in (to or None, alice.bare)
    assert answer.find(f"{{jabber:client}}error[@type='cancel']/{{{STANZAS}}}service-unavailable") is not None


async def test_a_node_that_does_not_exist(connect: Connect, scene: Scene) -> None:
    """XEP-0030 §7: item-not-found."""
    alice = await connect("alice")
    answer = await alice.asks(f"<query xmlns='{INFO}' node='nowhere'/>", to=scene.domain)
    assert answer.find(f"{{jabber:client}}error/{{{STANZAS}}}item-not-found") is not None


async def test_an_address_that_is_none(connect: Connect) -> None:
    """RFC 6120 §8.3.3.8: jid-malformed; the stream lives on."""
    alice = await connect("alice")
    for address in ("@", "a@b@c", "two words@localhost", "/resource", "a" * 1024 + "@localhost"):
        await alice.sends(f"<message to='{address}' id='m'><body>?</body></message>")
        await alice.receives(
            f"<message type='error' id='m'><error><jid-malformed xmlns='{STANZAS}'/></error></message>"
        )
    await alice.is_answered()


@pytest.mark.parametrize(
    "stanza",
    [
        "<iq type='get' id='x'/>",  # §8.2.3, rule 2: one child
        "<iq type='get' id='x'><a xmlns='urn:example'/><b xmlns='urn:example'/></iq>",
        "<iq type='request' id='x'><ping xmlns='urn:xmpp:ping'/></iq>",  # no such type
        "<iq id='x'><ping xmlns='urn:xmpp:ping'/></iq>",  # the type is required
    ],
)
async def test_an_iq_that_breaks_the_rules(connect: Connect, stanza: str) -> None:
    """RFC 6120 §8.2.3: bad-request; the stream lives on."""
    alice = await connect("alice")
    await alice.sends(stanza)
    await alice.receives(f"<iq type='error' id='x'><error><bad-request xmlns='{STANZAS}'/></error></iq>")
    await alice.is_answered()


async def test_to_a_domain_that_is_not_ours(connect: Connect) -> None:
    """RFC 6120 §10.4.1: without a way to other servers, remote-server-not-found."""
    alice = await connect("alice")
    answer = await alice.asks(NONSENSE, to="example.invalid")
    assert answer.get("from") == "example.invalid"
    assert answer.find(f"{{jabber:client}}error/{{{STANZAS}}}remote-server-not-found") is not None
