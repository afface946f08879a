"""XEP-0352: client state indication."""

import pytest

from tests.core_router import login
from tests.core_router.streams.test_stream_management import back_again, enable
from tests.core_router.world import Client, World, befriend

CSI = "urn:xmpp:csi:0"
SM = "urn:xmpp:sm:3"
COMPOSING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"


@pytest.fixture
def friends(world: World) -> tuple[Client, Client]:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/phone")
    befriend(alice, bob)
    bob.sends(f"<inactive xmlns='{CSI}'/>")
    return alice, bob


def test_it_is_offered_after_authentication(world: World) -> None:
    world.account("alice@localhost")
    assert b"<csi " in back_again(world, "alice@localhost").raw
    stranger = world.stranger()
    login.open_stream(stranger, world.domain)
    assert b"<csi " not in stranger.raw


def test_before_binding_it_means_nothing(world: World) -> None:
    world.account("alice@localhost")
    alice = back_again(world, "alice@localhost")
    alice.sends(f"<inactive xmlns='{CSI}'/>").is_told("not-authorized")


def test_presence_waits_and_only_the_last_one_comes(friends: tuple[Client, Client]) -> None:
    alice, bob = friends
    alice.sends("<presence><show>away</show></presence>", "<presence><show>dnd</show></presence>")
    bob.receives_nothing()
    bob.sends(f"<active xmlns='{CSI}'/>")
    bob.receives_next(f"<presence from='{alice.jid}'><show>dnd</show></presence>")
    bob.receives_nothing()
    alice.sends("<presence/>")
    bob.receives_next(f"<presence from='{alice.jid}'/>")


def test_chat_states_wait_and_are_merged(friends: tuple[Client, Client]) -> None:
    alice, bob = friends
    states = "http://jabber.org/protocol/chatstates"
    for state in ("composing", "paused"):
        alice.sends(f"<message type='chat' to='{bob.jid}'><{state} xmlns='{states}'/></message>")
    bob.receives_nothing()
    bob.sends(f"<active xmlns='{CSI}'/>")
    bob.receives_next("<message><paused xmlns='http://jabber.org/protocol/chatstates'/></message>")
    bob.receives_nothing()


@pytest.mark.parametrize(
    "stanza",
    [
        f"<message type='chat' to='bob@localhost/phone'><body>Hello</body>{COMPOSING}</message>",
        "<iq type='get' id='1' to='bob@localhost/phone'><query xmlns='jabber:iq:version'/></iq>",
        "<message to='bob@localhost/phone'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
    ],
)
def test_what_matters_comes_at_once_after_what_waited(friends: tuple[Client, Client], stanza: str) -> None:
    """RFC 6120 §10.1."""
    alice, bob = friends
    alice.sends("<presence><show>away</show></presence>", stanza)
    bob.receives_next(f"<presence from='{alice.jid}'><show>away</show></presence>")
    assert bob.received
    bob.ignores()
    alice.sends("<presence/>")
    bob.receives_nothing()  # still inactive


def test_subscription_requests_do_not_wait(friends: tuple[Client, Client], world: World) -> None:
    _, bob = friends
    carol = world.client("carol@localhost/home")
    carol.sends(f"<presence type='subscribe' to='{bob.bare}'/>")
    bob.receives("<presence type='subscribe' from='carol@localhost'/>")


def test_what_waited_is_there_after_a_resumption_which_is_active(
    friends: tuple[Client, Client], world: World
) -> None:
    """§4.2."""
    alice, bob = friends
    id = enable(bob)
    bob.sends(f"<inactive xmlns='{CSI}'/>")
    alice.sends("<presence><show>away</show></presence>")
    bob.receives_nothing()
    bob.drops()
    again = back_again(world, bob.jid)
    again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
    again.receives_next(f"<presence from='{alice.jid}'><show>away</show></presence>")
    again.sends(f"<a xmlns='{SM}' h='1'/>").ignores()
    alice.sends("<presence/>")
    again.receives_next(f"<presence from='{alice.jid}'/>")


def test_what_waits_is_not_counted_before_it_is_sent(friends: tuple[Client, Client]) -> None:
    alice, bob = friends
    enable(bob)
    alice.sends("<presence><show>away</show></presence>")
    bob.receives_nothing()
    bob.sends(f"<active xmlns='{CSI}'/>")
    bob.receives_next(f"<presence from='{alice.jid}'/>", f"<r xmlns='{SM}'/>")
    bob.sends(f"<a xmlns='{SM}' h='1'/>").receives_nothing()
