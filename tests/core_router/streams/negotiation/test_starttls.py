"""RFC 6120 §5: STARTTLS."""

import pytest

from core_router.config import Clients
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from core_router.streams.negotiation.starttls import NAMESPACE as TLS
from core_router.xmpp.namespaces import STREAM
from tests.core_router import login
from tests.core_router.world import Peer, World

HEADER = f"<stream:stream xmlns='jabber:client' xmlns:stream='{STREAM}' to='localhost' version='1.0'>"


@pytest.fixture
def stranger(world: World) -> Peer:
    """Somebody with an open stream, without TLS."""
    peer = world.stranger(secure=False)
    login.open_stream(peer, "localhost")
    return peer


def test_where_tls_is_mandatory_it_is_offered_alone(world: World) -> None:
    """§5.3.1: nothing else is on offer before it."""
    features = login.open_stream(world.stranger(secure=False), "localhost")
    assert [feature.tag for feature in features] == [f"{{{TLS}}}starttls"]
    assert features[0].find(f"{{{TLS}}}required") is not None


def test_where_it_is_not_it_is_offered_first() -> None:
    """§5.3.4."""
    world = World(clients=Clients(require_tls=False))
    features = login.open_stream(world.stranger(secure=False), "localhost")
    assert features[0].tag == f"{{{TLS}}}starttls"
    assert features[0].find(f"{{{TLS}}}required") is None
    assert features.find(f"{{{SASL}}}mechanisms") is not None


def test_proceed_goes_out_in_clear_and_the_stream_begins_anew(stranger: Peer) -> None:
    """§5.4.2.3, §5.4.3.3."""
    stranger.sends(f"<starttls xmlns='{TLS}'/>").receives_next(f"<proceed xmlns='{TLS}'/>")
    assert stranger.connection.tls_domains == ["localhost"]
    before = stranger.header["id"]
    features = login.open_stream(stranger, "localhost")
    assert stranger.header["id"] != before
    assert features.find(f"{{{TLS}}}starttls") is None
    assert features.find(f"{{{SASL}}}mechanisms") is not None


def test_under_tls_from_the_first_byte_it_is_not_offered(world: World) -> None:
    """XEP-0368 §4."""
    features = login.open_stream(world.stranger(), "localhost")
    assert features.find(f"{{{TLS}}}starttls") is None


@pytest.mark.parametrize(
    "following",
    [HEADER, "<auth/>", " ", "\n", login.auth("PLAIN", b"\0alice\0open sesame, Ali"), "\x16\x03\x01"],
)
def test_what_follows_in_clear_is_not_taken_as_if_under_tls(stranger: Peer, following: str) -> None:
    """§5.4.3.3: the injection that hit many servers in 2021."""
    stranger.sends(f"<starttls xmlns='{TLS}'/>{following}").is_told("policy-violation")
    assert not stranger.connection.secure


def test_nor_what_came_in_pieces_before_it(stranger: Peer) -> None:
    """A stanza that was begun in clear cannot be: it must end before the request can."""
    stranger.sends("<iq><starttls xmlns='" + TLS + "'/>", "</iq>").is_told("not-authorized")
    assert not stranger.connection.secure


def test_the_request_may_come_in_pieces(stranger: Peer) -> None:
    for byte in f"<starttls xmlns='{TLS}'></starttls>".encode():
        stranger.sends(bytes([byte]))
    stranger.receives_next(f"<proceed xmlns='{TLS}'/>")


def test_under_tls_a_second_one_fails(stranger: Peer) -> None:
    """§5.4.2.2: and the stream is closed."""
    login.start_tls(stranger, "localhost")
    stranger.sends(f"<starttls xmlns='{TLS}'/>").receives_next(f"<failure xmlns='{TLS}'/>")
    stranger.receives_nothing()
    assert stranger.end == "closed"
    assert stranger.connection.tls_domains == ["localhost"]


def test_it_may_come_before_any_feature_was_read(world: World) -> None:
    stranger = world.stranger(secure=False).sends(f"{HEADER}<starttls xmlns='{TLS}'/>")
    stranger.receives(f"<proceed xmlns='{TLS}'/>")
