"""From the connection to the session: RFC 6120 §4–§7."""

import base64

import pytest

from bench.scram import Scram
from tests.scenarios.login import (
    BIND,
    SASL,
    TLS,
    auth,
    authenticate,
    bind,
    mechanisms,
    open_stream,
    start_tls,
)
from tests.scenarios.scene import PASSWORD, Connect, Scene


async def test_without_tls_nothing_but_tls_is_offered(scene: Scene) -> None:
    """RFC 6120 §5.3.1: where TLS is mandatory, it is offered alone and as required."""
    stranger = await scene.stranger()
    features = await open_stream(stranger)
    assert [feature.tag for feature in features] == [f"{{{TLS}}}starttls"]
    assert features[0].find(f"{{{TLS}}}required") is not None


async def test_plain_is_offered_under_tls_only(scene: Scene) -> None:
    """RFC 6120 §13.8.3: a password does not travel in the clear."""
    stranger = await scene.stranger()
    await open_stream(stranger)
    await stranger.sends(auth("PLAIN", f"\0{scene.user('alice')}\0{PASSWORD}".encode()))
    await stranger.receives(f"<failure xmlns='{SASL}'><encryption-required/></failure>")
    assert "PLAIN" in mechanisms(await start_tls(stranger, scene.context))


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])
async def test_every_mechanism_leads_to_a_session(connect: Connect, mechanism: str) -> None:
    alice = await connect("alice", mechanism=mechanism)
    await alice.is_answered()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
async def test_a_login_can_be_bound_to_the_servers_certificate(connect: Connect, mechanism: str) -> None:
    """RFC 5802 §6 with tls-server-end-point (RFC 5929 §4)."""
    alice = await connect("alice", mechanism=mechanism)
    await alice.is_answered()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
async def test_a_login_bound_to_another_certificate_is_refused(scene: Scene, mechanism: str) -> None:
    """RFC 5802 §6: whoever stands between shows the client a certificate of their own."""
    stranger = await scene.stranger(direct_tls=True)
    await open_stream(stranger)
    scram = Scram(mechanism, scene.user("alice"), PASSWORD, end_point=bytes(32))
    await stranger.sends(auth(mechanism, scram.first()))
    challenge = await stranger.receives(f"<challenge xmlns='{SASL}'/>")
    final = base64.b64encode(scram.final(base64.b64decode(challenge.text or ""))).decode()
    await stranger.sends(f"<response xmlns='{SASL}'>{final}</response>")
    await stranger.receives(f"<failure xmlns='{SASL}'><not-authorized/></failure>")


async def test_tls_from_the_first_byte(scene: Scene) -> None:
    """XEP-0368: on the port for it, the stream begins under TLS and offers no STARTTLS."""
    party = await scene.stranger("alice", direct_tls=True)
    features = await open_stream(party)
    assert features.find(f"{{{TLS}}}starttls") is None
    await authenticate(party, scene.user("alice"), PASSWORD, "SCRAM-SHA-256")
    alice = await bind(party)
    await alice.becomes_available()


@pytest.mark.parametrize("known", [True, False], ids=["known user", "unknown user"])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
async def test_a_wrong_password_and_an_unknown_user_look_alike(
    scene: Scene, mechanism: str, known: bool
) -> None:
    """RFC 6120 §6.5.10, §13.8.3: who exists cannot be found out by trying to log in."""
    stranger = await scene.stranger(direct_tls=True)
    await open_stream(stranger)
    scram = Scram(mechanism, scene.user("alice") if known else "nobody", "wrong")
    await stranger.sends(auth(mechanism, scram.first()))
    challenge = await stranger.receives(f"<challenge xmlns='{SASL}'/>")
    final = base64.b64encode(scram.final(base64.b64decode(challenge.text or ""))).decode()
    await stranger.sends(f"<response xmlns='{SASL}'>{final}</response>")
    await stranger.receives(f"<failure xmlns='{SASL}'><not-authorized/></failure>")


async def test_after_a_wrong_password_the_right_one_is_accepted(scene: Scene) -> None:
    """RFC 6120 §6.4.5: a client may try again, a few times."""
    party = await scene.stranger("alice", direct_tls=True)
    await open_stream(party)
    await party.sends(auth("PLAIN", f"\0{scene.user('alice')}\0wrong".encode()))
    await party.receives(f"<failure xmlns='{SASL}'><not-authorized/></failure>")
    await authenticate(party, scene.user("alice"), PASSWORD, "PLAIN")
    await bind(party)


async def test_guessing_passwords_ends_the_stream(scene: Scene) -> None:
    """RFC 6120 §6.4.5: the number of attempts is limited."""
    stranger = await scene.stranger(direct_tls=True)
    await open_stream(stranger)
    attempts = 0
    while stranger.stream.end is None:
        attempts += 1
        assert attempts <= 10
        await stranger.sends(auth("PLAIN", f"\0{scene.user('alice')}\0guess {attempts}".encode()))
        await stranger.stream.until(
            lambda: bool(stranger.stream.received) or stranger.stream.end is not None, 10
        )
        if any(found.tag.endswith("failure") for found in stranger.stream.received):
            await stranger.receives(f"<failure xmlns='{SASL}'/>")
    await stranger.is_told("policy-violation")
    assert attempts > 1


async def test_a_user_name_is_the_same_in_capitals(scene: Scene) -> None:
    """RFC 7622 §3.3: local parts are compared without regard to case; passwords are not."""
    party = await scene.stranger("alice", direct_tls=True)
    await open_stream(party)
    await authenticate(party, scene.user("alice").upper(), PASSWORD, "PLAIN")
    alice = await bind(party)
    assert alice.bare == scene.bare("alice")


async def test_the_wanted_resource_is_bound(connect: Connect, scene: Scene) -> None:
    """RFC 6120 §7.7.1."""
    alice = await connect("alice", resource="balcony")
    assert alice.jid == f"{scene.bare('alice')}/balcony"


async def test_without_a_wanted_resource_the_server_chooses_one(connect: Connect) -> None:
    """RFC 6120 §7.6.1, §7.6.2.1: different ones for different sessions."""
    first, second = await connect("alice"), await connect("alice")
    assert first.resource
    assert second.resource
    assert first.jid != second.jid


async def test_only_one_resource_can_be_bound(connect: Connect) -> None:
    """RFC 6120 §7.1: once bound, the stream has its address."""
    alice = await connect("alice")
    answer = await alice.asks(f"<bind xmlns='{BIND}'/>", kind="set")
    assert answer.get("type") == "error"
    await alice.is_answered()


async def test_closing_the_stream_is_answered(connect: Connect) -> None:
    """RFC 6120 §4.4."""
    alice = await connect("alice")
    await alice.leaves()
