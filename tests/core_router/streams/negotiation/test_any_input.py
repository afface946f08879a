"""SASL with whatever somebody may send: it fails in order, or not at all, and never succeeds by chance."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from bench.scram import Scram
from core_router.store.interfaces import Stores
from core_router.store.memory import memory_stores
from core_router.streams.client import ClientStream
from core_router.streams.negotiation.exchange import SaslFailure
from core_router.streams.negotiation.scram import HASHES, ClientFirst, make_verifier, prepared_password
from core_router.xmpp.jid import InvalidJid, prepare_local
from tests.core_router import login, login2
from tests.core_router.login2 import PHONE
from tests.core_router.peer import Peer
from tests.core_router.world import World
from tests.scenarios.matching import Element

CONDITIONS = {  # RFC 6120 §6.5
    "aborted", "account-disabled", "credentials-expired", "encryption-required", "incorrect-encoding",
    "invalid-authzid", "invalid-mechanism", "malformed-request", "mechanism-too-weak", "not-authorized",
    "temporary-auth-failure",
}  # fmt: skip
PASSWORD = "right"
# Cheap to check, and stored once: the router is as if it had been restarted for every example.
STORES = memory_stores()
VERIFIERS = {hash: make_verifier(PASSWORD, hash, iterations=1) for hash in HASHES}
Deferred.fromCoroutine(STORES.accounts.create("alice@localhost", VERIFIERS, World().now()))

MECHANISMS = [
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
    "HT-SHA-256-EXPR",
    "HT-SHA-256-ENDP",
    "HT-SHA-256-NONE",
]


@pytest.fixture(autouse=True)
def cheap_disguise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts that do not exist cost as little to check as the one that does."""
    monkeypatch.setattr("core_router.streams.negotiation.credentials.ITERATIONS", 1)


def arrives(stores: Stores = STORES) -> Peer:
    world = World()
    world.stores = stores
    world.restart()
    peer = world.stranger()
    peer.opens(to="localhost", version="1.0", **{"from": "alice@localhost"}).receives_next(
        "<stream:features/>"
    )
    return peer


def is_answered(peer: Peer) -> list[Element]:
    """What came is what SASL may say, and nobody is in; what came is returned."""
    assert isinstance(peer.stream, ClientStream)
    arrived = list(peer.received)
    for found in arrived:
        name = str(found.tag).rpartition("}")[2]
        assert name in ("challenge", "failure", "error"), name
        if name == "failure":
            assert str(found[0].tag).rpartition("}")[2] in CONDITIONS
    assert peer.stream.account is None
    assert peer.stream.session is None
    return arrived


# What SCRAM's messages are made of, rightly or wrongly put together.
_WHOLE = ["n,,", "y,,", "p=tls-exporter,,", "p=x,,", "n,a=alice@localhost,", "\0alice\0right", "alice", "\0"]
_PARTS = [
    "n=alice",
    "n=a=2Cb",
    "n=a=x",
    "r=abc",
    "c=biws",
    "c=",
    "p=",
    "p=AAAA",
    "m=x",
    "x=y",
    "i=1",
    ",",
    "=",
]
_piece = st.sampled_from(_WHOLE + _PARTS)
message = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(str.encode),
    st.lists(_piece, max_size=8).map(lambda pieces: ",".join(pieces).encode()),
    st.lists(_piece, max_size=8).map(lambda pieces: "".join(pieces).encode()),
)


@pytest.mark.parametrize("newer", [False, True], ids=["SASL", "SASL2"])
@given(
    mechanism=st.sampled_from(MECHANISMS), initial=st.none() | message, answers=st.lists(message, max_size=3)
)
def test_any_messages(newer: bool, mechanism: str, initial: bytes | None, answers: list[bytes]) -> None:
    assume(mechanism != "PLAIN" or b"\0alice\0right" not in (initial, *answers))
    peer = arrives()
    inline = f"{login2.user_agent(PHONE)}<fast xmlns='urn:xmpp:fast:0'/>{login2.BIND}"
    begun = login2.authenticate(mechanism, initial, inline) if newer else login.auth(mechanism, initial)
    respond = login2.response if newer else login.response
    peer.sends(begun, *map(respond, answers))
    assert is_answered(peer)


_character = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff<>&'\"")
_text = st.text(_character, max_size=20)
_name = st.sampled_from(
    ["initial-response", "user-agent", "fast", "request-token", "bind", "resume", "enable", "tag", "x"]
)
_namespace = st.sampled_from(
    ["urn:xmpp:sasl:2", "urn:xmpp:fast:0", "urn:xmpp:bind:0", "urn:xmpp:sm:3", "urn:xmpp:carbons:2", "urn:x"]
)
_attribute = st.sampled_from(["id", "mechanism", "count", "invalidate", "h", "previd", "resume", "max"])
_element = st.recursive(
    _text,
    lambda inner: st.builds(
        lambda name, namespace, attributes, children: (
            f"<{name} xmlns='{namespace}'"
            + "".join(f" {key}='{value}'" for key, value in attributes.items())
            + f">{''.join(children)}</{name}>"
        ),
        _name,
        _namespace,
        st.dictionaries(
            _attribute, _text | st.sampled_from(["1", "-1", PHONE, "true", "9" * 400]), max_size=3
        ),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@given(mechanism=st.sampled_from([*MECHANISMS, "", "x"]), inline=st.lists(_element, max_size=5).map("".join))
def test_anything_asked_with_a_login_that_fails(mechanism: str, inline: str) -> None:
    """XEP-0388 §2.6.2."""
    peer = arrives().sends(login2.authenticate(mechanism, b"\0alice\0wrong", inline))
    assert is_answered(peer)


@given(inline=st.lists(_element, max_size=5).map("".join))
def test_anything_asked_with_a_login_that_succeeds(inline: str) -> None:
    """Whatever it is, the client is logged in or told what was wrong."""
    peer = arrives().sends(login2.authenticate("PLAIN", b"\0alice\0right", inline))
    told = [str(found.tag).rpartition("}")[2] for found in peer.received]
    assert told in (["success", "features"], ["error"])
    peer.drops()


_step = st.sampled_from(
    [
        login.auth("PLAIN"),
        login.auth("PLAIN", b"\0alice\0wrong"),
        login.auth("SCRAM-SHA-256", b"n,,n=alice,r=x"),
        login.response(b"c=biws,r=x,p=AAAA"),
        login.response(b""),
        f"<abort xmlns='{login.SASL}'/>",
        login2.authenticate("PLAIN"),
        login2.authenticate("SCRAM-SHA-1", b"n,,n=alice,r=x", login2.BIND),
        login2.response(b"c=biws,r=x,p=AAAA"),
        "<abort xmlns='urn:xmpp:sasl:2'/>",
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        "<r xmlns='urn:xmpp:sm:3'/>",
        "<resume xmlns='urn:xmpp:sm:3' h='0' previd='x'/>",
        "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        "<message/>",
        " ",
    ]
)


@given(steps=st.lists(_step, max_size=12))
@settings(max_examples=200)
def test_any_order_of_steps(steps: list[str]) -> None:
    """Nobody gets in without the password, however the steps of the two profiles are mixed."""
    peer = arrives().sends(*steps)
    assert isinstance(peer.stream, ClientStream)
    assert peer.stream.account is None
    assert peer.raw.count(b"<failure") <= 5


@given(data=message)
def test_a_first_message_is_read_to_its_end_or_refused(data: bytes) -> None:
    """RFC 5802 §7."""
    try:
        first = ClientFirst.parse(data)
    except SaslFailure:
        return
    assert (first.header + first.bare).encode() == data


def _with_account(user: str, password: str) -> Stores | None:
    """Stores with that account; None when there can be none of that name or with that password."""
    try:
        jid, prepared = f"{prepare_local(user)}@localhost", prepared_password(password)
    except (InvalidJid, ValueError):
        return None
    stores = memory_stores()
    verifiers = {hash: make_verifier(prepared, hash, iterations=1) for hash in HASHES}
    Deferred.fromCoroutine(stores.accounts.create(jid, verifiers, World().now()))
    return stores


def _by_plain(peer: Peer, user: str, password: str) -> None:
    peer.sends(login.auth("PLAIN", f"\0{user}\0{password}".encode()))


def _by_scram(peer: Peer, user: str, password: str) -> None:
    scram = Scram("SCRAM-SHA-256", user, prepared_password(password))
    peer.sends(login.auth("SCRAM-SHA-256", scram.first()))
    challenge = base64.b64decode(peer.receives_next(f"<challenge xmlns='{login.SASL}'/>").text or "")
    peer.sends(login.response(scram.final(challenge)))


_user = st.text(
    st.characters(categories=("Ll", "Lo", "Nd"), include_characters=",=!+"), min_size=1, max_size=9
)
_secret = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=9)


@pytest.mark.parametrize("way", [_by_plain, _by_scram])
@given(user=_user, password=_secret)
def test_any_name_and_password(way: Callable[[Peer, str, str], None], user: str, password: str) -> None:
    """RFC 7622, RFC 8265: whatever can be a name and a password lets its owner in, commas and all."""
    stores = _with_account(user, password)
    assume(stores is not None)
    assert stores is not None
    peer = arrives(stores)
    way(peer, user, password)
    peer.receives_next(f"<success xmlns='{login.SASL}'/>")
