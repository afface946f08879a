"""RFC 6121 §2: the roster."""

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from core_router.config import Bounds
from core_router.services.roster import NAMESPACE, VERSIONING
from core_router.store.interfaces import RosterItem, Rosters, StoredRoster
from core_router.xmpp.namespaces import STANZA_ERRORS
from tests.core_router import login
from tests.core_router.world import Client, World
from tests.scenarios.matching import Element

BOB = "<item jid='bob@localhost' name='Bob'><group>Friends</group></item>"


def roster(client: Client, ver: str | None = None) -> Element | None:
    """The query of the answer to a roster get, None if it is empty."""
    version = "" if ver is None else f" ver='{ver}'"
    answer = client.asks(f"<query xmlns='{NAMESPACE}'{version}/>")
    assert answer.get("type") == "result"
    return answer.find(f"{{{NAMESPACE}}}query")


def items(client: Client) -> dict[str, dict[str, str]]:
    found = roster(client)
    assert found is not None
    return {str(item.get("jid")): written(item) for item in found}


def written(item: Element) -> dict[str, str]:
    return {str(key): str(value) for key, value in item.items()}


def put(client: Client, item: str) -> Element:
    """The answer to a roster set."""
    return client.asks(f"<query xmlns='{NAMESPACE}'>{item}</query>", kind="set")


def refused(answer: Element, type: str, condition: str) -> None:
    error = answer.find("{jabber:client}error")
    assert error is not None
    assert (error.get("type"), error[0].tag) == (type, f"{{{STANZA_ERRORS}}}{condition}")


def push(item: str) -> str:
    return f"<iq type='set' id='*'><query xmlns='{NAMESPACE}' ver='*'>{item}</query></iq>"


@pytest.fixture
def home(world: World) -> Client:
    """A resource of alice's that has asked for the roster."""
    client = world.client("alice@localhost/home", available=False)
    roster(client)
    return client


class TestGet:
    """§2.1.3, §2.2."""

    def test_of_a_new_account_it_is_empty(self, home: Client) -> None:
        assert items(home) == {}

    def test_items_have_all_that_was_set(self, home: Client) -> None:
        put(home, BOB)
        found = roster(home)
        assert found is not None
        assert written(found[0]) == {"jid": "bob@localhost", "name": "Bob", "subscription": "none"}
        assert [(group.tag, group.text) for group in found[0]] == [(f"{{{NAMESPACE}}}group", "Friends")]

    def test_names_and_groups_come_back_as_they_were_written(self, home: Client) -> None:
        put(home, "<item jid='bob@localhost' name='&lt;&apos;&quot;&amp;ü'><group> a &lt; b </group></item>")
        found = roster(home)
        assert found is not None
        assert found[0].get("name") == "<'\"&ü"
        assert found[0][0].text == " a < b "

    def test_of_others_it_is_not_told(self, world: World, home: Client) -> None:
        world.account("bob@localhost")
        for account in ("bob@localhost", "nobody@localhost"):
            answer = home.asks(f"<query xmlns='{NAMESPACE}'/>", to=account)
            refused(answer, "auth", "forbidden")

    def test_it_may_be_asked_for_by_the_own_address(self, home: Client) -> None:
        assert home.asks(f"<query xmlns='{NAMESPACE}'/>", to="alice@localhost").get("type") == "result"

    def test_it_is_not_the_domains_to_tell(self, home: Client) -> None:
        refused(home.asks(f"<query xmlns='{NAMESPACE}'/>", to="localhost"), "cancel", "service-unavailable")


class TestSet:
    """§2.3."""

    def test_it_is_answered_and_pushed_to_interested_resources(self, world: World, home: Client) -> None:
        """§2.1.6: all that have asked for the roster, the one that changes it too."""
        work, phone = (world.client(f"alice@localhost/{name}", available=False) for name in ("work", "phone"))
        roster(work)
        assert put(home, BOB).get("type") == "result"
        for client in (home, work):
            client.receives_next(push("<item jid='bob@localhost' name='Bob' subscription='none'/>"))
            client.receives_nothing()
        phone.receives_nothing()

    def test_the_sender_of_a_push_is_the_account(self, home: Client) -> None:
        """§2.1.6: it has no `from`, which stands for the account itself."""
        put(home, BOB)
        assert home.receives_next(push("<item jid='bob@localhost'/>")).get("from") is None

    def test_pushes_have_ids_of_their_own_and_their_answers_are_taken(self, home: Client) -> None:
        ids = set()
        for name in "abc":
            put(home, f"<item jid='{name}@localhost'/>")
            ids.add(home.receives_next(push("<item/>")).get("id"))
        assert len(ids) == 3
        for id in ids:
            home.sends(f"<iq type='result' id='{id}'/>").receives_nothing()

    @pytest.mark.parametrize("written", ["BOB@localhost", "bob@LOCALHOST.", "bob@localhost/desk"])
    def test_a_contact_is_a_bare_address(self, home: Client, written: str) -> None:
        """§2.1.2.3, prepared."""
        put(home, f"<item jid='{written}'/>")
        assert list(items(home)) == ["bob@localhost"]

    def test_an_item_is_replaced_but_for_its_subscription(self, world: World, home: Client) -> None:
        """§2.4: what the subscription is, only the server says."""
        world.account("bob@localhost")
        put(home, BOB)
        home.sends("<presence type='subscribe' to='bob@localhost'/>")
        put(
            home,
            "<item jid='bob@localhost' subscription='both' ask='' approved='true'><group>B</group></item>",
        )
        found = roster(home)
        assert found is not None
        assert written(found[0]) == {"jid": "bob@localhost", "subscription": "none", "ask": "subscribe"}
        assert [group.text for group in found[0]] == ["B"]

    def test_several_groups(self, home: Client) -> None:
        put(home, "<item jid='bob@localhost'><group>A</group><group>B</group></item>")
        found = roster(home)
        assert found is not None
        assert [group.text for group in found[0]] == ["A", "B"]

    @pytest.mark.parametrize(
        ("query", "type", "condition"),
        [
            ("", "modify", "bad-request"),  # §2.3.3: none
            ("<item jid='a@localhost'/><item jid='b@localhost'/>", "modify", "bad-request"),  # two
            ("<other/>", "modify", "bad-request"),
            ("<item/>", "modify", "bad-request"),
            ("<item jid='@'/>", "modify", "jid-malformed"),
            (f"<item jid='{'a' * 600}@localhost'/>", "modify", "not-acceptable"),
            (
                f"<item jid='a@localhost'>{'<group>%s</group>' * 65}</item>" % (*range(65),),
                "modify",
                "not-acceptable",
            ),
            ("<item jid='a@localhost'><group>A</group><group>A</group></item>", "modify", "bad-request"),
            ("<item jid='a@localhost'><group/></item>", "modify", "not-acceptable"),
            (f"<item jid='a@localhost'><group>{'x' * 1024}</group></item>", "modify", "not-acceptable"),
            (f"<item jid='a@localhost' name='{'x' * 1024}'/>", "modify", "not-acceptable"),
            ("<item jid='alice@localhost'/>", "cancel", "not-allowed"),
        ],
    )
    def test_what_cannot_be_set(self, home: Client, query: str, type: str, condition: str) -> None:
        """§2.3.3."""
        refused(put(home, query), type, condition)
        home.receives_nothing()
        assert items(home) == {}

    def test_others_rosters_cannot_be_set(self, world: World, home: Client) -> None:
        """§2.3.3, no. 1."""
        bob = world.client("bob@localhost/desk")
        answer = home.asks(f"<query xmlns='{NAMESPACE}'>{BOB}</query>", to=bob.bare, kind="set")
        refused(answer, "auth", "forbidden")
        assert items(bob) == {}


class TestRemove:
    """§2.5."""

    def test_it_is_pushed(self, world: World, home: Client) -> None:
        put(home, BOB)
        home.ignores()
        assert put(home, "<item jid='bob@localhost' subscription='remove'/>").get("type") == "result"
        home.receives_next(push("<item jid='bob@localhost' subscription='remove'/>")).get("name")
        home.receives_nothing()
        assert items(home) == {}

    def test_what_is_not_there_is_not_found(self, home: Client) -> None:
        """§2.5.3."""
        refused(put(home, "<item jid='bob@localhost' subscription='remove'/>"), "cancel", "item-not-found")

    def test_nor_is_somebody_whose_request_waits(self, world: World, home: Client) -> None:
        bob = world.client("bob@localhost/desk")
        bob.sends("<presence type='subscribe' to='alice@localhost'/>")
        refused(put(home, "<item jid='bob@localhost' subscription='remove'/>"), "cancel", "item-not-found")


class TestVersion:
    """§2.6."""

    def test_it_is_offered(self, world: World) -> None:
        """§2.6.1."""
        alice = world.stranger()
        world.account("alice@localhost")
        login.open_stream(alice, "localhost")
        login.authenticate(alice, "alice", "open sesame, Ali", "PLAIN")
        assert login.open_stream(alice, "localhost").find(f"{{{VERSIONING}}}ver") is not None

    def test_what_is_up_to_date_is_not_sent_again(self, home: Client) -> None:
        """§2.6.3."""
        put(home, BOB)
        found = roster(home)
        assert found is not None
        assert roster(home, found.get("ver")) is None

    @pytest.mark.parametrize("ver", ["", "99", "x", "-1", "1.5", "01", "9" * 5000, "1-abc", "١"])
    def test_of_what_never_was_the_whole_is_sent(self, home: Client, ver: str) -> None:
        put(home, BOB)
        found = roster(home, ver)
        assert found is not None
        assert len(found) == 1

    def test_it_changes_with_every_push(self, home: Client) -> None:
        versions = []
        for name in "abc":
            put(home, f"<item jid='{name}@localhost'/>")
            versions.append(home.receives_next(push("<item/>"))[0].get("ver"))
        found = roster(home)
        assert found is not None
        assert len(set(versions)) == 3
        assert found.get("ver") == versions[-1]


def test_it_is_there_again_at_the_next_login(world: World, home: Client) -> None:
    put(home, BOB)
    before = roster(home)
    home.drops()
    world.restart()
    again = world.client("alice@localhost/work", available=False)
    assert before is not None
    assert roster(again, before.get("ver")) is None
    assert list(items(again)) == ["bob@localhost"]


def test_it_is_forgotten_with_the_last_session_and_read_anew(world: World, home: Client) -> None:
    """Thousands of accounts may have been here since the start."""
    put(home, BOB)
    home.drops()
    row = world.accounts.rows["alice@localhost"]
    row.roster["carol@localhost"] = RosterItem("carol@localhost")
    assert set(items(world.client("alice@localhost/home"))) == {"bob@localhost", "carol@localhost"}


class TestLimit:
    """An account's roster is bounded, and strangers cannot fill it."""

    @pytest.fixture
    def world(self) -> World:
        return World(limits=Bounds(roster_items=2, roster_requests=2))

    def test_more_items_are_refused(self, home: Client) -> None:
        for name in "ab":
            assert put(home, f"<item jid='{name}@localhost'/>").get("type") == "result"
        refused(put(home, "<item jid='c@localhost'/>"), "wait", "resource-constraint")
        assert put(home, "<item jid='a@localhost' name='A'/>").get("type") == "result"
        put(home, "<item jid='a@localhost' subscription='remove'/>")
        assert put(home, "<item jid='c@localhost'/>").get("type") == "result"

    @pytest.mark.parametrize("type", ["subscribe", "subscribed"])
    def test_so_are_more_subscriptions(self, home: Client, type: str) -> None:
        for name in "ab":
            put(home, f"<item jid='{name}@localhost'/>")
        home.ignores().sends(f"<presence type='{type}' to='c@localhost' id='1'/>")
        home.receives_next("<presence type='error' id='1'><error type='wait'/></presence>")
        home.receives_nothing()
        assert set(items(home)) == {"a@localhost", "b@localhost"}

    def test_requests_of_strangers_take_no_room(self, world: World, home: Client) -> None:
        strangers = [world.client(f"{name}@localhost/x") for name in "xyz"]
        for stranger in strangers:
            stranger.sends("<presence type='subscribe' to='alice@localhost'/>")
        strangers[1].receives_nothing()
        strangers[2].receives_next("<presence type='error'><error type='wait'/></presence>")
        for name in "ab":
            assert put(home, f"<item jid='{name}@localhost'/>").get("type") == "result"


class SlowRosters:
    """A store whose answers wait until they are let go."""

    def __init__(self, behind: Rosters) -> None:
        self._behind = behind
        self.waiting: list[Deferred[None]] = []
        self.put, self.delete, self.forget = behind.put, behind.delete, behind.forget

    async def load(self, account: str) -> StoredRoster | None:
        self.waiting.append(Deferred())
        await self.waiting[-1]
        return await self._behind.load(account)

    def let_go(self) -> None:
        for one in self.waiting:
            one.callback(None)
        self.waiting.clear()


class TestSlowStore:
    """What is asked while the roster is on its way is answered when it is there, in order."""

    @pytest.fixture
    def slow(self, world: World) -> SlowRosters:
        slow = SlowRosters(world.stores.rosters)
        world.stores = replace(world.stores, rosters=slow)
        world.restart()
        return slow

    def test_questions_and_changes_keep_their_order(self, world: World, slow: SlowRosters) -> None:
        alice = world.client("alice@localhost/home", available=False)
        alice.sends(
            f"<iq type='get' id='1'><query xmlns='{NAMESPACE}'/></iq>",
            f"<iq type='set' id='2'><query xmlns='{NAMESPACE}'>{BOB}</query></iq>",
            f"<iq type='get' id='3'><query xmlns='{NAMESPACE}'/></iq>",
        )
        alice.receives_nothing()
        assert len(slow.waiting) == 1  # it is read once
        slow.let_go()
        first = alice.receives_next("<iq type='result' id='1'/>")
        alice.receives_next(push("<item jid='bob@localhost'/>"), "<iq type='result' id='2'/>")
        third = alice.receives_next("<iq type='result' id='3'/>")
        assert [len(answer[0]) for answer in (first, third)] == [0, 1]

    def test_presence_waits_for_it_too(self, world: World, slow: SlowRosters) -> None:
        alice = world.client("alice@localhost/home", available=False).sends("<presence/>").receives_nothing()
        slow.let_go()
        alice.receives_next("<presence from='alice@localhost/home'/>")

    def test_who_has_gone_meanwhile_gets_nothing_and_leaves_nothing(
        self, world: World, slow: SlowRosters
    ) -> None:
        alice = world.client("alice@localhost/home", available=False)
        alice.sends("<presence/>", f"<iq type='set' id='2'><query xmlns='{NAMESPACE}'>{BOB}</query></iq>")
        alice.drops()
        slow.let_go()
        assert world.server.router.sessions.of("alice@localhost") == []
        assert list(world.accounts.rows["alice@localhost"].roster) == ["bob@localhost"]

    def test_a_store_that_fails_is_an_error_to_whoever_asks(
        self, world: World, slow: SlowRosters, caplog: pytest.LogCaptureFixture
    ) -> None:
        alice = world.client("alice@localhost/home", available=False)
        alice.sends(f"<iq type='get' id='1'><query xmlns='{NAMESPACE}'/></iq>")
        slow.waiting.pop().errback(OSError("the disk is gone"))
        refused(alice.receives_next("<iq id='1' type='error'/>"), "cancel", "internal-server-error")
        assert "the disk is gone" in caplog.text
        caplog.clear()
        alice.sends(f"<iq type='get' id='2'><query xmlns='{NAMESPACE}'/></iq>")
        slow.let_go()
        alice.receives_next("<iq type='result' id='2'/>")
