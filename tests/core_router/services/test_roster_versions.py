"""RFC 6121 §2.6: what a client that was away is told of its roster."""

from tests.core_router.services.roster import ROSTER, get, push, put, remove, version
from tests.core_router.world import Client, World, befriend


def test_a_client_that_was_away_is_pushed_what_has_changed(world: World, alice: Client) -> None:
    """§2.6.3: an empty result, then the changes, oldest first, the last with the present version."""
    for name in "abcdef":
        put(alice, f"jid='{name}@localhost'")
    known = version(get(alice))
    alice.drops()
    home = world.client("alice@localhost/home")
    put(home, "jid='a@localhost' name='Again'")
    remove(home, "b@localhost")
    put(home, "jid='g@localhost'")
    remove(home, "c@localhost")
    put(home, "jid='c@localhost' name='Back'")

    away = world.client("alice@localhost/away")
    away.ignores()
    away.sends(f"<iq type='get' id='r'><query xmlns='{ROSTER}' ver='{known}'/></iq>")
    result = away.receives_next("<iq type='result' id='r'/>")
    assert len(result) == 0
    versions = [
        away.receives_next(push(attributes))[0].get("ver")
        for attributes in (
            "jid='a@localhost' name='Again'",
            "jid='b@localhost' subscription='remove'",
            "jid='g@localhost'",
            "jid='c@localhost' name='Back'",
        )
    ]
    away.receives_nothing()
    assert len(set(versions)) == 4
    assert versions[-1] == version(get(away))
    assert len(get(away, versions[-1])) == 0


def test_removals_are_remembered_for_a_while(alice: Client) -> None:
    """Whoever has been away for longer gets the whole roster, too."""
    for number in range(120):
        put(alice, f"jid='{number}@localhost'")
    versions = [version(get(alice))]
    for number in range(110):
        remove(alice, f"{number}@localhost")
        versions.append(version(get(alice)))
    alice.ignores()
    assert len(get(alice, versions[9])[0]) == 10
    alice.receives_nothing()
    assert len(get(alice, versions[105])) == 0
    assert len(alice.received) == 5


def test_what_is_remembered_survives_a_restart(world: World, alice: Client) -> None:
    for name in "abc":
        put(alice, f"jid='{name}@localhost'")
    known = version(get(alice))
    remove(alice, "b@localhost")
    world.restart()
    alice = world.client("alice@localhost/home")
    assert len(get(alice, known)) == 0
    alice.receives_next(push("jid='b@localhost' subscription='remove'"))
    alice.receives_nothing()


def test_a_stranger_who_asks_changes_nothing_for_clients(world: World, alice: Client) -> None:
    """A request that waits is not part of the roster (§3.1.3)."""
    put(alice, "jid='x@localhost'")
    known = version(get(alice))
    alice.ignores()
    bob = world.client("bob@localhost/desk")
    bob.sends("<presence type='subscribe' to='alice@localhost'/>")
    alice.receives_next("<presence type='subscribe'/>")
    assert len(get(alice, known)) == 0
    alice.receives_nothing()
    assert world.accounts.rows["alice@localhost"].roster["bob@localhost"].pending is not None
    alice.sends("<presence type='unsubscribed' to='bob@localhost'/>")
    assert "bob@localhost" not in world.accounts.rows["alice@localhost"].roster


def test_every_push_leads_to_the_version_of_the_next_get(world: World, alice: Client) -> None:
    get(alice)
    bob = world.client("bob@localhost/desk")
    befriend(alice, bob)
    put(alice, "jid='bob@localhost' name='Bob'")
    pushed = alice.receives(push("jid='bob@localhost' name='Bob' subscription='both'"))
    assert version(get(alice)) == pushed[0].get("ver")
