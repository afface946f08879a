"""XEP-0386: Bind 2."""

import pytest

from core_router.config import Bounds
from core_router.feature import Feature, Inline
from core_router.routing.sessions import Session
from core_router.streams.negotiation.bind2 import NAMESPACE as BIND2
from core_router.streams.negotiation.bind2 import Bind2
from tests.core_router import login, login2
from tests.core_router.peer import Peer
from tests.core_router.world import World
from tests.scenarios.matching import Element

SM = "urn:xmpp:sm:3"
LEGACY = "{urn:ietf:params:xml:ns:xmpp-bind}bind"


def binds(
    world: World, asked: str = "", *, client: str = "", around: str = "", user: str = "alice"
) -> tuple[Peer, Element]:
    """Log in and bind; what goes into `<bind/>` and around it. The features stay."""
    agent = login2.user_agent(client) if client else ""
    peer = login2.arrives(world, user)
    return peer, login2.logs_in(peer, user, f"{agent}<bind xmlns='{BIND2}'>{asked}</bind>{around}")


class TestBinding:
    """§3.2."""

    def test_the_full_address_is_told(self, world: World) -> None:
        alice, success = binds(world)
        jid = login2.identity(success)
        assert jid.startswith("alice@localhost/")
        assert success.find(f"{{{BIND2}}}bound") is not None
        assert [session.jid.full for session in world.server.router.sessions] == [jid]
        features = alice.receives_next("<stream:features/>")
        assert features.find(LEGACY) is None
        alice.sends("<presence/>").receives_next(f"<presence from='{jid}'/>")

    def test_what_waits_is_not_lost(self, world: World) -> None:
        """Although §3.2 would have it thrown away, for an archive to give it."""
        bob = world.client("bob@localhost/desk")
        world.account("alice@localhost")
        bob.sends("<message to='alice@localhost' type='chat'><body>Hello</body></message>")
        alice, _ = binds(world)
        alice.ignores().sends("<presence/>").receives("<message><body>Hello</body></message>")

    def test_too_many_sessions(self) -> None:
        """Nothing is bound, and a client that asks the older way learns why."""
        world = World(limits=Bounds(resources=1))
        binds(world)
        alice, success = binds(world)
        assert login2.identity(success) == "alice@localhost"
        assert success.find(f"{{{BIND2}}}bound") is None
        assert alice.receives_next("<stream:features/>").find(LEGACY) is not None
        answer = alice.asks("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", kind="set")
        assert answer.find(".//{*}resource-constraint") is not None

    def test_what_is_unknown_is_left_alone(self, world: World) -> None:
        _, success = binds(world, "<teleport xmlns='urn:example:teleport'/>")
        bound = success.find(f"{{{BIND2}}}bound")
        assert bound is not None
        assert len(bound) == 0


class TestResource:
    """§3.2.1."""

    def test_it_begins_with_the_tag(self, world: World) -> None:
        _, success = binds(world, "<tag>AwesomeXMPP</tag>")
        assert login2.identity(success).startswith("alice@localhost/AwesomeXMPP/")

    @pytest.mark.parametrize("tag", ["x" * 1020, "a\tb"])
    def test_a_tag_that_cannot_be_is_left_out(self, world: World, tag: str) -> None:
        _, success = binds(world, f"<tag>{tag}</tag>")
        assert "/" not in login2.identity(success).partition("/")[2]

    def test_the_same_client_gets_the_same_one(self, world: World) -> None:
        """Also after a restart of the server."""
        first, second = (login2.identity(binds(world, client=login2.PHONE)[1]) for _ in range(2))
        world.restart()
        third = login2.identity(binds(world, client=login2.PHONE)[1])
        assert first == second == third

    def test_others_get_others(self, world: World) -> None:
        found = {
            login2.identity(binds(world, asked, client=client, user=user)[1]).partition("/")[2][-12:]
            for asked, client, user in (
                ("", "", "alice"),
                ("", "", "alice"),
                ("", login2.PHONE, "alice"),
                ("<tag>A</tag>", login2.PHONE, "alice"),
                ("", login2.LAPTOP, "alice"),
                ("", login2.PHONE, "bob"),
            )
        }
        assert len(found) == 6

    def test_the_clients_id_stays_with_the_server(self, world: World) -> None:
        _, success = binds(world, client=login2.PHONE)
        assert login2.PHONE not in login2.identity(success)


class TestEarlierSessions:
    """§3.2: sessions of the same client end when it comes again."""

    def test_with_the_same_resource(self, world: World) -> None:
        first, _ = binds(world, client=login2.PHONE)
        binds(world, client=login2.PHONE)
        first.receives("<stream:features/>")
        first.is_told("conflict")
        assert len(world.server.router.sessions) == 1

    def test_with_another_tag(self, world: World) -> None:
        first, _ = binds(world, "<tag>A</tag>", client=login2.PHONE)
        first.ignores()
        binds(world, "<tag>B</tag>", client=login2.PHONE)
        first.is_told("conflict")

    def test_those_of_other_clients_stay(self, world: World) -> None:
        first, _ = binds(world, client=login2.PHONE)
        binds(world, client=login2.LAPTOP)
        binds(world, client=login2.PHONE, user="bob")
        assert first.end is None


class TestStreamManagement:
    """XEP-0198 §9."""

    def test_it_is_offered_in_both_places(self, world: World) -> None:
        features = login.open_stream(world.stranger(), world.domain)
        inline = "{urn:xmpp:sasl:2}authentication/{urn:xmpp:sasl:2}inline"
        assert features.find(f"{inline}/{{{SM}}}sm") is not None
        offered = features.iterfind(f"{inline}/{{{BIND2}}}bind/{{{BIND2}}}inline/{{{BIND2}}}feature")
        assert SM in [feature.get("var") for feature in offered]

    def test_it_is_enabled_with_the_session(self, world: World) -> None:
        alice, success = binds(world, f"<enable xmlns='{SM}' resume='true' max='60'/>")
        enabled = success.find(f"{{{BIND2}}}bound/{{{SM}}}enabled")
        assert enabled is not None
        assert enabled.get("resume") == "true"
        assert enabled.get("max") == "60"
        assert enabled.get("id")
        alice.ignores().sends("<presence/>", f"<r xmlns='{SM}'/>")
        alice.receives(f"<presence from='{login2.identity(success)}'/>", f"<a xmlns='{SM}' h='1'/>")

    def test_the_counters_begin_after_the_success(self, world: World) -> None:
        alice, _ = binds(world, f"<enable xmlns='{SM}'/>")
        alice.ignores().sends(f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='0'/>")

    def resumable(self, world: World) -> tuple[str, str]:
        """A session whose client has lost its connection: its id and address."""
        alice, success = binds(world, f"<enable xmlns='{SM}' resume='true'/>")
        enabled = success.find(f"{{{BIND2}}}bound/{{{SM}}}enabled")
        assert enabled is not None
        alice.sends("<presence/>").drops()
        return enabled.get("id", ""), login2.identity(success)

    def test_it_is_resumed_with_the_login(self, world: World) -> None:
        bob = world.client("bob@localhost/desk")
        previd, jid = self.resumable(world)
        bob.sends(f"<message to='{jid}' id='m'><body>Hello</body></message>")
        alice = login2.arrives(world)
        resume = f"<resume xmlns='{SM}' h='1' previd='{previd}'/>"
        success = login2.logs_in(alice, inline=resume + login2.BIND)
        assert login2.identity(success) == jid
        assert success.find(f"{{{SM}}}resumed[@previd='{previd}'][@h='1']") is not None
        assert success.find(f"{{{BIND2}}}bound") is None, "§9.2: the bind request is to be ignored"
        # §9.2: no features; what was not acknowledged follows at once.
        alice.receives_next("<message id='m'><body>Hello</body></message>", f"<r xmlns='{SM}'/>")
        alice.receives_nothing()
        alice.sends(f"<message to='{bob.jid}' id='n'><body>There</body></message>")
        bob.receives(f"<message from='{jid}' id='n'/>")

    def test_where_it_fails_a_session_is_bound(self, world: World) -> None:
        """§9.2.1."""
        alice, success = binds(world, around=f"<resume xmlns='{SM}' h='0' previd='gone'/>")
        failed = success.find(f"{{{SM}}}failed")
        assert failed is not None
        assert failed.find("{urn:ietf:params:xml:ns:xmpp-stanzas}item-not-found") is not None
        assert success.find(f"{{{BIND2}}}bound") is not None
        assert login2.identity(success).startswith("alice@localhost/")
        alice.receives_next("<stream:features/>")

    def test_nobody_resumes_a_session_of_somebody_else(self, world: World) -> None:
        previd, _ = self.resumable(world)
        _, success = binds(world, around=f"<resume xmlns='{SM}' h='1' previd='{previd}'/>", user="mallory")
        assert success.find(f"{{{SM}}}failed") is not None

    def test_an_impossible_count_ends_the_stream(self, world: World) -> None:
        previd, _ = self.resumable(world)
        alice = login2.arrives(world)
        inline = f"<resume xmlns='{SM}' h='99' previd='{previd}'/>"
        alice.sends(login2.authenticate("PLAIN", login2.plain("alice"), inline))
        alice.is_told("undefined-condition")


def test_what_a_feature_declares_is_offered_and_switched_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`core_router.feature.Inline`."""
    switched: list[Session] = []
    feature = Feature(
        "light",
        ("XEP-0000",),
        inline=(Inline("urn:example:light", "{urn:example:light}on", switched.append),),
    )
    bind2 = Bind2(bytes(32), [], feature.inline)
    assert b"<feature var='urn:example:light'/>" in bind2.offer()
    [step] = [step for step in world.server.steps if hasattr(step, "bind2")]
    monkeypatch.setattr(step, "bind2", bind2)
    binds(world, "<on xmlns='urn:example:light'/>")
    assert switched == world.server.router.sessions.of("alice@localhost")
