"""One stanza for many: XEP-0033, as components of other makers find and use it."""

from tests.scenarios.component import ECHO, Components
from tests.scenarios.scene import Connect

ADDRESS = "http://jabber.org/protocol/address"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
INFO = "http://jabber.org/protocol/disco#info"


async def test_found_and_used(components: Components, connect: Connect) -> None:
    """XEP-0033 §2.1, §6: each gets a copy, in the order of what the component sends."""
    echo, alice, bob = await components.connect(), await connect("alice"), await connect("bob")
    await echo.sends(f"<iq type='get' id='q' from='{ECHO}' to='localhost'><query xmlns='{INFO}'/></iq>")
    offer = f"<query xmlns='{INFO}'><feature var='{ADDRESS}'/></query>"
    await echo.receives(f"<iq type='result' id='q'>{offer}</iq>")
    jids = (alice.jid, bob.jid, f"nobody@{alice.jid.partition('@')[2].partition('/')[0]}")
    header = "".join(f"<address type='bcc' jid='{jid}'/>" for jid in jids)
    await echo.sends(
        f"<message type='groupchat' id='1' from='a@{ECHO}/b' to='localhost'>"
        f"<addresses xmlns='{ADDRESS}'>{header}</addresses><body>To all</body></message>"
        f"<message type='groupchat' id='2' from='a@{ECHO}/b' to='{bob.jid}'><body>To Bob</body></message>"
    )
    await alice.receives(
        f"<message type='groupchat' id='1' from='a@{ECHO}/b' to='{alice.jid}'><body>To all</body></message>"
    )
    await bob.receives_next("<message id='1'><body>To all</body></message>")
    await bob.receives_next("<message id='2'/>")
    await echo.receives(f"<message type='error' id='1' from='{jids[2]}'/>")


async def test_not_for_clients(connect: Connect) -> None:
    """§2.2."""
    alice, bob = await connect("alice"), await connect("bob")
    header = f"<addresses xmlns='{ADDRESS}'><address type='bcc' jid='{bob.jid}'/></addresses>"
    await alice.sends(f"<message to='localhost' id='1'>{header}<body>To all</body></message>")
    forbidden = f"<error><forbidden xmlns='{STANZAS}'/></error>"
    await alice.receives(f"<message type='error' id='1'>{forbidden}</message>")
    await bob.receives_nothing_more(after=(alice,))
