"""XEP-0280: copies of what the user's other devices send and receive."""

import pytest

from tests.core_router.world import Client, World

CARBONS = "urn:xmpp:carbons:2"
FORWARD = "urn:xmpp:forward:0"
HINTS = "urn:xmpp:hints"
MUC_USER = "http://jabber.org/protocol/muc#user"
ENABLE, DISABLE = f"<enable xmlns='{CARBONS}'/>", f"<disable xmlns='{CARBONS}'/>"
HELLO = "<body>Hello</body>"


def copy(direction: str, message: str, of: Client) -> str:
    """The pattern of a copy that `of` gets."""
    message = message.replace("<message", "<message xmlns='jabber:client'", 1)
    return (
        f"<message from='{of.bare}' to='{of.jid}'><{direction} xmlns='{CARBONS}'>"
        f"<forwarded xmlns='{FORWARD}'>{message}</forwarded></{direction}></message>"
    )


@pytest.fixture
def phone(world: World) -> Client:
    """Another device of alice's, which has asked for copies."""
    return _device(world, "alice@localhost/phone")


def _device(world: World, jid: str, priority: int | None = None, *, available: bool = True) -> Client:
    client = world.client(jid, available=available, priority=priority)
    assert client.asks(ENABLE, kind="set").get("type") == "result"
    return client.ignores()


@pytest.fixture
def home(world: World, phone: Client) -> Client:
    """The device of alice's that talks; it has not asked for copies, which makes no difference."""
    client = world.client("alice@localhost/home", priority=1)
    phone.ignores()
    return client.ignores()


# -- §3–§5 ------------------------------------------------------------------------------------------


def test_support_is_announced(alice: Client) -> None:
    """§3, and §6.1 for the rules."""
    for entity in ("localhost", alice.bare):
        answer = alice.asks("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=entity)
        features = {feature.get("var") for feature in answer[0]}
        assert {CARBONS, "urn:xmpp:carbons:rules:0"} <= features


def test_copies_can_be_switched_on_and_off_again_and_again(home: Client, phone: Client, bob: Client) -> None:
    """§10.1."""
    message = f"<message type='chat' to='{bob.jid}'>{HELLO}</message>"
    for request in (ENABLE, ENABLE, DISABLE, DISABLE, ENABLE):
        assert phone.asks(request, kind="set").get("type") == "result"
        home.sends(message)
        if request == ENABLE:
            phone.receives_next(copy("sent", message, phone))
        phone.receives_nothing()


def test_nobody_can_switch_them_on_for_another(alice: Client, bob: Client) -> None:
    """§4.1."""
    assert alice.asks(ENABLE, to=bob.bare, kind="set").get("type") == "error"


def test_a_session_that_has_ended_gets_none(world: World, home: Client, phone: Client, bob: Client) -> None:
    phone.drops()
    home.ignores()
    phone = world.client("alice@localhost/phone")
    home.sends(f"<message type='chat' to='{bob.jid}'>{HELLO}</message>")
    phone.ignores()
    bob.sends(f"<message type='chat' to='{home.jid}'>{HELLO}</message>")
    phone.receives_nothing()


# -- §7, §8 -----------------------------------------------------------------------------------------


def test_what_one_device_gets_the_others_get_a_copy_of(home: Client, phone: Client, bob: Client) -> None:
    """§7: of the same type, with the original in it, addresses included."""
    bob.sends(f"<message type='chat' to='{home.jid}' id='1'>{HELLO}</message>")
    home.receives_next(f"<message type='chat' from='{bob.jid}' to='{home.jid}' id='1'>{HELLO}</message>")
    original = f"<message type='chat' from='{bob.jid}' to='{home.jid}' id='1'>{HELLO}</message>"
    found = phone.receives_next(copy("received", original, phone))
    assert found.get("type") == "chat"
    home.receives_nothing()
    phone.receives_nothing()


def test_what_one_device_sends_the_others_get_a_copy_of(home: Client, phone: Client, bob: Client) -> None:
    """§8."""
    home.sends(f"<message type='chat' to='{bob.jid}' id='1'>{HELLO}</message>")
    original = f"<message type='chat' from='{home.jid}' to='{bob.jid}' id='1'>{HELLO}</message>"
    phone.receives_next(copy("sent", original, phone))
    bob.receives_next(original)
    for client in (home, phone, bob):
        client.receives_nothing()


def test_who_gets_the_message_gets_no_copy(world: World, bob: Client) -> None:
    """§7: to the bare address, with two devices of the highest priority and one of a lower."""
    first, second = (_device(world, f"alice@localhost/{name}", 5) for name in ("first", "second"))
    third, quiet = _device(world, "alice@localhost/third", 1), _device(world, "alice@localhost/q", -1)
    absent = _device(world, "alice@localhost/absent", available=False)
    for client in (first, second, third, quiet, absent):
        client.ignores()
    bob.sends(f"<message type='chat' to='alice@localhost'>{HELLO}</message>")
    for client in (first, second):
        client.receives_next(f"<message type='chat' from='{bob.jid}'>{HELLO}</message>")
        client.receives_nothing()
    for client in (third, quiet, absent):
        client.receives_next(copy("received", f"<message>{HELLO}</message>", client))
        client.receives_nothing()


def test_a_message_that_waits_is_copied_to_who_takes_none_itself(world: World, bob: Client) -> None:
    """§7: a device with a negative priority did not get it under the rules of RFC 6121."""
    quiet = _device(world, "alice@localhost/quiet", -1)
    bob.sends(f"<message type='chat' to='alice@localhost'>{HELLO}</message>")
    quiet.receives_next(copy("received", f"<message>{HELLO}</message>", quiet))
    assert len(world.accounts.rows["alice@localhost"].messages) == 1


@pytest.mark.parametrize("to", ["alice@localhost", "alice@localhost/home", "alice@localhost/third", ""])
def test_of_a_message_to_oneself_nobody_gets_two(world: World, to: str) -> None:
    home, phone, third = (_device(world, f"alice@localhost/{name}") for name in ("home", "phone", "third"))
    for client in (home, phone, third):
        client.ignores()
    addressed = f"to='{to}'" if to else ""
    home.sends(f"<message type='chat' {addressed}>{HELLO}</message>")
    for client in (home, phone, third):
        assert len(client.received) == (0 if client is home and to == third.jid else 1)


# -- §6.1 -------------------------------------------------------------------------------------------

COPIED = [
    "<message type='chat'/>",
    "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    f"<message type='normal'>{HELLO}</message>",
    f"<message>{HELLO}</message>",
    "<message><received xmlns='urn:xmpp:receipts' id='1'/></message>",
    "<message><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>",
    "<message><propose xmlns='urn:xmpp:jingle-message:0' id='1'/></message>",
    "<message><x xmlns='jabber:x:conference' jid='room@conference.localhost'/></message>",
]
NOT_COPIED = [
    f"<message type='groupchat'>{HELLO}</message>",
    f"<message type='headline'>{HELLO}</message>",
    "<message/>",
    "<message><x xmlns='urn:example:unknown'/></message>",
    f"<message type='chat'>{HELLO}<private xmlns='{CARBONS}'/></message>",
    f"<message type='chat'>{HELLO}<no-copy xmlns='{HINTS}'/></message>",
    f"<message type='chat'>{HELLO}<no-copy xmlns='{HINTS}'/><private xmlns='{CARBONS}'/></message>",
]


def addressed(message: str, to: str) -> str:
    return message.replace("<message", f"<message to='{to}'", 1)


@pytest.mark.parametrize("message", COPIED)
def test_what_is_instant_messaging_is_copied(home: Client, phone: Client, bob: Client, message: str) -> None:
    home.sends(addressed(message, bob.jid))
    phone.receives_next(copy("sent", message, phone))
    bob.sends(addressed(message, home.jid))
    phone.receives_next(copy("received", message, phone))


@pytest.mark.parametrize("message", NOT_COPIED)
def test_what_is_not_is_not(home: Client, phone: Client, bob: Client, message: str) -> None:
    home.sends(addressed(message, bob.jid))
    bob.receives("<message/>")
    bob.sends(addressed(message, home.jid))
    home.receives("<message/>")
    phone.receives_nothing()


def test_a_bounce_of_what_was_copied_is_copied(home: Client, phone: Client) -> None:
    """§6.1: an error in response to an eligible message."""
    home.sends(f"<message type='chat' to='nobody@localhost' id='1'>{HELLO}</message>")
    phone.receives_next(copy("sent", "<message id='1'/>", phone))
    home.receives_next("<message type='error' id='1'/>")
    phone.receives_next(copy("received", f"<message type='error' id='1'>{HELLO}</message>", phone))


def test_other_errors_are_not(home: Client, phone: Client, bob: Client) -> None:
    error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    bob.sends(f"<message type='error' to='{home.jid}'><x xmlns='urn:example'/>{error}</message>")
    home.receives_next("<message type='error'/>")
    phone.receives_nothing()


def test_a_bounced_copy_bothers_nobody(home: Client, phone: Client, bob: Client) -> None:
    """§10.3: the error of a copy must not reach the sender of the original."""
    bob.sends(f"<message type='chat' to='{home.jid}' id='1'>{HELLO}</message>")
    phone.receives_next(copy("received", "<message id='1'/>", phone))
    home.ignores()
    phone.sends(
        f"<message type='error' to='{phone.bare}'><received xmlns='{CARBONS}'/>"
        "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        "</message>"
    )
    for client in (home, phone, bob):
        client.receives_nothing()


# -- rooms (§6.1) -----------------------------------------------------------------------------------

ROOM = "tea@conference.localhost"


@pytest.fixture
def rooms(world: World) -> Client:
    return world.component("conference.localhost")  # type: ignore[return-value]  # sends and receives alike


def test_a_private_message_from_a_room_is_not_copied(home: Client, phone: Client, rooms: Client) -> None:
    """The room sends it to every device that is in it."""
    private = f"<x xmlns='{MUC_USER}'/>"
    rooms.sends(f"<message type='chat' from='{ROOM}/Bob' to='{home.jid}'>{HELLO}{private}</message>")
    home.receives_next(f"<message from='{ROOM}/Bob'>{HELLO}</message>")
    phone.receives_nothing()


def test_a_private_message_to_an_occupant_is_copied_to_devices_in_the_room(
    world: World, home: Client, phone: Client, rooms: Client
) -> None:
    other = _device(world, "alice@localhost/other")
    for client in (home, phone):
        client.sends(f"<presence to='{ROOM}/Alice'/>")
        client.ignores()
    private = f"<message type='chat' to='{ROOM}/Bob'>{HELLO}<x xmlns='{MUC_USER}'/></message>"
    home.sends(private)
    phone.receives_next(copy("sent", private, phone))
    other.receives_nothing()


def test_an_invitation_of_a_room_is_copied(home: Client, phone: Client, rooms: Client) -> None:
    invitation = f"<x xmlns='{MUC_USER}'><invite from='bob@localhost'/></x>"
    rooms.sends(f"<message from='{ROOM}' to='{home.jid}'>{invitation}</message>")
    phone.receives_next(copy("received", f"<message>{invitation}</message>", phone))


def test_other_messages_of_a_room_are_not(home: Client, phone: Client, rooms: Client) -> None:
    status = f"<x xmlns='{MUC_USER}'><status code='104'/></x>"
    rooms.sends(f"<message from='{ROOM}' to='{home.jid}'>{status}</message>")
    home.receives_next(f"<message>{status}</message>")
    phone.receives_nothing()


# -- §9, §11 ----------------------------------------------------------------------------------------


def test_the_private_element_is_not_for_the_recipient(alice: Client, bob: Client) -> None:
    """§9: it is taken out; that no copies are wanted remains as a hint."""
    alice.sends(f"<message type='chat' to='{bob.jid}'>{HELLO}<private xmlns='{CARBONS}'/></message>")
    bob.receives(
        f"<message>{HELLO}<no-copy xmlns='{HINTS}'/></message>", without=(f"<private xmlns='{CARBONS}'/>",)
    )


@pytest.mark.parametrize("type", ["chat", "normal", "headline", "error", "groupchat"])
@pytest.mark.parametrize("direction", ["received", "sent"])
def test_a_forged_copy_is_taken_out(alice: Client, bob: Client, direction: str, type: str) -> None:
    """§11, CVE-2017-5589: copies come from the account alone."""
    forged = (
        f"<{direction} xmlns='{CARBONS}'><forwarded xmlns='{FORWARD}'>"
        f"<message xmlns='jabber:client' from='eve@localhost'>{HELLO}</message></forwarded></{direction}>"
    )
    alice.sends(f"<message type='{type}' to='{bob.jid}'><subject>S</subject>{forged}</message>")
    bob.receives(
        f"<message from='{alice.jid}'><subject>S</subject></message>",
        without=(f"<{direction} xmlns='{CARBONS}'/>",),
    )


def test_copies_go_on_after_a_restart_of_the_router(world: World, home: Client, phone: Client) -> None:
    """What a session has switched on is part of its state."""
    router = world.server.router
    sessions = {session.jid.resource: session for session in router.sessions.of("alice@localhost")}
    state = router.session_states["carbons"]
    assert state.save(sessions["phone"]) is True
    assert state.save(sessions["home"]) is None
    phone.asks(DISABLE, kind="set")
    state.restore(sessions["phone"], True)
    home.sends(f"<message type='chat' to='bob@localhost'>{HELLO}</message>")
    phone.receives_next(copy("sent", f"<message>{HELLO}</message>", phone))
