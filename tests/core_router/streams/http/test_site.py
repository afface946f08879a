"""What is found at which path, and which pages may read it."""

import json

import pytest
from lxml import etree

from core_router.config import Http
from tests.core_router.streams.http.callers import BoshPeer, Caller, WebPeer, written_body
from tests.core_router.world import World

HOST_META, JSON = "/.well-known/host-meta", "/.well-known/host-meta.json"
FIRST = written_body(b"", {"rid": "1", "to": "localhost", "ver": "1.6"})
OUR_PAGE, THEIR_PAGE = "https://chat.example", "https://evil.example"


# -- XEP-0156 -----------------------------------------------------------------------------------------


def links(world: World, **headers: str) -> dict[str, str]:
    """The links in both documents, which must be the same."""
    caller = Caller(world)
    xrd = caller.asks("GET", HOST_META, **headers)
    jrd = caller.asks("GET", JSON, **headers)
    assert xrd.headers["content-type"].startswith("application/xrd+xml")
    assert jrd.headers["content-type"] == "application/json"
    in_json = {link["rel"]: link["href"] for link in json.loads(jrd.content)["links"]}
    namespace = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}"
    root = etree.fromstring(xrd.content)
    assert root.tag == f"{namespace}XRD"
    assert {link.get("rel"): link.get("href") for link in root.iter(f"{namespace}Link")} == in_json
    return in_json


def test_where_websocket_and_bosh_are(world: World) -> None:
    assert links(world) == {
        "urn:xmpp:alt-connections:websocket": "wss://localhost:5280/xmpp-websocket",
        "urn:xmpp:alt-connections:xbosh": "https://localhost:5280/http-bind",
    }


def test_behind_a_proxy_they_are_where_the_configuration_says() -> None:
    world = World(http=Http(url="https://chat.example/xmpp/"))
    assert links(world) == {
        "urn:xmpp:alt-connections:websocket": "wss://chat.example/xmpp/xmpp-websocket",
        "urn:xmpp:alt-connections:xbosh": "https://chat.example/xmpp/http-bind",
    }


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("b.example", "b.example"),
        ("B.example:443", "b.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("elsewhere.example", "localhost"),
        ("<b>", "localhost"),
        ("[::1]:5280", "localhost"),
    ],
)
def test_each_domain_names_itself(host: str, named: str) -> None:
    """A name that is not served here is not repeated."""
    world = World(more_domains=["b.example", "münchen.example"])
    assert links(world, host=host)["urn:xmpp:alt-connections:xbosh"] == f"https://{named}:5280/http-bind"


def test_a_domain_no_certificate_could_name() -> None:
    assert links(World("a_b.example"))["urn:xmpp:alt-connections:xbosh"].startswith("https://a_b.example:")


@pytest.mark.parametrize("secure", [True, False])
def test_every_page_may_read_them(secure: bool) -> None:
    """§4 of XEP-0156."""
    world = World(http=Http(origins=[OUR_PAGE]))
    reply = Caller(world, secure=secure).asks("GET", HOST_META, origin=THEIR_PAGE)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"


def test_head_is_get_without_content(world: World) -> None:
    caller = Caller(world)
    full, head = caller.asks("GET", HOST_META), caller.asks("HEAD", HOST_META)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == full.headers["content-length"] == str(len(full.content))


# -- pages --------------------------------------------------------------------------------------------


def test_by_default_every_page_may_connect(world: World) -> None:
    """There are no cookies here a page could make use of."""
    reply = Caller(world).asks("POST", "/http-bind", FIRST, origin=THEIR_PAGE)
    assert reply.headers["access-control-allow-origin"] == THEIR_PAGE
    assert reply.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in reply.headers
    assert WebPeer.calls(world, Origin=THEIR_PAGE).open


def test_only_pages_that_are_named_may_connect() -> None:
    world = World(http=Http(origins=[OUR_PAGE]))
    assert Caller(world).asks("POST", "/http-bind", FIRST, origin=OUR_PAGE).status == 200
    assert Caller(world).asks("POST", "/http-bind", FIRST).status == 200  # no page
    assert WebPeer.calls(world, Origin=OUR_PAGE).open
    refused = Caller(world).asks("POST", "/http-bind", FIRST, origin=THEIR_PAGE)
    assert refused.status == 403
    assert "access-control-allow-origin" not in refused.headers
    assert not WebPeer.calls(world, Origin=THEIR_PAGE).open
    assert len(world.server.web.bosh) == 2


def test_who_may_connect_changes_with_a_reload() -> None:
    world = World(http=Http(origins=[OUR_PAGE]))
    world.reconfigure(http=Http(origins=[THEIR_PAGE]))
    assert WebPeer.calls(world, Origin=THEIR_PAGE).open
    reply = Caller(world).asks("POST", "/http-bind", FIRST, origin=THEIR_PAGE)
    assert reply.headers["access-control-allow-origin"] == THEIR_PAGE
    assert not WebPeer.calls(world, Origin=OUR_PAGE).open


def test_a_page_asks_before_it_posts(world: World) -> None:
    """The preflight of CORS: `text/xml` is no type a form could have."""
    reply = Caller(world).asks(
        "OPTIONS",
        "/http-bind",
        origin=THEIR_PAGE,
        access_control_request_method="POST",
        access_control_request_headers="content-type",
    )
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == THEIR_PAGE
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert reply.headers["access-control-allow-headers"] == "Content-Type"


def test_other_methods(world: World) -> None:
    """RFC 9110 §15.5.6."""
    caller = Caller(world)
    refused = caller.asks("GET", "/http-bind")
    assert (refused.status, refused.headers["allow"]) == (405, "POST, OPTIONS")
    assert caller.asks("PUT", "/ws", b"x").status == 405


def test_other_paths(world: World) -> None:
    reply = Caller(world).asks("GET", "/")
    assert reply.status == 404
    assert b"/http-bind" in reply.content
    assert Caller(world).asks("GET", "/../ws").status == 404


def test_the_client_is_the_one_behind_the_proxy(world: World) -> None:
    caller = Caller(world, secure=False, host="127.0.0.1")
    reply = caller.asks("POST", "/http-bind", FIRST, x_forwarded_proto="https", x_forwarded_for="203.0.113.9")
    assert b"sid=" in reply.content
    [session] = world.server.web.bosh._sessions.values()
    assert session.peer == "203.0.113.9:0"
    assert session.secure


def test_the_other_path_of_bosh(world: World) -> None:
    peer = BoshPeer.calls(world).opens(to="localhost")
    caller = Caller(world)
    reply = caller.asks("POST", "/bosh", written_body(b"", {"rid": "1002", "sid": peer.sid, "pause": "10"}))
    assert reply.status == 200
