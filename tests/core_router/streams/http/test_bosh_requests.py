"""XEP-0124: requests of one BOSH session: waiting, request ids, overactivity."""

import pytest

from core_router.framing.bosh import NAMESPACE
from tests.core_router.streams.http.callers import (
    available_over_bosh,
    say,
    written_body,
)
from tests.core_router.world import Client, World

SM = "urn:xmpp:sm:3"


# -- waiting (§8, §10) --------------------------------------------------------------------------------


def test_a_request_waits_for_something_to_answer(world: World, bob: Client) -> None:
    alice = available_over_bosh(world)
    waiting = alice.replies[alice.rid]
    assert waiting.status is None
    world.later(seconds=50)
    assert waiting.status is None
    bob.sends(say("Hi"))
    assert waiting.status == 200


def test_a_request_does_not_wait_longer_than_agreed(world: World) -> None:
    alice = available_over_bosh(world, wait="20")
    waiting = alice.replies[alice.rid]
    world.later(seconds=19)
    assert waiting.status is None
    world.later(seconds=1)
    assert waiting.content == f"<body xmlns='{NAMESPACE}'></body>".encode()


def test_a_second_request_sets_the_first_free(world: World, bob: Client) -> None:
    """§8: no more than `hold` are kept waiting."""
    alice = available_over_bosh(world)
    first = alice.replies[alice.rid]
    second = alice.posts(say("Hi", bob.jid).replace("<message", "<message xmlns='jabber:client'").encode())
    assert first.content == f"<body xmlns='{NAMESPACE}'></body>".encode()
    assert second.status is None


def test_a_polling_session_is_answered_at_once(world: World, bob: Client) -> None:
    """§12."""
    alice = available_over_bosh(world, wait="0", hold="0")
    bob.sends(say("Hi"))
    world.later(seconds=6)
    assert b"<body>Hi</body>" in alice.posts().content


def test_a_silent_client_is_gone(world: World, bob: Client) -> None:
    """§10; what it was sent meanwhile is not lost: it is stored."""
    alice = available_over_bosh(world, wait="10")
    world.later(seconds=10)
    bob.sends(say("Hi", "alice@localhost"))
    world.later(seconds=29)
    assert world.server.router.sessions.of("alice@localhost")
    world.later(seconds=1)
    assert not world.server.router.sessions.of("alice@localhost")
    assert alice.posts(rid=alice.rid + 1).content.count(b"item-not-found")


def test_a_pause(world: World) -> None:
    """§10: all requests are answered, without payload, and the silence may last longer."""
    alice = available_over_bosh(world)
    waiting = alice.replies[alice.rid]
    pausing = alice.posts(pause="100")
    empty = f"<body xmlns='{NAMESPACE}'></body>".encode()
    assert waiting.content == pausing.content == empty
    world.later(seconds=99)
    alice.sends(say("back")).receives("<message><body>back</body></message>")
    world.later(seconds=30)
    assert not world.server.router.sessions.of("alice@localhost")


def test_a_pause_longer_than_permitted_is_none(world: World) -> None:
    alice = available_over_bosh(world)
    alice.posts(pause="121")
    assert any(reply.status is None for reply in alice.replies.values())


# -- request ids (§14) --------------------------------------------------------------------------------


def test_requests_are_taken_in_the_order_of_their_ids(world: World, bob: Client) -> None:
    """§14.2."""
    alice = available_over_bosh(world)
    rid = alice.rid
    second = f"<message xmlns='jabber:client' to='{bob.jid}' id='second'/>".encode()
    first = f"<message xmlns='jabber:client' to='{bob.jid}' id='first'/>".encode()
    alice.posts(second, rid=rid + 2)
    bob.receives_nothing()
    alice.posts(first, rid=rid + 1)
    bob.receives_next("<message id='first'/>", "<message id='second'/>")


@pytest.mark.parametrize("ahead", [-4, 3, 10**9])
def test_an_id_out_of_the_window_ends_the_session(world: World, bob: Client, ahead: int) -> None:
    """§14.2: too large or too small, the answer is the same."""
    alice = available_over_bosh(world)
    waiting = alice.replies[alice.rid]
    reply = alice.posts(rid=alice.rid + ahead)
    assert b"type='terminate' condition='item-not-found'" in reply.content
    assert b"type='terminate' condition='other-request'" in waiting.content
    assert not world.server.router.sessions.of("alice@localhost")


def test_an_answer_that_was_lost_is_given_again(world: World, bob: Client) -> None:
    """§14.3: the same bytes, and nothing is done twice."""
    alice = available_over_bosh(world)
    alice.sends(say("once", bob.jid))
    bob.receives_next("<message/>")
    bob.sends(say("Hi"))
    rid = alice.rid
    answered = alice.replies[rid].content
    assert b"<body>Hi</body>" in answered
    body = written_body(say("once", bob.jid).encode(), {"rid": str(rid), "sid": alice.sid})
    assert alice.posts_raw(body, rid).content == answered
    bob.receives_nothing()


def test_a_request_that_waits_is_sent_again(world: World, bob: Client) -> None:
    """§14.3: the first gets a recoverable error, the later one the answer."""
    alice = available_over_bosh(world)
    first = alice.replies[alice.rid]
    again = alice.posts(rid=alice.rid)
    assert first.content == f"<body xmlns='{NAMESPACE}' type='error'></body>".encode()
    assert again.status is None
    bob.sends(say("Hi"))
    assert b"<body>Hi</body>" in again.content


def test_what_comes_while_the_connection_is_broken_waits(world: World, bob: Client) -> None:
    """§14.3: it is not written into a connection that is gone."""
    alice = available_over_bosh(world)
    alice.callers[alice.rid].drops()
    bob.sends(say("Hi"))
    world.later(seconds=20)
    assert b"<body>Hi</body>" in alice.posts(rid=alice.rid).content


def test_a_client_that_goes_on_after_a_broken_connection_loses_nothing(world: World, bob: Client) -> None:
    alice = available_over_bosh(world)
    alice.callers[alice.rid].drops()
    bob.sends(say("Hi"))
    assert b"<body>Hi</body>" in alice.posts().content


def test_sending_the_same_again_and_again_ends_the_session(world: World) -> None:
    """§14.3: else the limits on polling were none."""
    alice = available_over_bosh(world)
    replies = [alice.posts(rid=alice.rid) for _ in range(22)]
    assert b"condition='policy-violation'" in replies[-2].content


# -- overactivity (§11, §12) --------------------------------------------------------------------------


def test_asking_again_and_again_ends_the_session(world: World) -> None:
    """§11: an empty request while another waits, too soon after it."""
    alice = available_over_bosh(world)
    world.later(seconds=4)
    assert b"condition='policy-violation'" in alice.posts().content
    assert not world.server.router.sessions.of("alice@localhost")


def test_asking_again_later_does_not(world: World) -> None:
    alice = available_over_bosh(world)
    world.later(seconds=5)
    assert alice.posts().status is None


def test_polling_too_often_ends_the_session(world: World) -> None:
    """§12."""
    alice = available_over_bosh(world, hold="0")
    world.later(seconds=4)
    assert b"condition='policy-violation'" in alice.posts().content


def test_asking_again_after_something_came_is_what_it_is_for(world: World, bob: Client) -> None:
    alice = available_over_bosh(world)
    for n in range(5):
        bob.sends(say(str(n)))
        alice.receives_next(f"<message><body>{n}</body></message>")
        assert alice.posts().status is None
