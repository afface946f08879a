from tests.scenarios.scene import Connect


async def test_a_message_arrives_with_the_senders_full_address(connect: Connect) -> None:
    alice, bob = await connect("alice"), await connect("bob")
    await alice.sends(f"<message to='{bob.jid}' type='chat' id='m1'><body>Hello</body></message>")
    await bob.receives_next(
        f"<message from='{alice.jid}' to='{bob.jid}' type='chat' id='m1'><body>Hello</body></message>"
    )
    await bob.receives_nothing_more(after=(alice,))
