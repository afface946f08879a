"""Shared groups: contacts by configuration."""

from collections.abc import Mapping

import pytest
from twisted.internet.defer import Deferred

from core_router.config import SharedGroup
from core_router.services.shared_groups import SharedGroups
from core_router.store.interfaces import RosterItem
from core_router.store.memory import MemoryAccounts
from tests.core_router.services.roster import condition, get, push, put, remove, version
from tests.core_router.world import Client, World

A, B, C = "a@localhost", "b@localhost", "c@localhost"


def contacts(groups: Mapping[str, SharedGroup], account: str, *accounts: str) -> dict[str, tuple[str, ...]]:
    """Subscription and groups of each contact the account has."""
    store = MemoryAccounts()
    for jid in accounts:
        Deferred.fromCoroutine(store.create(jid, {}, World().now()))
    found: list[dict[str, RosterItem]] = []
    Deferred.fromCoroutine(SharedGroups(groups, store).of(account)).addCallback(found.append)
    return {jid: (item.subscription, *item.groups) for jid, item in found[0].items()}


# -- who sees whom ----------------------------------------------------------------------------------


def test_members_see_each_other() -> None:
    groups = {"team": SharedGroup("The Team", [A, B])}
    assert contacts(groups, A) == {B: ("both", "The Team")}
    assert contacts(groups, B) == {A: ("both", "The Team")}
    assert contacts(groups, C) == {}


def test_without_a_name_it_is_that_of_the_table() -> None:
    assert contacts({"team": SharedGroup(members=[A, B])}, A) == {B: ("both", "team")}


def test_a_group_is_visible_to_another() -> None:
    """Who is seen knows of it: the viewer is a contact without a group, with presence one way."""
    groups = {"desk": SharedGroup(members=[A], visible_to=["staff"]), "staff": SharedGroup(members=[B])}
    assert contacts(groups, B) == {A: ("to", "desk")}
    assert contacts(groups, A) == {B: ("from",)}


def test_two_groups_visible_to_each_other() -> None:
    groups = {
        "one": SharedGroup(members=[A], visible_to=["two"]),
        "two": SharedGroup(members=[B], visible_to=["one"]),
    }
    assert contacts(groups, A) == {B: ("both", "two")}


def test_who_is_in_two_groups() -> None:
    groups = {"one": SharedGroup(members=[A, B]), "two": SharedGroup(members=[B, A])}
    assert contacts(groups, A) == {B: ("both", "one", "two")}


def test_everybody() -> None:
    there = (A, B, "d@other.example")
    assert contacts({"all": SharedGroup(members=["*"])}, A, *there) == {
        B: ("both", "all"),
        "d@other.example": ("both", "all"),
    }
    assert contacts({"all": SharedGroup(members=["*@localhost"])}, A, *there) == {B: ("both", "all")}
    assert contacts({"all": SharedGroup(members=["*@localhost"])}, there[2], *there) == {}
    groups = {"desk": SharedGroup(members=[C], visible_to=["all"]), "all": SharedGroup(members=["*"])}
    assert contacts(groups, A, A, C) == {C: ("both", "desk", "all")}


# -- in rosters -------------------------------------------------------------------------------------

TEAM = {"team": SharedGroup("Team", ["alice@localhost", "bob@localhost"])}


@pytest.fixture
def world() -> World:
    return World(shared_groups=TEAM)


def test_they_are_in_the_roster_and_see_each_other(alice: Client, bob: Client) -> None:
    [found] = get(alice)[0]
    assert (found.get("jid"), found.get("subscription")) == ("bob@localhost", "both")
    assert [group.text for group in found] == ["Team"]
    alice.receives_next("<presence from='bob@localhost/desk'/>")
    bob.receives_next("<presence from='alice@localhost/home'/>")
    bob.sends("<presence><show>dnd</show></presence>")
    alice.receives_next("<presence from='bob@localhost/desk'><show>dnd</show></presence>")
    bob.drops()
    alice.receives_next("<presence from='bob@localhost/desk' type='unavailable'/>")


def test_nothing_is_stored_of_it(world: World, alice: Client, bob: Client) -> None:
    assert not world.accounts.rows["alice@localhost"].roster


def test_a_shared_contact_cannot_be_removed(alice: Client) -> None:
    assert condition(remove(alice, "bob@localhost")) == "not-allowed"
    assert len(get(alice)[0]) == 1


@pytest.mark.parametrize("type", ["unsubscribe", "unsubscribed"])
def test_nor_can_its_subscription_be_ended(alice: Client, bob: Client, type: str) -> None:
    alice.ignores()
    bob.ignores()
    alice.sends(f"<presence type='{type}' to='bob@localhost' id='1'/>")
    alice.receives_next("<presence type='error' id='1'><error type='cancel'/></presence>")
    bob.receives_nothing()
    assert get(alice)[0][0].get("subscription") == "both"


@pytest.mark.parametrize("type", ["subscribe", "subscribed"])
def test_asking_for_what_is_granted_changes_nothing(
    world: World, alice: Client, bob: Client, type: str
) -> None:
    alice.ignores()
    bob.ignores()
    alice.sends(f"<presence type='{type}' to='bob@localhost'/>")
    alice.receives_nothing()
    bob.receives_nothing()
    assert not any(row.roster for row in world.accounts.rows.values())


def test_a_user_may_have_own_names_and_groups_for_it(world: World, alice: Client) -> None:
    get(alice)
    put(alice, "jid='bob@localhost' name='Bobby'", "<group>Team</group><group>Friends</group>")
    alice.receives_next(
        push(
            "jid='bob@localhost' name='Bobby' subscription='both'",
            "<group>Team</group><group>Friends</group>",
        )
    )
    stored = world.accounts.rows["alice@localhost"].roster["bob@localhost"]
    assert (stored.subscription, stored.groups) == ("none", ("Friends",))


def test_one_who_is_seen_may_be_asked_for_more() -> None:
    """A one-way group leaves the other way to the two."""
    groups = {
        "desk": SharedGroup(members=["alice@localhost"], visible_to=["staff"]),
        "staff": SharedGroup(members=["bob@localhost"]),
    }
    world = World(shared_groups=groups)
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    alice.ignores()
    bob.ignores()
    alice.sends("<presence type='subscribe' to='bob@localhost'/>")
    bob.receives_next("<presence type='subscribe' from='alice@localhost'/>")
    bob.sends("<presence type='subscribed' to='alice@localhost'/>")
    alice.receives("<presence type='subscribed'/>", "<presence from='bob@localhost/desk'/>")
    assert get(alice)[0][0].get("subscription") == "both"


# -- changes ----------------------------------------------------------------------------------------


def test_the_version_tells_of_other_groups(world: World, alice: Client) -> None:
    """RFC 6121 §2.6: a client whose roster is from before gets the whole roster."""
    known = version(get(alice))
    assert len(get(alice, known)) == 0
    alice.drops()
    other = SharedGroup("Our Team", TEAM["team"].members)
    world.reconfigure(shared_groups={"team": other})
    alice = world.client("alice@localhost/home")
    assert get(alice, known)[0][0].findtext("{jabber:iq:roster}group") == "Our Team"


def test_a_group_that_is_configured_takes_effect_at_once() -> None:
    world = World()
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    get(alice)
    world.reconfigure(shared_groups=TEAM)
    alice.receives(push("jid='bob@localhost' subscription='both'"), "<presence from='bob@localhost/desk'/>")
    bob.receives_next("<presence from='alice@localhost/home'/>")
    world.reconfigure(shared_groups={})
    alice.receives(
        push("jid='bob@localhost' subscription='remove'"),
        "<presence type='unavailable' from='bob@localhost/desk'/>",
    )
    bob.receives_next("<presence type='unavailable' from='alice@localhost/home'/>")
    assert not len(get(alice)[0])


def test_accounts_come_and_go() -> None:
    world = World(shared_groups={"all": SharedGroup(members=["*"])})
    alice = world.client("alice@localhost/home")
    get(alice)
    world.account("bob@localhost")
    world.server.router.account_created("bob@localhost")
    alice.receives_next(push("jid='bob@localhost' subscription='both'", "<group>all</group>"))
    bob = world.client("bob@localhost/desk")
    alice.receives_next("<presence from='bob@localhost/desk'/>")
    assert len(get(bob)[0]) == 1
    world.server.router.account_removed("bob@localhost")
    alice.receives(
        "<presence type='unavailable' from='bob@localhost/desk'/>",
        push("jid='bob@localhost' subscription='remove'"),
    )
    assert not len(get(alice)[0])
