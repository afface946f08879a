"""How many connections a network address gets."""

import pytest

from core_router.config import Rates
from core_router.routing.admission import Admission, Exemptions, subscriber

STRANGER, OTHER = "192.0.2.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("host", "who"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb:cccc:dddd:eeee", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("/run/socket", "/run/socket"),
    ],
)
def test_who_shares_an_address(host: str, who: str) -> None:
    assert subscriber(host) == who


def test_networks_may_be_exempt() -> None:
    exempt = Exemptions(["127.0.0.0/8", "::1", "2001:db8::/32"])
    for host in ("127.0.0.1", "127.255.0.9", "::1", "2001:db8:9::1"):
        assert host in exempt
    for host in ("192.0.2.7", "::2", "2001:db9::1", "no address", ""):
        assert host not in exempt


class TestAdmission:
    def test_so_many_at_a_time(self) -> None:
        admission = Admission(Rates(connections=2), lambda: 0)
        assert [admission.connected(STRANGER) for _ in range(3)] == [True, True, False]
        assert admission.refused == 1
        assert admission.connected(OTHER)
        admission.disconnected(STRANGER)
        assert admission.connected(STRANGER)
        assert not admission.connected(STRANGER)

    def test_so_many_new_ones_a_minute(self) -> None:
        time = 0.0
        admission = Admission(Rates(new_connections=6), lambda: time)
        for _ in range(6):
            assert admission.connected(STRANGER)
            admission.disconnected(STRANGER)
        assert not admission.connected(STRANGER)
        assert admission.connected(OTHER)
        time = 10.0
        assert admission.connected(STRANGER)
        assert not admission.connected(STRANGER)

    def test_who_is_exempt_connects_as_he_likes(self) -> None:
        admission = Admission(Rates(connections=1, new_connections=1), lambda: 0)
        assert all(admission.connected("127.0.0.1") for _ in range(100))

    def test_zero_is_no_limit(self) -> None:
        admission = Admission(Rates(connections=0, new_connections=0, exempt=[]), lambda: 0)
        assert all(admission.connected(STRANGER) for _ in range(5000))

    def test_the_rules_may_change_while_connections_are_open(self) -> None:
        admission = Admission(Rates(exempt=[STRANGER]), lambda: 0)
        assert all(admission.connected(STRANGER) for _ in range(3))
        admission.use(Rates(connections=3, exempt=[]))
        assert not admission.connected(STRANGER)
        admission.disconnected(STRANGER)
        assert admission.connected(STRANGER)

    def test_who_is_gone_leaves_nothing_behind(self) -> None:
        """Addresses of an attacker with a network of his own: those remembered are bounded."""
        admission = Admission(Rates(), lambda: 0)
        for number in range(20_000):
            host = f"2001:db8:{number:x}::1"
            assert admission.connected(host)
            admission.disconnected(host)
        assert len(admission._open) == 0
        assert len(admission._new) <= 16_384
