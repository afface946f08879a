"""RFC 6121 §3: what is sent to whom, and in which order; requests that are lost, too large, too many."""

import pytest

from core_router.store.interfaces import RosterItem
from tests.core_router.services.roster import STANZAS, get, push, remove
from tests.core_router.world import Client, World, befriend


def refused(condition: str) -> str:
    """The error for the stanza with the id `s`."""
    return f"<presence type='error' id='s'><error><{condition} xmlns='{STANZAS}'/></error></presence>"


def stored(world: World, account: str, contact: str) -> RosterItem | None:
    return world.accounts.rows[account].roster.get(contact)


def test_a_request_and_its_approval(world: World, alice: Client, bob: Client) -> None:
    """§3.1.2–§3.1.6."""
    get(alice)
    get(bob)
    alice.sends("<presence type='subscribe' to='bob@localhost/desk' id='s1'><status>Hi</status></presence>")
    alice.receives_next(push("jid='bob@localhost' subscription='none' ask='subscribe'"))
    bob.receives_next(
        "<presence type='subscribe' from='alice@localhost' to='bob@localhost' id='s1'>"
        "<status>Hi</status></presence>"
    )
    bob.receives_nothing()  # not in his roster yet
    bob.sends("<presence type='subscribed' to='alice@localhost'/>")
    bob.receives_next(push("jid='alice@localhost' subscription='from'"))
    alice.receives_next(
        "<presence type='subscribed' from='bob@localhost' to='alice@localhost'/>",
        push("jid='bob@localhost' subscription='to'"),
        "<presence from='bob@localhost/desk'/>",
    )
    alice.receives_nothing()


def test_answers_reach_every_resource_that_has_the_roster(world: World, alice: Client, bob: Client) -> None:
    """§3.1.6: interested resources, be they available or not; requests go to available ones (§3.1.3)."""
    quiet = world.client("alice@localhost/quiet", available=False)
    get(quiet)
    alice.ignores()
    bob.sends("<presence type='subscribe' to='alice@localhost'/>")
    alice.receives_next("<presence type='subscribe'/>")
    quiet.receives_nothing()
    alice.sends("<presence type='subscribe' to='bob@localhost'/>")
    bob.sends("<presence type='subscribed' to='alice@localhost'/>")
    quiet.receives("<presence type='subscribed' from='bob@localhost'/>")
    alice.receives("<presence type='subscribed' from='bob@localhost'/>")


def test_of_a_large_request_only_the_fact_is_kept(world: World, alice: Client) -> None:
    world.account("bob@localhost")
    alice.sends(f"<presence type='subscribe' to='bob@localhost'><status>{'x' * 9000}</status></presence>")
    kept = stored(world, "bob@localhost", "alice@localhost")
    assert kept is not None
    assert kept.pending == b""


def test_a_request_that_cannot_be_routed_comes_back(alice: Client) -> None:
    """§3.1.2: with the error, to every resource."""
    alice.sends("<presence type='subscribe' to='bob@unknown.example' id='s'/>")
    alice.receives_next(
        "<presence type='error' from='bob@unknown.example' id='s'>"
        f"<error><remote-server-not-found xmlns='{STANZAS}'/></error></presence>"
    )


def test_a_request_is_repeated_at_the_next_login(world: World) -> None:
    """§3.1.2: the other server may have lost it; of our own we know better."""
    gateway = world.component("irc.localhost")
    world.account("bob@localhost")
    alice = world.client("alice@localhost/home")
    alice.sends("<presence type='subscribe' to='carol@irc.localhost'/>")
    alice.sends("<presence type='subscribe' to='bob@localhost'/>")
    gateway.receives_next("<presence type='subscribe' from='alice@localhost' to='carol@irc.localhost'/>")
    alice.drops()
    world.client("alice@localhost/home")
    gateway.receives_next("<presence type='subscribe' from='alice@localhost' to='carol@irc.localhost'/>")
    gateway.receives_nothing()


def test_cancelling_takes_the_presence_away_first(world: World, alice: Client, bob: Client) -> None:
    """§3.2.2: unavailable while it may still be seen, then `unsubscribed`; §3.2.3: then the push."""
    befriend(alice, bob)
    get(alice)
    get(bob)
    bob.sends("<presence type='unsubscribed' to='alice@localhost'/>")
    bob.receives_next(push("jid='alice@localhost' subscription='to'"))
    bob.receives_nothing()
    alice.receives_next(
        "<presence type='unavailable' from='bob@localhost/desk'/>",
        "<presence type='unsubscribed' from='bob@localhost'/>",
        push("jid='bob@localhost' subscription='from'"),
    )
    alice.receives_nothing()


def test_unsubscribing_takes_the_presence_away_last(world: World, alice: Client, bob: Client) -> None:
    """§3.3.2, §3.3.3."""
    befriend(alice, bob)
    get(alice)
    get(bob)
    alice.sends("<presence type='unsubscribe' to='bob@localhost'/>")
    alice.receives_next(
        push("jid='bob@localhost' subscription='from'"),
        "<presence type='unavailable' from='bob@localhost/desk'/>",
    )
    bob.receives_next(
        "<presence type='unsubscribe' from='alice@localhost'/>",
        push("jid='alice@localhost' subscription='to'"),
    )
    bob.receives_nothing()
    bob.sends("<presence><show>away</show></presence>")
    alice.receives_nothing()


@pytest.mark.parametrize("type", ["subscribed", "unsubscribe", "unsubscribed"])
def test_a_strangers_answer_to_what_was_never_asked_is_ignored(
    world: World, alice: Client, bob: Client, type: str
) -> None:
    """A.3: and leaves no trace. A component can send what clients cannot."""
    gateway = world.component("irc.localhost")
    gateway.sends(f"<presence type='{type}' from='eve@irc.localhost' to='alice@localhost'/>")
    alice.receives_nothing()
    gateway.receives_nothing()
    assert not world.accounts.rows["alice@localhost"].roster


def test_removing_a_contact_ends_both_subscriptions(world: World, alice: Client, bob: Client) -> None:
    """§2.5.2."""
    befriend(alice, bob)
    get(alice)
    remove(alice, "bob@localhost")
    alice.receives_next("<presence type='unavailable' from='bob@localhost/desk'/>")
    alice.receives_next(push("jid='bob@localhost' subscription='remove'"))
    bob.receives_next(
        "<presence type='unsubscribe' from='alice@localhost'/>",
        "<presence type='unavailable' from='alice@localhost/home'/>",
        "<presence type='unsubscribed' from='alice@localhost'/>",
    )
    bob.receives_nothing()
    found = stored(world, "bob@localhost", "alice@localhost")
    assert found is not None and found.subscription == "none"


def test_an_address_that_is_too_long_for_the_store(world: World, alice: Client) -> None:
    contact = f"{'a' * 600}@localhost"
    alice.sends(f"<presence type='subscribe' to='{contact}' id='s'/>")
    alice.receives_next(
        f"<presence type='error' id='s'><error><not-acceptable xmlns='{STANZAS}'/></error></presence>"
    )
    gateway = world.component("irc.localhost")
    gateway.sends(f"<presence type='subscribe' from='{'a' * 600}@irc.localhost' to='alice@localhost'/>")
    gateway.receives_next("<presence type='error'/>")
    assert not world.accounts.rows["alice@localhost"].roster
