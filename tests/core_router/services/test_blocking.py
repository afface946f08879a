"""XEP-0191: the list, and what does not pass because of it."""

from collections.abc import Awaitable, Collection

import pytest
from twisted.internet.defer import fail

from core_router.config import Bounds
from tests.core_router.services.roster import STANZAS, condition
from tests.core_router.world import Client, Component, World, befriend
from tests.scenarios.matching import Element

BLOCKING = "urn:xmpp:blocking"
HELLO = "<body>Hello</body>"


def items(*jids: str) -> str:
    return "".join(f"<item jid='{jid}'/>" for jid in jids)


def block(client: Client, *jids: str) -> Element:
    return client.asks(f"<block xmlns='{BLOCKING}'>{items(*jids)}</block>", kind="set")


def unblock(client: Client, *jids: str) -> Element:
    return client.asks(f"<unblock xmlns='{BLOCKING}'>{items(*jids)}</unblock>", kind="set")


def blocklist(client: Client) -> list[str | None]:
    answer = client.asks(f"<blocklist xmlns='{BLOCKING}'/>")
    assert answer[0].tag == f"{{{BLOCKING}}}blocklist"
    return [item.get("jid") for item in answer[0]]


def push(name: str, *jids: str) -> str:
    return f"<iq type='set'><{name} xmlns='{BLOCKING}'>{items(*jids)}</{name}></iq>"


# -- the list (§3) ----------------------------------------------------------------------------------


def test_support_is_announced(alice: Client) -> None:
    """§3.1."""
    answer = alice.asks("<query xmlns='http://jabber.org/protocol/disco#info'/>", to="localhost")
    assert BLOCKING in {feature.get("var") for feature in answer[0]}


def test_block_list_unblock(alice: Client) -> None:
    """§3.2–§3.4: addresses are compared as addresses."""
    assert blocklist(alice) == []
    assert block(alice, "eve@localhost", "MALLORY@localhost").get("type") == "result"
    assert blocklist(alice) == ["eve@localhost", "mallory@localhost"]
    block(alice, "eve@localhost")
    unblock(alice, "Mallory@LOCALHOST", "nobody@localhost")
    assert blocklist(alice) == ["eve@localhost"]


def test_unblock_all(alice: Client) -> None:
    """§3.5."""
    block(alice, "eve@localhost", "mallory@localhost")
    alice.ignores()
    assert blocklist(alice)
    assert unblock(alice).get("type") == "result"
    pushed = alice.receives_next(push("unblock"))
    assert not len(pushed[0])
    assert blocklist(alice) == []


def test_changes_are_pushed_to_who_has_asked_for_the_list(world: World, alice: Client) -> None:
    """§3.3, §3.4: all resources that have requested it; the one that changes it, too."""
    phone, careless = world.client("alice@localhost/phone"), world.client("alice@localhost/other")
    for client in (alice, phone, careless):
        client.ignores()
    blocklist(alice)
    blocklist(phone)
    block(alice, "eve@localhost", "mallory@localhost")
    for client in (alice, phone):
        client.receives_next(push("block", "eve@localhost", "mallory@localhost"))
    unblock(phone, "eve@localhost")
    for client in (alice, phone):
        client.receives_next(push("unblock", "eve@localhost"))
    careless.receives_nothing()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (f"<block xmlns='{BLOCKING}'/>", "bad-request"),
        (f"<block xmlns='{BLOCKING}'><item/></block>", "jid-malformed"),
        (f"<block xmlns='{BLOCKING}'>{items('eve@localhost', '@')}</block>", "jid-malformed"),
        (f"<unblock xmlns='{BLOCKING}'>{items('a@b@c')}</unblock>", "jid-malformed"),
        (f"<block xmlns='{BLOCKING}'>{items('a' * 600 + '@localhost')}</block>", "not-acceptable"),
    ],
)
def test_what_is_refused(alice: Client, payload: str, expected: str) -> None:
    """§3.3: and then nothing of it is done."""
    assert condition(alice.asks(payload, kind="set")) == expected
    assert blocklist(alice) == []


def test_the_lists_of_others_are_theirs(alice: Client, bob: Client) -> None:
    payload = f"<block xmlns='{BLOCKING}'>{items('eve@localhost')}</block>"
    assert alice.asks(payload, to=bob.bare, kind="set").get("type") == "error"
    assert alice.asks(f"<blocklist xmlns='{BLOCKING}'/>", to=bob.bare).get("type") == "error"


def test_there_is_a_limit() -> None:
    world = World(limits=Bounds(blocked_addresses=2))
    alice = world.client("alice@localhost/home")
    block(alice, "a@localhost", "b@localhost")
    assert condition(block(alice, "c@localhost")) == "resource-constraint"
    assert block(alice, "a@localhost").get("type") == "result"
    assert blocklist(alice) == ["a@localhost", "b@localhost"]


def test_the_list_survives_a_restart(world: World, alice: Client, bob: Client) -> None:
    block(alice, "bob@localhost")
    world.restart()
    bob = world.client("bob@localhost/desk")
    bob.sends(f"<message to='alice@localhost'>{HELLO}</message>").receives_next("<message type='error'/>")
    assert blocklist(world.client("alice@localhost/home")) == ["bob@localhost"]


def test_the_list_goes_with_the_account(world: World, alice: Client, bob: Client) -> None:
    block(alice, "bob@localhost")
    world.server.router.account_removed("alice@localhost")
    del world.accounts.rows["alice@localhost"]
    world.server.router.account_created("alice@localhost")
    alice = world.client("alice@localhost/home")
    bob.sends(f"<message to='alice@localhost'>{HELLO}</message>")
    alice.receives_next("<message/>")


class BrokenBlocklists:
    """A store that cannot write."""

    async def load(self) -> dict[str, frozenset[str]]:
        return {}

    def block(self, account: str, jids: Collection[str]) -> Awaitable[None]:
        return fail(RuntimeError("disk full"))

    unblock = block


def test_what_cannot_be_stored_is_not_blocked(
    world: World, bob: Client, caplog: pytest.LogCaptureFixture
) -> None:
    world.server.blocklists._store = BrokenBlocklists()
    alice = world.client("alice@localhost/home")
    assert condition(block(alice, "bob@localhost")) == "internal-server-error"
    assert "disk full" in caplog.text
    caplog.clear()
    assert blocklist(alice) == []
    bob.sends(f"<message to='alice@localhost'>{HELLO}</message>")
    alice.receives_next("<message/>")


# -- stanzas from the blocked (§3.3) ----------------------------------------------------------------


@pytest.fixture
def blocked(alice: Client, bob: Client) -> Client:
    """Bob, whom alice has blocked; they had a mutual subscription."""
    befriend(alice, bob)
    block(alice, "bob@localhost")
    alice.ignores()
    return bob.ignores()


@pytest.mark.parametrize("to", ["alice@localhost", "alice@localhost/home", "alice@localhost/gone"])
@pytest.mark.parametrize("type", ["chat", "normal"])
def test_a_message_is_refused(alice: Client, blocked: Client, type: str, to: str) -> None:
    blocked.sends(f"<message type='{type}' to='{to}' id='1'>{HELLO}</message>")
    assert condition(blocked.receives_next("<message type='error' id='1'/>")) == "service-unavailable"
    alice.receives_nothing()


@pytest.mark.parametrize("type", ["headline", "groupchat", "error"])
def test_other_messages_vanish(alice: Client, blocked: Client, type: str) -> None:
    """An error for what a room passes on would be one of the user's."""
    blocked.sends(f"<message type='{type}' to='alice@localhost/home'>{HELLO}</message>")
    alice.receives_nothing()
    blocked.receives_nothing()


@pytest.mark.parametrize("to", ["alice@localhost", "alice@localhost/home"])
@pytest.mark.parametrize("type", ["get", "set", "result", "error"])
def test_an_iq_is_refused_or_vanishes(alice: Client, blocked: Client, type: str, to: str) -> None:
    blocked.sends(f"<iq type='{type}' to='{to}' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    if type in ("get", "set"):
        assert condition(blocked.receives_next("<iq type='error' id='1'/>")) == "service-unavailable"
    blocked.receives_nothing()
    alice.receives_nothing()


@pytest.mark.parametrize(
    "type", ["", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error"]
)
def test_presence_vanishes(world: World, alice: Client, blocked: Client, type: str) -> None:
    """No answer, no error, no trace: not even to a probe."""
    before = dict(world.accounts.rows["alice@localhost"].roster)
    typed = f"type='{type}'" if type else ""
    blocked.sends(f"<presence {typed} to='alice@localhost'/>")
    alice.receives_nothing()
    assert world.accounts.rows["alice@localhost"].roster == before
    assert not [one for one in blocked.received if one.get("from", "").startswith("alice")]


def test_what_the_blocked_send_is_not_kept_for_later(world: World, alice: Client, blocked: Client) -> None:
    alice.drops()
    blocked.ignores()
    blocked.sends(f"<message type='chat' to='alice@localhost'>{HELLO}</message>")
    blocked.receives_next("<message type='error'/>")
    assert not world.accounts.rows["alice@localhost"].messages


def test_a_private_message_of_a_blocked_occupant_vanishes(world: World, alice: Client) -> None:
    """An error would have the user thrown out of the room."""
    rooms: Component = world.component("conference.localhost")
    room, muc = "tea@conference.localhost", "<x xmlns='http://jabber.org/protocol/muc#user'/>"
    block(alice, f"{room}/Eve")
    for type in ("chat", "groupchat"):
        rooms.sends(f"<message type='{type}' from='{room}/Eve' to='{alice.jid}'>{HELLO}{muc}</message>")
    alice.receives_nothing()
    rooms.receives_nothing()
    rooms.sends(f"<message type='groupchat' from='{room}/Bob' to='{alice.jid}'>{HELLO}</message>")
    alice.receives_next(f"<message from='{room}/Bob'/>")


# -- stanzas to the blocked -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stanza",
    [
        "<message {}><body>Hello</body></message>",
        "<message type='groupchat' {}><body>Hello</body></message>",
        "<iq type='get' {}><ping xmlns='urn:xmpp:ping'/></iq>",
        "<presence {}/>",
        "<presence type='subscribe' {}/>",
        "<presence type='unsubscribed' {}/>",
    ],
)
@pytest.mark.parametrize("to", ["bob@localhost", "bob@localhost/desk"])
def test_nothing_is_sent_to_the_blocked(alice: Client, blocked: Client, to: str, stanza: str) -> None:
    """§3.3: the error has its own condition, too."""
    alice.sends(stanza.format(f"to='{to}' id='1'"))
    kind = stanza[1:].partition(" ")[0]
    alice.receives_next(
        f"<{kind} type='error' from='{to}' id='1'><error type='cancel'>"
        f"<not-acceptable xmlns='{STANZAS}'/><blocked xmlns='urn:xmpp:blocking:errors'/></error></{kind}>"
    )
    blocked.receives_nothing()


def test_answers_to_the_blocked_vanish(alice: Client, blocked: Client) -> None:
    alice.sends(f"<iq type='result' to='{blocked.jid}' id='1'/>")
    alice.sends(f"<message type='error' to='{blocked.jid}'><error type='cancel'/></message>")
    blocked.receives_nothing()
    alice.receives_nothing()


def test_no_carbon_copy_of_it(world: World, alice: Client, blocked: Client) -> None:
    """XEP-0280: neither of what was refused to the blocked, nor of what they sent."""
    phone = world.client("alice@localhost/phone")
    phone.asks("<enable xmlns='urn:xmpp:carbons:2'/>", kind="set")
    phone.ignores()
    blocked.sends(f"<message type='chat' to='{alice.jid}'>{HELLO}</message>")
    phone.receives_nothing()


# -- presence (§3.3, §3.4) --------------------------------------------------------------------------


def test_to_the_blocked_the_user_is_offline(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    phone = world.client("alice@localhost/phone")
    bob.ignores()
    block(alice, "bob@localhost")
    bob.receives(
        "<presence type='unavailable' from='alice@localhost/home'/>",
        "<presence type='unavailable' from='alice@localhost/phone'/>",
    )
    alice.sends("<presence><show>away</show></presence>")
    phone.drops()
    world.client("alice@localhost/new")
    bob.receives_nothing()
    bob.drops()
    bob = world.client("bob@localhost/desk")
    bob.receives_nothing()
    block(alice, "bob@localhost")
    bob.receives_nothing()


def test_unblocked_they_see_each_other_again(alice: Client, blocked: Client) -> None:
    """§3.4; and the user learns what has changed meanwhile."""
    blocked.sends("<presence><show>xa</show></presence>").ignores()
    unblock(alice, "bob@localhost")
    blocked.receives_next("<presence from='alice@localhost/home' to='bob@localhost'/>")
    blocked.receives_nothing()
    alice.receives_next("<presence from='bob@localhost/desk'><show>xa</show></presence>")
    alice.receives_nothing()


def test_who_may_not_see_the_user_learns_nothing(alice: Client, bob: Client) -> None:
    """§3.3: presence only if it is allowed."""
    block(alice, "bob@localhost")
    bob.receives_nothing()
    unblock(alice, "bob@localhost")
    bob.receives_nothing()


def test_directed_presence_is_withdrawn(alice: Client, bob: Client) -> None:
    alice.sends("<presence to='bob@localhost/desk'/>")
    bob.receives_next("<presence/>")
    block(alice, "bob@localhost")
    bob.receives_next("<presence type='unavailable' from='alice@localhost/home'/>")
    unblock(alice, "bob@localhost")
    alice.drops()
    bob.receives_nothing()


def test_a_request_that_waits_is_not_shown(world: World, alice: Client, bob: Client) -> None:
    bob.sends("<presence type='subscribe' to='alice@localhost'/>")
    block(alice, "bob@localhost")
    phone = world.client("alice@localhost/phone")
    phone.receives_next("<presence from='alice@localhost/home'/>")
    phone.receives_nothing()


# -- matching (§5) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "sender", "passes"),
    [
        ("eve@irc.localhost/web", "eve@irc.localhost/web", False),
        ("eve@irc.localhost/web", "eve@irc.localhost/phone", True),
        ("eve@irc.localhost/web", "eve@irc.localhost", True),
        ("eve@irc.localhost", "eve@irc.localhost/web", False),
        ("eve@irc.localhost", "eve@irc.localhost", False),
        ("eve@irc.localhost", "bob@irc.localhost", True),
        ("irc.localhost/bot", "irc.localhost/bot", False),
        ("irc.localhost/bot", "irc.localhost", True),
        ("irc.localhost", "irc.localhost", False),
        ("irc.localhost", "irc.localhost/bot", False),
        ("irc.localhost", "eve@irc.localhost/web", False),
        ("localhost", "eve@irc.localhost/web", True),
    ],
)
def test_matching(world: World, alice: Client, item: str, sender: str, passes: bool) -> None:
    gateway = world.component("irc.localhost")
    block(alice, item)
    gateway.sends(f"<message from='{sender}' to='alice@localhost'>{HELLO}</message>")
    if passes:
        alice.receives_next(f"<message from='{sender}'/>")
    else:
        gateway.receives_next("<message type='error'/>")
    alice.receives_nothing()


def test_the_presence_of_a_whole_domain(world: World, alice: Client, bob: Client) -> None:
    befriend(alice, bob)
    block(alice, "localhost")
    bob.receives_next("<presence type='unavailable' from='alice@localhost/home'/>")
    unblock(alice, "localhost")
    bob.receives_next("<presence from='alice@localhost/home'/>")


def test_oneself_and_ones_server_cannot_be_blocked(world: World, alice: Client, bob: Client) -> None:
    """§4: not the own resources; and without the server nothing could be unblocked."""
    phone = world.client("alice@localhost/phone")
    block(alice, "alice@localhost", "localhost", "alice@localhost/phone")
    alice.ignores()
    phone.ignores()
    alice.sends(f"<message to='{phone.jid}'>{HELLO}</message>")
    phone.receives_next("<message/>")
    assert alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost").get("type") == "result"
    bob.sends(f"<message to='alice@localhost'>{HELLO}</message>").receives_next("<message type='error'/>")
    assert unblock(alice).get("type") == "result"
