"""Messages between accounts of one server: RFC 6121 §5 and §8.5, XEP-0160."""

import datetime

from tests.scenarios.scene import Connect, Scene

DELAY = "<delay xmlns='urn:xmpp:delay'/>"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


async def test_a_message_arrives_with_the_senders_full_address(connect: Connect) -> None:
    """RFC 6120 §8.1.2.1: the server stamps `from`."""
    alice, bob = await connect("alice"), await connect("bob")
    await alice.sends(f"<message to='{bob.jid}' type='chat' id='m1'><body>Hello</body></message>")
    await bob.receives_next(
        f"<message from='{alice.jid}' to='{bob.jid}' type='chat' id='m1'><body>Hello</body></message>"
    )
    await bob.receives_nothing_more(after=(alice,))


async def test_what_the_server_does_not_know_passes_unharmed(connect: Connect) -> None:
    """RFC 6120 §8.4: payloads are the clients' business: namespaces, prefixes, escapes, empty texts."""
    alice, bob = await connect("alice"), await connect("bob")
    payload = (
        "<body xml:lang='de'>Größe &lt; 5 &amp; „gut“ 🚂</body>"
        "<e:encrypted xmlns:e='urn:example:e2ee' e:key=\"a'b>c\"><e:k i='1'/>QUJD</e:encrypted>"
        "<x xmlns='urn:example:x'><y xmlns=''><![CDATA[<&>]]></y></x>"
    )
    await alice.sends(f"<message to='{bob.jid}' type='chat'>{payload}</message>")
    await bob.receives(f"<message from='{alice.jid}'>{payload}</message>")


async def test_messages_keep_their_order(connect: Connect) -> None:
    """RFC 6120 §10.1."""
    alice, bob = await connect("alice"), await connect("bob")
    await alice.sends(
        *(f"<message to='{bob.jid}' id='n{number}'><body>{number}</body></message>" for number in range(100))
    )
    for number in range(100):
        await bob.receives_next(f"<message id='n{number}'><body>{number}</body></message>")


async def test_to_the_bare_address_it_goes_to_the_highest_priority(connect: Connect) -> None:
    """RFC 6121 §8.5.2.1.1."""
    alice = await connect("alice")
    desk = await connect("bob", resource="desk", priority=10)
    phone = await connect("bob", resource="phone", priority=5)
    await desk.receives(f"<presence from='{phone.jid}'/>")
    await phone.receives(f"<presence from='{desk.jid}'/>")
    await alice.sends(f"<message to='{desk.bare}' type='chat'><body>Hello</body></message>")
    await desk.receives(f"<message from='{alice.jid}' to='{desk.bare}'><body>Hello</body></message>")
    await phone.receives_nothing_more(after=(alice,))

    # §4.7.2.3: priorities change; the next message goes where the highest one is now.
    await phone.sends("<presence><priority>20</priority></presence>")
    await desk.receives(f"<presence from='{phone.jid}'><priority>20</priority></presence>")
    await phone.receives(f"<presence from='{phone.jid}'/>")
    await alice.sends(f"<message to='{desk.bare}' type='chat'><body>Again</body></message>")
    await phone.receives("<message><body>Again</body></message>")
    await desk.receives_nothing_more(after=(alice,))


async def test_to_the_full_address_it_goes_there_whatever_the_priorities(connect: Connect) -> None:
    """RFC 6121 §8.5.3.1."""
    alice = await connect("alice")
    desk = await connect("bob", resource="desk", priority=10)
    phone = await connect("bob", resource="phone", priority=-1)
    await desk.receives(f"<presence from='{phone.jid}'/>")
    await alice.sends(f"<message to='{phone.jid}' type='chat'><body>Hello</body></message>")
    await phone.receives(f"<message from='{alice.jid}' to='{phone.jid}'><body>Hello</body></message>")
    await desk.receives_nothing_more(after=(alice,))


async def test_a_chat_to_a_resource_that_is_gone_goes_to_another(connect: Connect) -> None:
    """RFC 6121 §8.5.3.2.1: as if it had been sent to the bare address."""
    alice, bob = await connect("alice"), await connect("bob")
    await alice.sends(f"<message to='{bob.bare}/gone' type='chat'><body>Hello</body></message>")
    await bob.receives("<message><body>Hello</body></message>")


async def test_a_message_waits_for_who_is_away_and_says_since_when(connect: Connect, scene: Scene) -> None:
    """XEP-0160 §2, XEP-0203 §4: stored, and delivered once with the time of its arrival."""
    alice, bob = await connect("alice"), scene.bare("bob")
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    for number in range(3):
        await alice.sends(f"<message to='{bob}' type='chat' id='o{number}'><body>{number}</body></message>")
    await alice.receives_nothing_more()
    later = await connect("bob")
    for number in range(3):
        received = await later.receives(
            f"<message from='{alice.jid}' id='o{number}'><body>{number}</body>"
            f"<delay xmlns='urn:xmpp:delay' from='{scene.domain}' stamp='*'/></message>"
        )
        stamp = str(received.find("{urn:xmpp:delay}delay").get("stamp"))  # type: ignore[union-attr]
        assert stamp.endswith("Z")
        assert before <= datetime.datetime.fromisoformat(stamp) <= datetime.datetime.now(datetime.UTC)
    await later.leaves()
    again = await connect("bob")
    await again.receives_nothing_more()


async def test_a_message_waits_for_a_session_that_wants_messages(connect: Connect) -> None:
    """RFC 6121 §4.7.2.3: a session with a negative priority does not."""
    alice, bob = await connect("alice"), await connect("bob", priority=-1)
    await alice.sends(f"<message to='{bob.bare}' type='chat'><body>Hello</body></message>")
    await bob.receives_nothing_more(after=(alice,))
    desk = await connect("bob")
    await desk.receives(f"<message from='{alice.jid}'><body>Hello</body>{DELAY}</message>")


async def test_a_message_to_an_online_user_bears_no_delay(connect: Connect) -> None:
    """XEP-0203 §3: it is for stanzas that were delayed."""
    alice, bob = await connect("alice"), await connect("bob")
    await alice.sends(f"<message to='{bob.bare}' type='chat'><body>Hello</body></message>")
    await bob.receives("<message><body>Hello</body></message>", without=(DELAY,))


async def test_a_message_to_nobody_comes_back(connect: Connect, scene: Scene) -> None:
    """RFC 6121 §8.5.1: service-unavailable, whether the account is unknown or not."""
    alice = await connect("alice")
    await alice.sends(f"<message to='nobody@{scene.domain}' type='chat' id='m1'><body>?</body></message>")
    await alice.receives(
        f"<message type='error' from='nobody@{scene.domain}' to='{alice.jid}' id='m1'>"
        f"<error type='cancel'><service-unavailable xmlns='{STANZAS}'/></error></message>"
    )


async def test_an_error_is_never_answered(connect: Connect, scene: Scene) -> None:
    """RFC 6120 §8.3.1: otherwise two servers could do so forever."""
    alice = await connect("alice")
    error = f"<error type='cancel'><gone xmlns='{STANZAS}'/></error>"
    await alice.sends(f"<message to='nobody@{scene.domain}' type='error'>{error}</message>")
    await alice.sends(f"<iq to='nobody@{scene.domain}' type='error' id='e'>{error}</iq>")
    await alice.sends(f"<iq to='nobody@{scene.domain}' type='result' id='r'/>")
    await alice.receives_nothing_more()


async def test_a_message_to_oneself_arrives(connect: Connect) -> None:
    alice = await connect("alice")
    await alice.sends(f"<message to='{alice.bare}' type='chat'><body>Note</body></message>")
    await alice.receives(f"<message from='{alice.jid}'><body>Note</body></message>")
