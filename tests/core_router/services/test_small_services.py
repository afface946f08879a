"""Ping (XEP-0199), software version (XEP-0092), entity time (XEP-0202), session request (RFC 3921 §3)."""

import pytest

from core_router.services.entity_time import NAMESPACE as TIME
from core_router.services.ping import NAMESPACE as PING
from core_router.services.session_request import NAMESPACE as SESSION
from core_router.services.version import NAMESPACE as VERSION
from settings import VERSION as NUMBER
from tests.core_router.world import Client, World


class TestPing:
    @pytest.mark.parametrize("to", ["localhost", "alice@localhost", ""])
    def test_the_server_answers(self, alice: Client, to: str) -> None:
        """XEP-0199 §4.2: the domain, and one's own account."""
        answer = alice.asks(f"<ping xmlns='{PING}'/>", to=to)
        assert answer.get("type") == "result"
        assert answer.get("from") == (to or "alice@localhost")
        assert len(answer) == 0

    def test_another_client_answers_for_itself(self, alice: Client, bob: Client) -> None:
        """§4.4."""
        alice.sends(f"<iq type='get' id='1' to='{bob.jid}'><ping xmlns='{PING}'/></iq>")
        bob.receives_next("<iq type='get' id='1' from='alice@localhost/home'/>")
        bob.sends(f"<iq type='result' id='1' to='{alice.jid}'/>")
        alice.receives_next("<iq type='result' id='1' from='bob@localhost/desk'/>")

    def test_a_component_is_answered_too(self, world: World) -> None:
        rooms = world.component("conference.localhost")
        rooms.sends(
            f"<iq type='get' id='1' from='conference.localhost' to='localhost'><ping xmlns='{PING}'/></iq>"
        )
        rooms.receives_next("<iq type='result' id='1' from='localhost' to='conference.localhost'/>")

    def test_it_is_a_question_not_an_order(self, alice: Client) -> None:
        assert alice.asks(f"<ping xmlns='{PING}'/>", to="localhost", kind="set").get("type") == "error"


def test_the_version_is_told_and_the_operating_system_is_not(alice: Client) -> None:
    """XEP-0092 §2, §4."""
    found = alice.asks(f"<query xmlns='{VERSION}'/>", to="localhost")[0]
    told = {str(child.tag).partition("}")[2]: child.text for child in found}
    assert told == {"name": "Stellwerk", "version": NUMBER}


def test_the_time_is_told_and_the_place_is_not(world: World, alice: Client) -> None:
    """XEP-0202 §2, §6."""
    world.later(hours=1, seconds=1.9)
    found = alice.asks(f"<time xmlns='{TIME}'/>", to="localhost")[0]
    told = {str(child.tag).partition("}")[2]: child.text for child in found}
    assert told == {"tzo": "Z", "utc": "2026-05-04T13:00:01Z"}


def test_old_clients_may_ask_for_a_session(alice: Client) -> None:
    """RFC 3921 §3: which they have."""
    answer = alice.asks(f"<session xmlns='{SESSION}'/>", kind="set")
    assert answer.get("type") == "result"
    assert f"<session xmlns='{SESSION}'><optional/></session>".encode() in alice.raw
