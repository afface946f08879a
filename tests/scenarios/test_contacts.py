"""Rosters, subscriptions and presence of two people: RFC 6121 §2–§4."""

from tests.scenarios.scene import ROSTER, Connect, Scene, befriend, pushed


async def test_two_people_add_each_other(connect: Connect, scene: Scene) -> None:
    """RFC 6121 §3.1 and appendix A, from two strangers to a mutual subscription, step by step."""
    alice, bob = await connect("alice"), await connect("bob")
    for client in (alice, bob):
        await client.asks(f"<query xmlns='{ROSTER}'/>")

    # §2.3.1: alice puts bob on her roster; §2.1.6: the change is pushed to her.
    item = f"<item jid='{bob.bare}' name='Bob'><group>Friends</group></item>"
    await alice.sends(f"<iq type='set' id='add'><query xmlns='{ROSTER}'>{item}</query></iq>")
    await alice.receives(
        f"<iq type='set'><query xmlns='{ROSTER}'>"
        f"<item jid='{bob.bare}' name='Bob' subscription='none'><group>Friends</group></item></query></iq>",
        "<iq type='result' id='add'/>",
    )

    # §3.1.2–3.1.3: she asks for his presence.
    await alice.sends(f"<presence type='subscribe' to='{bob.bare}' id='s1'/>")
    await alice.receives(pushed(bob.bare, "subscription='none' ask='subscribe'"))
    await bob.receives(f"<presence type='subscribe' from='{alice.bare}' to='{bob.bare}' id='s1'/>")

    # §3.1.5–3.1.6: he approves, and she sees him.
    await bob.sends(f"<presence type='subscribed' to='{alice.bare}'/>")
    await bob.receives(pushed(alice.bare, "subscription='from'"))
    await alice.receives(
        f"<presence type='subscribed' from='{bob.bare}'/>",
        pushed(bob.bare, "subscription='to'"),
        f"<presence from='{bob.jid}'/>",
    )

    # And the other way round.
    await bob.sends(f"<presence type='subscribe' to='{alice.bare}'/>")
    await bob.receives(pushed(alice.bare, "subscription='from' ask='subscribe'"))
    await alice.receives(f"<presence type='subscribe' from='{bob.bare}'/>")
    await alice.sends(f"<presence type='subscribed' to='{bob.bare}'/>")
    await alice.receives(pushed(bob.bare, "subscription='both'"))
    await bob.receives(
        f"<presence type='subscribed' from='{alice.bare}'/>",
        pushed(alice.bare, "subscription='both'"),
        f"<presence from='{alice.jid}'/>",
    )
    await alice.receives_nothing_more(after=(bob,))
    await bob.receives_nothing_more(after=(alice,))


async def test_the_roster_is_the_same_at_the_next_login(connect: Connect) -> None:
    """RFC 6121 §2.1.4: it is kept on the server."""
    alice, bob = await connect("alice"), await connect("bob")
    await befriend(alice, bob)
    item = f"<item jid='{bob.bare}' name='Bob'><group>Friends</group></item>"
    await alice.asks(f"<query xmlns='{ROSTER}'>{item}</query>", kind="set")
    await alice.leaves()
    alice = await connect("alice")
    roster = await alice.asks(f"<query xmlns='{ROSTER}'/>")
    [entry] = roster[0]
    assert entry.get("jid") == bob.bare
    assert entry.get("name") == "Bob"
    assert entry.get("subscription") == "both"
    assert [group.text for group in entry] == ["Friends"]


async def test_a_change_of_the_roster_is_pushed_to_every_device_that_asked_for_it(connect: Connect) -> None:
    """RFC 6121 §2.1.6: to interested resources, and to no others."""
    phone, desk = await connect("alice", resource="phone"), await connect("alice", resource="desk")
    careless = await connect("alice", resource="careless")
    for device in (phone, desk):
        await device.asks(f"<query xmlns='{ROSTER}'/>")
    bob = await connect("bob")
    await phone.asks(f"<query xmlns='{ROSTER}'><item jid='{bob.bare}'/></query>", kind="set")
    for device in (phone, desk):
        await device.receives(pushed(bob.bare, "subscription='none'"))
    await careless.receives(f"<presence from='{phone.jid}'/>", f"<presence from='{desk.jid}'/>")
    await careless.receives_nothing_more(after=(phone,))


async def test_a_removed_contact_is_unsubscribed_both_ways(connect: Connect) -> None:
    """RFC 6121 §2.5."""
    alice, bob = await connect("alice"), await connect("bob")
    await befriend(alice, bob)
    await alice.asks(
        f"<query xmlns='{ROSTER}'><item jid='{bob.bare}' subscription='remove'/></query>", kind="set"
    )
    await alice.receives(pushed(bob.bare, "subscription='remove'"))
    await bob.receives(
        f"<presence type='unsubscribe' from='{alice.bare}'/>",
        f"<presence type='unsubscribed' from='{alice.bare}'/>",
        f"<presence type='unavailable' from='{alice.jid}'/>",
    )


async def test_a_request_is_kept_for_who_is_away(connect: Connect, scene: Scene) -> None:
    """RFC 6121 §3.1.3, rule 4: it is delivered at the contact's login, until answered."""
    alice = await connect("alice")
    await alice.asks(f"<query xmlns='{ROSTER}'/>")
    await alice.sends(f"<presence type='subscribe' to='{scene.bare('bob')}'/>")
    await alice.is_answered()
    for _ in range(2):
        bob = await connect("bob")
        await bob.receives(f"<presence type='subscribe' from='{alice.bare}'/>")
        await bob.leaves()
    bob = await connect("bob")
    await bob.sends(f"<presence type='subscribed' to='{alice.bare}'/>")
    await alice.receives(f"<presence type='subscribed' from='{bob.bare}'/>")
    await bob.leaves()
    bob = await connect("bob")
    await bob.is_answered()
    assert not [stanza for stanza in bob.stream.received if stanza.get("type") == "subscribe"]


async def test_a_refusal_leaves_no_trace(connect: Connect) -> None:
    """RFC 6121 §3.2: a request may be declined."""
    alice, bob = await connect("alice"), await connect("bob")
    await alice.asks(f"<query xmlns='{ROSTER}'/>")
    await alice.sends(f"<presence type='subscribe' to='{bob.bare}'/>")
    await alice.receives(pushed(bob.bare, "subscription='none' ask='subscribe'"))
    await bob.receives(f"<presence type='subscribe' from='{alice.bare}'/>")
    await bob.sends(f"<presence type='unsubscribed' to='{alice.bare}'/>")
    await alice.receives(
        f"<presence type='unsubscribed' from='{bob.bare}'/>", pushed(bob.bare, "subscription='none'")
    )
    await alice.receives_nothing_more(after=(bob,))
    roster = await bob.asks(f"<query xmlns='{ROSTER}'/>")
    assert not len(roster[0])


async def test_a_change_of_presence_is_pushed_to_those_who_may_see_it_and_only_to_them(
    connect: Connect,
) -> None:
    """RFC 6121 §4.4.2."""
    alice, bob, eve = await connect("alice"), await connect("bob"), await connect("eve")
    await befriend(alice, bob)
    status = "<show>dnd</show><status>In a meeting</status><priority>5</priority>"
    await alice.sends(f"<presence>{status}</presence>")
    await bob.receives(f"<presence from='{alice.jid}' to='{bob.bare}'>{status}</presence>")
    await alice.receives(f"<presence from='{alice.jid}'>{status}</presence>")
    await eve.receives_nothing_more(after=(alice,))


async def test_at_login_each_learns_of_the_other(connect: Connect) -> None:
    """RFC 6121 §4.2.2, §4.3: the contacts' presence is fetched, the own one announced."""
    alice, bob = await connect("alice"), await connect("bob")
    await befriend(alice, bob)
    await bob.sends("<presence><status>At my desk</status></presence>")
    await alice.receives(f"<presence from='{bob.jid}'><status>At my desk</status></presence>")
    phone = await connect("alice", resource="phone")
    await phone.receives(f"<presence from='{bob.jid}'><status>At my desk</status></presence>")
    await phone.receives(f"<presence from='{alice.jid}'/>")
    await bob.receives(f"<presence from='{phone.jid}'/>")
    await alice.receives(f"<presence from='{phone.jid}'/>")


async def test_who_logs_out_is_seen_to_leave(connect: Connect) -> None:
    """RFC 6121 §4.5.2, with the status given."""
    alice, bob = await connect("alice"), await connect("bob")
    await befriend(alice, bob)
    await alice.sends("<presence type='unavailable'><status>Home</status></presence>")
    await bob.receives(f"<presence type='unavailable' from='{alice.jid}'><status>Home</status></presence>")


async def test_whose_connection_breaks_is_seen_to_leave(connect: Connect) -> None:
    """RFC 6121 §4.5.1: the server sends unavailable presence for the client."""
    alice, bob = await connect("alice"), await connect("bob")
    await befriend(alice, bob)
    await alice.stream.close()
    await bob.receives(f"<presence type='unavailable' from='{alice.jid}'/>")


async def test_presence_can_be_shown_to_a_stranger_for_a_while(connect: Connect) -> None:
    """RFC 6121 §4.6: directed presence, withdrawn when the session ends."""
    alice, eve = await connect("alice"), await connect("eve")
    await alice.sends(f"<presence to='{eve.jid}'><status>For you</status></presence>")
    await eve.receives(f"<presence from='{alice.jid}' to='{eve.jid}'><status>For you</status></presence>")
    await alice.leaves()
    await eve.receives(f"<presence type='unavailable' from='{alice.jid}'/>")
