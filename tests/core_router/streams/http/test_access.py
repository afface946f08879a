"""TLS, reverse proxies, origins: who may connect over HTTP."""

import pytest

from core_router.streams.http.access import Access

LOCAL = ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("host", "headers", "secure"),
    [
        ("127.0.0.1", {}, True),  # on this machine nobody reads along
        ("::1", {}, True),
        ("192.0.2.1", {}, False),
        ("192.0.2.1", {"x-forwarded-proto": "https"}, False),  # a stranger may write anything
        ("127.0.0.1", {"x-forwarded-proto": "https"}, True),
        ("127.0.0.1", {"x-forwarded-proto": "wss"}, True),
        ("127.0.0.1", {"x-forwarded-proto": "http"}, False),
        ("127.0.0.1", {"x-forwarded-proto": "https, http"}, False),  # the last word is our proxy's
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.1"}, False),  # it came from elsewhere, nobody says how
        ("127.0.0.1", {"forwarded": "for=192.0.2.1"}, False),
        ("127.0.0.2", {}, False),  # not named
    ],
)
def test_what_counts_as_secure(host: str, headers: dict[str, str], secure: bool) -> None:
    assert Access(LOCAL, []).is_secure(host, headers) is secure


@pytest.mark.parametrize(
    ("host", "headers", "secure"),
    [
        ("10.1.2.3", {"x-forwarded-proto": "https"}, True),
        ("10.1.2.3", {"x-forwarded-proto": "http"}, False),
        ("10.1.2.3", {}, False),  # the way from the proxy to here is one where somebody may read
        ("2001:db8::9", {"x-forwarded-proto": "https"}, True),
        ("127.0.0.1", {}, False),  # no more, when it is left out
    ],
)
def test_proxies_on_other_machines(host: str, headers: dict[str, str], secure: bool) -> None:
    assert Access(["10.0.0.0/8", "2001:db8::/32"], []).is_secure(host, headers) is secure


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.1:4000", "198.51.100.7", "192.0.2.1:4000"),
        ("127.0.0.1:4000", "198.51.100.7", "198.51.100.7:0"),
        ("127.0.0.1:4000", "203.0.113.1, 198.51.100.7", "198.51.100.7:0"),  # what comes before is hearsay
        ("127.0.0.1:4000", "198.51.100.7, 127.0.0.1", "198.51.100.7:0"),
        ("::1:4000", "2001:db8::7", "2001:db8::7:0"),
        ("127.0.0.1:4000", "", "127.0.0.1:4000"),
        ("127.0.0.1:4000", "unknown", "127.0.0.1:4000"),
        ("127.0.0.1:4000", "198.51.100.7, <script>", "127.0.0.1:4000"),
    ],
)
def test_the_client_behind_proxies(peer: str, forwarded_for: str, client: str) -> None:
    assert Access(LOCAL, []).client(peer, {"x-forwarded-for": forwarded_for}) == client


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (["*"], "https://anywhere.example", True),
        (["https://chat.example"], "https://chat.example", True),
        (["https://chat.example"], "http://chat.example", False),
        (["https://chat.example"], "https://chat.example.evil.example", False),
        (["https://chat.example"], None, True),  # no page
        (["https://chat.example"], "null", False),
        ([], "https://chat.example", False),
    ],
)
def test_origins(origins: list[str], origin: str | None, allowed: bool) -> None:
    assert Access(LOCAL, origins).allows(origin) is allowed
