"""One user with several devices: XEP-0280, and XEP-0359 for knowing a message again."""

from tests.scenarios.dialogue import Client
from tests.scenarios.scene import Connect

CARBONS = "urn:xmpp:carbons:2"


async def enable(client: Client) -> None:
    """Ask for copies."""
    assert (await client.asks(f"<enable xmlns='{CARBONS}'/>", kind="set")).get("type") == "result"


def copy(direction: str, message: str) -> str:
    """A copy of a message."""
    message = message.replace("<message", "<message xmlns='jabber:client'", 1)
    return (
        f"<message><{direction} xmlns='{CARBONS}'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"{message}</forwarded></{direction}></message>"
    )


async def test_a_conversation_is_seen_on_every_device(connect: Connect) -> None:
    """XEP-0280 §7, §8."""
    desk, phone = await connect("alice", resource="desk"), await connect("alice", resource="phone")
    bob = await connect("bob")
    await enable(phone)
    await bob.sends(f"<message type='chat' to='{desk.jid}'><body>Lunch?</body></message>")
    await desk.receives(f"<message from='{bob.jid}'><body>Lunch?</body></message>")
    await phone.receives(copy("received", f"<message from='{bob.jid}'><body>Lunch?</body></message>"))
    await desk.sends(f"<message type='chat' to='{bob.jid}'><body>At noon</body></message>")
    await bob.receives(f"<message from='{desk.jid}'><body>At noon</body></message>")
    await phone.receives(copy("sent", f"<message from='{desk.jid}'><body>At noon</body></message>"))


async def test_what_is_private_stays_on_the_device(connect: Connect) -> None:
    """XEP-0280 §9."""
    desk, phone = await connect("alice", resource="desk"), await connect("alice", resource="phone")
    bob = await connect("bob")
    await enable(phone)
    await phone.receives(f"<presence from='{desk.jid}'/>")
    await bob.sends(
        f"<message type='chat' to='{desk.jid}'><body>Psst</body><private xmlns='{CARBONS}'/>"
        "<no-copy xmlns='urn:xmpp:hints'/></message>"
    )
    await desk.receives("<message><body>Psst</body></message>", without=(f"<private xmlns='{CARBONS}'/>",))
    await phone.receives_nothing_more(after=(bob, desk))


async def test_the_copy_bears_the_id_of_the_original(connect: Connect) -> None:
    """XEP-0359: by the account."""
    desk, phone = await connect("alice", resource="desk"), await connect("alice", resource="phone")
    bob = await connect("bob")
    await enable(phone)
    await bob.sends(f"<message type='chat' to='{desk.jid}'><body>Hello</body></message>")
    original = await desk.receives("<message><body>Hello</body></message>")
    [found] = original.iterfind("{urn:xmpp:sid:0}stanza-id")
    assert found.get("by") == desk.bare
    await phone.receives(
        copy("received", f"<message><stanza-id xmlns='urn:xmpp:sid:0' id='{found.get('id')}'/></message>")
    )
