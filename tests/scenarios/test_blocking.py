"""Somebody is blocked: XEP-0191."""

from tests.scenarios.dialogue import Client
from tests.scenarios.scene import Connect, befriend

BLOCKING = "urn:xmpp:blocking"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


async def change(client: Client, name: str, jid: str) -> None:
    """Block or unblock."""
    request = f"<{name} xmlns='{BLOCKING}'><item jid='{jid}'/></{name}>"
    assert (await client.asks(request, kind="set")).get("type") == "result"


async def test_who_is_blocked_neither_sees_nor_reaches_the_other(connect: Connect) -> None:
    """§3.3, §3.4: from a mutual subscription to silence, and back."""
    alice, eve = await connect("alice"), await connect("eve")
    await befriend(alice, eve)
    await alice.asks(f"<blocklist xmlns='{BLOCKING}'/>")
    await change(alice, "block", eve.bare)
    await alice.receives(f"<iq type='set'><block xmlns='{BLOCKING}'><item jid='{eve.bare}'/></block></iq>")
    await eve.receives(f"<presence type='unavailable' from='{alice.jid}'/>")

    await eve.sends(f"<message type='chat' to='{alice.bare}' id='1'><body>Hello?</body></message>")
    await eve.receives(
        f"<message type='error' id='1'><error><service-unavailable xmlns='{STANZAS}'/></error></message>"
    )
    await alice.sends(f"<message type='chat' to='{eve.bare}' id='2'><body>Oops</body></message>")
    await alice.receives(
        f"<message type='error' id='2'><error><not-acceptable xmlns='{STANZAS}'/>"
        "<blocked xmlns='urn:xmpp:blocking:errors'/></error></message>"
    )
    await alice.receives_nothing_more(after=(eve,))

    await change(alice, "unblock", eve.bare)
    await eve.receives(f"<presence from='{alice.jid}'/>")
    await alice.receives(f"<presence from='{eve.jid}'/>")
    await eve.sends(f"<message type='chat' to='{alice.bare}'><body>Again</body></message>")
    await alice.receives("<message><body>Again</body></message>")


async def test_the_list_is_the_same_at_the_next_login(connect: Connect) -> None:
    """§3.3: a block applies across sessions."""
    alice, eve = await connect("alice"), await connect("eve")
    await change(alice, "block", eve.bare)
    await alice.leaves()
    alice = await connect("alice")
    blocked = await alice.asks(f"<blocklist xmlns='{BLOCKING}'/>")
    assert [item.get("jid") for item in blocked[0]] == [eve.bare]
