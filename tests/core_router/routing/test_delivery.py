"""The hooks a message passes on its way, and who is told of its delivery."""

from collections.abc import Sequence
from typing import Any

import pytest

from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.hooks import HANDLED, Phase, ReceivedHook
from core_router.routing.sessions import Session
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import parse_jid
from tests.core_router.world import World


class Deliveries:
    """What the hook `delivered` was told: the id of the message, and the resources."""

    def __init__(self, world: World) -> None:
        self.told: list[tuple[str, list[str]]] = []
        world.server.router.install([Feature(name="deliveries", standards=(), delivered=self._delivered)])

    def _delivered(self, message: Envelope, sessions: Sequence[Session]) -> None:
        self.told.append((message.id, [session.jid.resource for session in sessions]))


@pytest.mark.parametrize(
    ("to", "resources"),
    [
        ("bob@localhost/desk", ["desk"]),
        ("bob@localhost", ["desk", "phone"]),
        ("bob@localhost/gone", ["desk", "phone"]),
        ("away@localhost", []),  # kept for later
    ],
)
def test_who_got_a_message_is_told(world: World, to: str, resources: list[str]) -> None:
    world.account("away@localhost")
    world.client("bob@localhost/desk"), world.client("bob@localhost/phone")
    alice = world.client("alice@localhost/home")
    deliveries = Deliveries(world)
    alice.sends(f"<message type='chat' to='{to}' id='m1'><body>Hello</body></message>")
    assert deliveries.told == [("m1", resources)]


@pytest.mark.parametrize(
    "stanza",
    [
        "<message type='error' to='bob@localhost'><body>ignored</body></message>",
        "<presence to='bob@localhost'/>",
        "<iq type='get' id='1' to='bob@localhost/desk'><query xmlns='urn:example'/></iq>",
    ],
)
def test_of_what_is_no_delivered_message_nobody_is_told(world: World, stanza: str) -> None:
    world.client("bob@localhost/desk")
    alice = world.client("alice@localhost/home")
    deliveries = Deliveries(world)
    alice.sends(stanza)
    assert deliveries.told == []


def test_of_a_refused_message_only_its_sender_gets_a_delivery(world: World) -> None:
    world.client("bob@localhost/desk")
    alice = world.client("alice@localhost/home")
    deliveries = Deliveries(world)
    alice.sends("<message type='groupchat' to='bob@localhost' id='m1'><body>Refused</body></message>")
    alice.receives_next("<message type='error' id='m1'/>")
    assert deliveries.told == [("m1", ["home"])]


def test_a_redelivered_message_passes_no_hook_again(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    deliveries = Deliveries(world)
    sender, account = parse_jid(alice.jid), parse_jid(bob.bare)
    message = Envelope("message", account, sender, type="chat", content=b"<body>Again</body>")
    world.server.router.redeliver(message)
    bob.receives_next("<message to='bob@localhost'><body>Again</body></message>")
    assert deliveries.told == []
    bob.drops()
    world.server.router.redeliver(message)
    assert len(world.accounts.rows[bob.bare].messages) == 1


def test_the_sessions_of_a_removed_account_end(world: World) -> None:
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    removed: list[str] = []
    world.server.router.install([Feature(name="removals", standards=(), account_removed=removed.append)])
    world.server.router.account_removed(bob.bare)
    bob.is_told("not-authorized")
    assert removed == [bob.bare]
    assert alice.end is None


class TestHooks:
    """`core_router.hooks`: the phases, and what a hook may do in them."""

    def test_phases_come_in_order_and_features_in_the_order_of_the_list(self, world: World) -> None:
        called: list[str] = []

        def noting(name: str) -> ReceivedHook:
            def hook(envelope: Envelope) -> Envelope:
                called.append(name)
                return envelope

            return hook

        world.server.router.install(
            [
                Feature(
                    "a", (), received=((Phase.COPY, noting("a copies")), (Phase.GUARD, noting("a guards")))
                ),
                Feature(
                    "b",
                    (),
                    received=((Phase.GUARD, noting("b guards")), (Phase.TRANSFORM, noting("b turns"))),
                ),
            ]
        )
        world.client("bob@localhost/desk")
        world.client("alice@localhost/home").sends("<message to='bob@localhost/desk'/>")
        assert called == ["a guards", "b guards", "b turns", "a copies"]

    @pytest.mark.parametrize("direction", ["sent", "received"])
    def test_a_guard_may_refuse_or_take_silently(self, world: World, direction: str) -> None:
        def judge(*arguments: Any) -> Envelope | None:
            envelope: Envelope = arguments[-1]
            if envelope.id == "refused" and envelope.type != "error":
                raise StanzaError("policy-violation")
            return HANDLED if envelope.id == "taken" else envelope

        hooks: Any = {direction: ((Phase.GUARD, judge),)}
        world.server.router.install([Feature("judge", (), **hooks)])
        alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
        alice.sends(*(f"<message to='{bob.jid}' id='{id}'/>" for id in ("refused", "taken", "passed")))
        alice.receives_next("<message type='error' id='refused'><error type='modify'/></message>")
        alice.receives_nothing()
        bob.receives_next("<message id='passed'/>")
        bob.receives_nothing()

    @pytest.mark.parametrize("direction", ["sent", "received"])
    def test_what_a_transformation_returns_goes_on(self, world: World, direction: str) -> None:
        def rewrite(*arguments: Any) -> Envelope:
            envelope: Envelope = arguments[-1]
            return envelope.with_content(b"<body>2</body>", envelope.children)

        hooks: Any = {direction: ((Phase.TRANSFORM, rewrite),)}
        world.server.router.install([Feature("rewrite", (), **hooks)])
        alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
        alice.sends(f"<message to='{bob.jid}'><body>1</body></message>")
        bob.receives_next("<message><body>2</body></message>")

    def test_what_is_for_others_domains_passes_no_recipients_hook(self, world: World) -> None:
        seen: list[Envelope] = []

        def note(envelope: Envelope) -> Envelope:
            seen.append(envelope)
            return envelope

        world.server.router.install([Feature("note", (), received=((Phase.COPY, note),))])
        rooms = world.component("conference.localhost")
        world.client("alice@localhost/home").sends("<message to='tea@conference.localhost'/>")
        rooms.receives_next("<message/>")
        assert [envelope for envelope in seen if envelope.kind == "message"] == []
