"""XEP-0012: who may know since when somebody is away."""

from collections.abc import Awaitable

import pytest
from twisted.internet.defer import fail

from core_router.services.last_activity import NAMESPACE
from core_router.store.interfaces import LastSeen
from tests.core_router.services.roster import condition
from tests.core_router.world import Client, World, befriend
from tests.scenarios.matching import Element

ASKED = f"<query xmlns='{NAMESPACE}'/>"


def last(client: Client, to: str) -> Element:
    return client.asks(ASKED, to=to)


def told(answer: Element) -> tuple[str | None, str]:
    query = answer.find(f"{{{NAMESPACE}}}query")
    assert query is not None
    return query.get("seconds"), query.text or ""


def test_support_is_announced(alice: Client) -> None:
    """§6."""
    for entity in ("localhost", "alice@localhost"):
        answer = alice.asks("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=entity)
        assert NAMESPACE in {feature.get("var") for feature in answer[0]}


def test_of_the_server_it_is_the_time_since_its_start(world: World, alice: Client) -> None:
    """§5."""
    world.later(hours=1, seconds=1)
    assert told(last(alice, "localhost")) == ("3601", "")


# -- accounts (§3) ----------------------------------------------------------------------------------


def test_who_is_away_left_some_time_ago_with_some_status(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    bob.sends("<presence type='unavailable'><status>Heading home &amp; so</status></presence>")
    world.later(minutes=1)
    bob.drops()
    world.later(minutes=5)
    assert told(last(alice, "bob@localhost")) == ("300", "Heading home & so")


def test_who_is_connected_is_here(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    world.later(minutes=5)
    assert told(last(alice, "bob@localhost")) == ("0", "")
    bob.sends("<presence type='unavailable'><status>Gone</status></presence>")
    assert told(last(alice, "bob@localhost")) == ("0", "")


def test_the_last_of_several_counts(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    phone = world.client("bob@localhost/phone")
    bob.drops()
    world.later(minutes=5)
    phone.sends("<presence type='unavailable'><status>Last</status></presence>").closes()
    world.later(seconds=7)
    assert told(last(alice, "bob@localhost")) == ("7", "Last")


def test_a_connection_that_breaks_leaves_no_status(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    bob.sends("<presence><status>At my desk</status></presence>").drops()
    world.later(seconds=7)
    assert told(last(alice, "bob@localhost")) == ("7", "")


def test_a_long_status_is_kept_in_part(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    bob.sends(f"<presence type='unavailable'><status>{'x' * 5000}</status></presence>").drops()
    assert len(told(last(alice, "bob@localhost"))[1]) == 1023


def test_who_never_was_here_is_away_since_the_account_was_made(world: World, alice: Client) -> None:
    world.later(minutes=1)
    world.account("carol@localhost")
    alice.sends("<presence type='subscribe' to='carol@localhost'/>").ignores()
    carol = world.accounts.rows["carol@localhost"]
    world.client("carol@localhost/x").sends("<presence type='subscribed' to='alice@localhost'/>").drops()
    carol.seen = None
    world.later(minutes=2)
    assert told(last(alice.ignores(), "carol@localhost")) == ("120", "")


def test_it_survives_a_restart(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    bob.sends("<presence type='unavailable'><status>Gone</status></presence>").drops()
    alice.drops()
    world.later(minutes=5)
    world.restart()
    assert told(last(world.client("alice@localhost/home"), "bob@localhost")) == ("300", "Gone")


def test_of_oneself(alice: Client) -> None:
    assert told(last(alice, "")) == ("0", "")


@pytest.mark.parametrize("subscription", ["none", "to"])
def test_strangers_are_told_nothing(world: World, alice: Client, bob: Client, subscription: str) -> None:
    """§3: not without a subscription to the presence; one in the other direction is none."""
    if subscription == "to":
        bob.sends("<presence type='subscribe' to='alice@localhost'/>")
        alice.sends("<presence type='subscribed' to='bob@localhost'/>")
    for _ in range(2):
        assert condition(last(alice.ignores(), "bob@localhost")) == "forbidden"
        bob.drops()


def test_of_nobody_as_of_every_address_that_is_none(alice: Client) -> None:
    """RFC 6121 §8.5.1."""
    assert condition(last(alice, "nobody@localhost")) == "service-unavailable"


def test_the_blocked_are_told_nothing(alice: Client, bob: Client) -> None:
    """§8."""
    befriend(alice, bob)
    bob.asks("<block xmlns='urn:xmpp:blocking'><item jid='alice@localhost'/></block>", kind="set")
    assert condition(last(alice.ignores(), "bob@localhost")) == "service-unavailable"


def test_a_store_that_fails(
    world: World, bob: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(account: str, seen: LastSeen) -> Awaitable[None]:
        return fail(RuntimeError("disk full"))

    monkeypatch.setattr(world.stores.last_activity, "save", save)
    bob.drops()
    assert "disk full" in caplog.text
    caplog.clear()


# -- resources (§4) ---------------------------------------------------------------------------------


def test_a_client_is_asked_by_those_who_may_see_it(alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    alice.sends(f"<iq type='get' to='{bob.jid}' id='1'>{ASKED}</iq>")
    bob.receives_next(f"<iq type='get' from='{alice.jid}' id='1'>{ASKED}</iq>")


def test_and_by_no_others(alice: Client, bob: Client) -> None:
    """§4: the server answers, and the client is not even asked."""
    assert condition(last(alice, bob.jid)) == "forbidden"
    bob.receives_nothing()


def test_ones_own_clients_may_be_asked(world: World, alice: Client) -> None:
    phone = world.client("alice@localhost/phone").ignores()
    alice.ignores().sends(f"<iq type='get' to='{phone.jid}' id='1'>{ASKED}</iq>")
    phone.receives_next(f"<iq type='get' id='1'>{ASKED}</iq>")


def test_where_there_is_no_such_client(world: World, alice: Client, bob: Client) -> None:
    """RFC 6121 §8.5.3.2.3."""
    befriend(alice, bob)
    assert condition(last(alice, "bob@localhost/gone")) == "service-unavailable"
    bob.drops()
    assert condition(last(alice.ignores(), "bob@localhost/gone")) == "service-unavailable"
