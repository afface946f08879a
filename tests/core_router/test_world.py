"""The world of the tests itself: what the other tests take for granted."""

import pytest

from tests.core_router.world import World, befriend


@pytest.mark.parametrize(
    "mechanism", ["", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"]
)
def test_the_short_cut_ends_where_every_login_ends(world: World, mechanism: str) -> None:
    alice = world.client("alice@localhost/home", mechanism=mechanism)
    assert alice.jid == "alice@localhost/home"
    assert alice.connection.secure
    session = world.server.router.sessions.of("alice@localhost")[0]
    assert session.available
    alice.receives_nothing()


def test_a_dialogue_of_clients(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    befriend(alice, bob)
    alice.sends("<message to='bob@localhost/desk' id='1'><body>Hello</body></message>")
    bob.receives_next("<message from='alice@localhost/home' id='1'><body>Hello</body></message>")
    bob.drops()
    alice.receives_next("<presence type='unavailable' from='bob@localhost/desk'/>")
    alice.receives_nothing()
    assert bob.end == "cut"


def test_a_dialogue_with_a_component(world: World) -> None:
    alice, rooms = world.client("alice@localhost/home"), world.component("conference.localhost")
    alice.sends("<message to='tea@conference.localhost'><body>Hello</body></message>")
    rooms.receives_next("<message from='alice@localhost/home'><body>Hello</body></message>")
    rooms.sends("<message from='tea@conference.localhost' to='alice@localhost/home'><body>!</body></message>")
    alice.receives_next("<message from='tea@conference.localhost'><body>!</body></message>")


def test_what_is_missing_or_too_much_is_told(world: World) -> None:
    alice = world.client("alice@localhost/home")
    with pytest.raises(AssertionError, match="did not receive"):
        alice.receives("<message/>")
    alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost")
    alice.sends("<message to='alice@localhost/home'><body>Hello</body></message>")
    with pytest.raises(AssertionError, match="unexpectedly"):
        alice.receives_nothing()
    with pytest.raises(AssertionError, match="the text 'Hello' instead of 'Hi'"):
        alice.receives_next("<message><body>Hi</body></message>")


def test_a_new_router_knows_what_the_last_one_stored(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    befriend(alice, bob)
    world.restart()
    world.client("bob@localhost/desk")
    alice = world.client("alice@localhost/home")
    alice.receives_next("<presence from='bob@localhost/desk'/>")
