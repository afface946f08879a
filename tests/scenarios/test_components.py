"""The rights and duties of a component: XEP-0114."""

import pytest

from tests.scenarios.component import ECHO, QUIET, SECRET, Components, handshake
from tests.scenarios.scene import Connect, Scene

ITEMS = "http://jabber.org/protocol/disco#items"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


async def test_a_message_goes_to_the_component_and_back(components: Components, connect: Connect) -> None:
    echo, alice = await components.connect(), await connect("alice")
    payload = "<body>Größe &lt; 5</body><x xmlns='urn:example'><y/></x>"
    await alice.sends(f"<message to='somebody@{ECHO}/x' type='chat' id='m1'>{payload}</message>")
    await echo.receives(
        f"<message from='{alice.jid}' to='somebody@{ECHO}/x' type='chat' id='m1'>{payload}</message>"
    )
    await echo.sends(f"<message from='anybody@{ECHO}' to='{alice.jid}' id='m2'>{payload}</message>")
    await alice.receives(f"<message from='anybody@{ECHO}' to='{alice.jid}' id='m2'>{payload}</message>")


async def test_an_iq_and_presence_go_to_the_component(components: Components, connect: Connect) -> None:
    echo, alice = await components.connect(), await connect("alice")
    await alice.sends(f"<iq type='get' to='{ECHO}' id='q'><ping xmlns='urn:xmpp:ping'/></iq>")
    await echo.receives(f"<iq type='get' from='{alice.jid}' id='q'><ping xmlns='urn:xmpp:ping'/></iq>")
    await echo.sends(f"<iq type='result' from='{ECHO}' to='{alice.jid}' id='q'/>")
    await alice.receives(f"<iq type='result' from='{ECHO}' id='q'/>")
    await alice.sends(f"<presence to='room@{ECHO}/alice'/>")
    await echo.receives(f"<presence from='{alice.jid}' to='room@{ECHO}/alice'/>")
    await alice.leaves()
    await echo.receives(f"<presence type='unavailable' from='{alice.jid}' to='room@{ECHO}/alice'/>")


async def test_two_components_talk_to_each_other(components: Components) -> None:
    echo, quiet = await components.connect(ECHO), await components.connect(QUIET)
    await echo.sends(f"<message from='a@{ECHO}' to='b@{QUIET}'><body>Hello</body></message>")
    await quiet.receives(f"<message from='a@{ECHO}' to='b@{QUIET}'><body>Hello</body></message>")


async def test_who_returns_takes_the_place_of_the_connection_left_behind(
    components: Components, connect: Connect
) -> None:
    """A connection that is half dead must not keep the component out."""
    left_behind, alice = await components.connect(), await connect("alice")
    returned = await components.connect()
    await left_behind.is_told("conflict")
    await alice.sends(f"<message to='{ECHO}' id='m'><body>Hello</body></message>")
    await returned.receives("<message id='m'/>")


async def test_after_an_abrupt_end_it_is_accepted_at_once(components: Components) -> None:
    for _ in range(5):
        await (await components.connect()).stream.close()
    await components.connect()


async def test_a_wrong_secret(components: Components) -> None:
    """XEP-0114 §3, example 4."""
    for wrong in ("guess", SECRET.upper(), ""):
        stranger = await components.opened()
        await stranger.sends(handshake(stranger, wrong))
        await stranger.is_told("not-authorized")


async def test_a_wrong_secret_does_not_disturb_the_rightful_component(
    components: Components, connect: Connect
) -> None:
    echo, alice = await components.connect(), await connect("alice")
    stranger = await components.opened()
    await stranger.sends(handshake(stranger, "guess"))
    await stranger.is_told("not-authorized")
    await alice.sends(f"<message to='{ECHO}' id='m'><body>Hello</body></message>")
    await echo.receives("<message id='m'/>")


@pytest.mark.parametrize(
    ("domain", "condition"),
    [("localhost", "conflict"), ("unknown.localhost", "host-unknown"), ("a b", "improper-addressing")],
)
async def test_a_domain_it_cannot_have(components: Components, domain: str, condition: str) -> None:
    """The header comes first, then the error (RFC 6120 §4.9.1.2)."""
    stranger = await components.opened(domain)
    await stranger.is_told(condition)
    assert stranger.stream.header["id"]


async def test_it_is_listed_unless_it_is_hidden(
    components: Components, connect: Connect, scene: Scene
) -> None:
    """XEP-0030 §3.2."""
    await components.connect(ECHO)
    await components.connect(QUIET)
    alice = await connect("alice")
    answer = await alice.asks(f"<query xmlns='{ITEMS}'/>", to=scene.domain)
    listed = [item.get("jid") for item in answer[0]]
    assert ECHO in listed
    assert QUIET not in listed


@pytest.mark.parametrize("sender", ["localhost", "alice@localhost", QUIET, f"echo{ECHO}"])
async def test_it_speaks_for_its_own_domain_only(components: Components, sender: str) -> None:
    """XEP-0114 §3: a foreign `from`."""
    echo = await components.connect()
    await echo.sends(f"<message from='{sender}' to='localhost'><body>Forged</body></message>")
    await echo.is_told("invalid-from")


@pytest.mark.parametrize(
    ("stanza", "condition"),
    [
        (f"<message from='a@{ECHO}' id='x'><body/></message>", "bad-request"),
        ("<message to='localhost' id='x'><body/></message>", "bad-request"),
        (f"<message from='a@{ECHO}' to='@' id='x'><body/></message>", "jid-malformed"),
        (f"<iq type='get' from='{ECHO}' to='localhost' id='x'/>", "bad-request"),
        (
            f"<iq type='get' from='{ECHO}' to='localhost' id='x'><a xmlns='urn:example'/></iq>",
            "service-unavailable",
        ),
    ],
)
async def test_a_sloppy_component_stays_connected(
    components: Components, connect: Connect, stanza: str, condition: str
) -> None:
    """An error for the stanza, not for the stream."""
    echo, alice = await components.connect(), await connect("alice")
    await echo.sends(stanza)
    kind = stanza.split()[0]
    await echo.receives(
        f"{kind} type='error' id='x'><error><{condition} xmlns='{STANZAS}'/></error></{kind[1:]}>"
    )
    await echo.sends(f"<message from='a@{ECHO}' to='{alice.jid}' id='y'/>")
    await alice.receives("<message id='y'/>")


@pytest.mark.parametrize(
    ("sent", "condition"),
    [
        ("<message></presence>", "not-well-formed"),
        ("<message><!-- hello --></message>", "restricted-xml"),
        (b"<message>\xff</message>", "not-well-formed"),
        ("<message xmlns='jabber:client' from='a@b' to='c@d'/>", "invalid-namespace"),
        (
            f"<message from='a@{ECHO}' to='localhost'><body>{'x' * 600_000}</body></message>",
            "policy-violation",
        ),
    ],
)
async def test_what_breaks_the_stream(components: Components, sent: str | bytes, condition: str) -> None:
    """RFC 6120 §4.9.3; afterwards the component can come back."""
    echo = await components.connect()
    await echo.sends(sent)
    await echo.is_told(condition)
    await components.connect()


async def test_nothing_is_said_before_the_handshake(components: Components) -> None:
    stranger = await components.opened()
    await stranger.sends(f"<message from='a@{ECHO}' to='localhost'/>")
    await stranger.is_told("not-authorized")


async def test_a_client_is_no_component(components: Components) -> None:
    """XEP-0114 §3: the content namespace is its own."""
    stranger = await components.stranger()
    stranger.stream.namespace = "jabber:client"
    await stranger.stream.restart(ECHO)
    await stranger.is_told("invalid-namespace")
