"""XEP-0198: stream management between clients and the router."""

from core_router.config import Resumption
from tests.core_router import login
from tests.core_router.world import Client, Peer, World, befriend

SM = "urn:xmpp:sm:3"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def enable(client: Client, attributes: str = "resume='true'") -> str:
    """Enable it; the result is the session's id."""
    client.sends(f"<enable xmlns='{SM}' {attributes}/>")
    return str(client.receives_next(f"<enabled xmlns='{SM}'/>").get("id", ""))


def back_again(world: World, jid: str) -> Peer:
    """A connection on which somebody has logged in but bound nothing."""
    peer = world.stranger(f"{jid} again")
    login.open_stream(peer, world.domain)
    login.authenticate(peer, jid.partition("@")[0], "open sesame, Ali", "PLAIN")
    login.open_stream(peer, world.domain)
    return peer


def acknowledge(client: Peer, count: int) -> None:
    client.sends(f"<a xmlns='{SM}' h='{count}'/>")


def say(body: str, to: str) -> str:
    return f"<message type='chat' to='{to}'><body>{body}</body></message>"


class TestEnabling:
    """§3."""

    def test_it_is_offered_after_authentication_only(self, world: World) -> None:
        stranger = world.stranger()
        features = login.open_stream(stranger, world.domain)
        assert features.find(f"{{{SM}}}sm") is None
        assert b"urn:xmpp:sm:3" in back_again_raw(world)

    def test_before_binding_it_is_refused(self, world: World) -> None:
        world.account("alice@localhost")
        alice = back_again(world, "alice@localhost")
        alice.sends(f"<enable xmlns='{SM}'/>")
        alice.receives_next(f"<failed xmlns='{SM}'><unexpected-request xmlns='{STANZAS}'/></failed>")

    def test_a_second_time_is_refused(self, alice: Client) -> None:
        enable(alice)
        alice.sends(f"<enable xmlns='{SM}'/>")
        alice.receives_next(f"<failed xmlns='{SM}'><unexpected-request xmlns='{STANZAS}'/></failed>")

    def test_without_resumption_there_is_no_id(self, alice: Client) -> None:
        assert enable(alice, "") == ""

    def test_the_client_may_ask_for_less_time_but_not_for_more(self, world: World) -> None:
        alice = world.client("alice@localhost/home")
        alice.sends(f"<enable xmlns='{SM}' resume='1' max='60'/>")
        alice.receives_next(f"<enabled xmlns='{SM}' resume='true' max='60'/>")
        bob = world.client("bob@localhost/desk")
        bob.sends(f"<enable xmlns='{SM}' resume='true' max='999999'/>")
        bob.receives_next(f"<enabled xmlns='{SM}' max='600'/>")


def back_again_raw(world: World) -> bytes:
    world.account("carol@localhost")
    return back_again(world, "carol@localhost").raw


class TestAcknowledging:
    """§4."""

    def test_a_request_is_answered_with_the_number_of_stanzas_handled(self, alice: Client) -> None:
        enable(alice)
        alice.sends(f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='0'/>")
        alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost")
        alice.ignores()
        alice.sends(f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='1'/>")

    def test_the_server_asks_once_until_it_is_answered(self, alice: Client, bob: Client) -> None:
        enable(bob)
        alice.sends(say("1", bob.jid), say("2", bob.jid))
        bob.receives_next("<message><body>1</body></message>", f"<r xmlns='{SM}'/>")
        bob.receives_next("<message><body>2</body></message>")
        bob.receives_nothing()
        acknowledge(bob, 1)
        bob.receives_next(f"<r xmlns='{SM}'/>")
        acknowledge(bob, 2)
        bob.receives_nothing()

    def test_a_count_too_high_ends_the_stream(self, alice: Client) -> None:
        enable(alice)
        acknowledge(alice, 1)
        error = alice.is_told("undefined-condition")
        detail = error.find(f"{{{SM}}}handled-count-too-high")
        assert detail is not None
        assert (detail.get("h"), detail.get("send-count")) == ("1", "0")

    def test_what_is_no_count_ends_the_stream(self, alice: Client) -> None:
        enable(alice)
        alice.sends(f"<a xmlns='{SM}' h='many'/>")
        alice.is_told("policy-violation")

    def test_acknowledging_without_having_enabled_ends_the_stream(self, alice: Client) -> None:
        acknowledge(alice, 0)
        alice.is_told("unsupported-stanza-type")


class TestSafety:
    """A message is counted once it is committed, or acknowledged by its recipient's stream."""

    def test_the_recipient_has_not_acknowledged_it_yet(self, alice: Client, bob: Client) -> None:
        enable(alice)
        enable(bob)
        alice.sends(say("1", bob.jid), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='0'/>")
        acknowledge(bob, 1)
        alice.receives_next(f"<a xmlns='{SM}' h='1'/>")

    def test_a_recipient_who_is_slow_delays_it_by_a_second_at_most(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        enable(alice)
        enable(bob)
        alice.sends(say("1", bob.jid), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='0'/>")
        world.later(seconds=1)
        alice.receives_next(f"<a xmlns='{SM}' h='1'/>")
        assert len(world.stores.continuity.held) == 1  # type: ignore[attr-defined]
        acknowledge(bob, 1)
        assert not world.stores.continuity.held  # type: ignore[attr-defined]

    def test_a_later_stanza_is_not_reported_before_an_earlier_one(self, alice: Client, bob: Client) -> None:
        enable(alice)
        enable(bob)
        alice.sends(say("1", bob.jid))
        alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost")
        alice.ignores()
        alice.sends(f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='0'/>")
        acknowledge(bob, 1)
        alice.receives_next(f"<a xmlns='{SM}' h='2'/>")

    def test_an_offline_message_is_safe_when_it_is_stored(self, world: World, alice: Client) -> None:
        world.account("bob@localhost")
        enable(alice)
        alice.sends(say("1", "bob@localhost"), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='1'/>")

    def test_a_message_to_a_client_without_stream_management_is_safe_when_written(
        self, alice: Client, bob: Client
    ) -> None:
        enable(alice)
        alice.sends(say("1", bob.jid), f"<r xmlns='{SM}'/>").receives_next(f"<a xmlns='{SM}' h='1'/>")


class TestResumption:
    """§5."""

    def test_what_was_sent_meanwhile_comes_in_order_and_once(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        befriend(alice, bob)
        id = enable(bob)
        alice.sends(say("1", bob.jid), say("2", bob.jid))
        bob.receives("<message><body>2</body></message>")
        bob.drops()
        alice.receives_nothing()  # no unavailable presence
        alice.sends(say("3", bob.jid))
        again = back_again(world, bob.jid)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='1'/>")
        again.receives_next(f"<resumed xmlns='{SM}' previd='{id}' h='0'/>")
        again.receives_next("<message><body>2</body></message>", "<message><body>3</body></message>")
        again.receives_next(f"<r xmlns='{SM}'/>")
        alice.sends(say("4", bob.jid))
        again.receives_next("<message><body>4</body></message>")
        again.sends(say("5", alice.jid))
        alice.receives_next(f"<message from='{bob.jid}'><body>5</body></message>")

    def test_a_live_session_is_taken_over(self, world: World, bob: Client) -> None:
        id = enable(bob)
        again = back_again(world, bob.jid)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(f"<resumed xmlns='{SM}'/>")
        bob.is_told("conflict")
        assert len(world.server.router.sessions) == 1

    def test_another_account_cannot_resume_it(self, world: World, alice: Client, bob: Client) -> None:
        id = enable(bob)
        bob.drops()
        thief = back_again(world, alice.jid)
        thief.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
        thief.receives_next(f"<failed xmlns='{SM}'><item-not-found xmlns='{STANZAS}'/></failed>")

    def test_an_expired_session_is_told_how_far_it_got_and_may_bind(self, world: World, bob: Client) -> None:
        id = enable(bob)
        bob.sends("<presence><show>away</show></presence>")
        bob.drops()
        world.later(seconds=600)
        again = back_again(world, bob.jid)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>")
        again.receives_next(f"<failed xmlns='{SM}' h='1'><item-not-found xmlns='{STANZAS}'/></failed>")
        assert login.bind(again, "desk") == bob.jid

    def test_a_session_that_does_not_come_back_is_unavailable(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        befriend(alice, bob)
        enable(bob)
        bob.drops()
        world.later(seconds=599)
        alice.receives_nothing()
        world.later(seconds=1)
        alice.receives_next(f"<presence type='unavailable' from='{bob.jid}'/>")

    def test_what_it_has_not_acknowledged_becomes_an_offline_message(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        enable(bob)
        bob.drops()
        alice.sends(say("1", bob.jid), say("2", bob.bare))
        world.later(seconds=600)
        again = world.client("bob@localhost/phone")
        again.receives_next("<message><body>1</body><delay xmlns='urn:xmpp:delay'/></message>")
        again.receives_next("<message><body>2</body><delay xmlns='urn:xmpp:delay'/></message>")
        again.receives_nothing()
        assert not world.stores.continuity.held  # type: ignore[attr-defined]

    def test_a_question_it_cannot_answer_any_more_is_answered_for_it(
        self, world: World, alice: Client, bob: Client
    ) -> None:
        enable(bob)
        bob.drops()
        alice.sends(f"<iq type='get' id='q' to='{bob.jid}'><query xmlns='jabber:iq:version'/></iq>")
        alice.receives_nothing()
        world.later(seconds=600)
        alice.receives_next(
            f"<iq type='error' id='q'><error><service-unavailable xmlns='{STANZAS}'/></error></iq>"
        )

    def test_a_stream_closed_in_order_cannot_be_resumed(self, world: World, bob: Client) -> None:
        """§7."""
        id = enable(bob)
        bob.closes()
        again = back_again(world, bob.jid)
        again.sends(f"<resume xmlns='{SM}' previd='{id}' h='0'/>").receives_next(f"<failed xmlns='{SM}'/>")

    def test_whoever_lets_too_much_pile_up_loses_the_session(self) -> None:
        world = World(resumption=Resumption(stanzas=2))
        alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
        enable(bob)
        alice.sends(say("1", bob.jid), say("2", bob.jid), say("3", bob.jid))
        assert bob.end == "closed"
        again = world.client("bob@localhost/desk")
        for body in ("1", "2", "3"):
            again.receives_next(f"<message><body>{body}</body></message>")
