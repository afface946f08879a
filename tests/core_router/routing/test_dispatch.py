"""IQ requests to the server: RFC 6120 §8.2.3 and §8.4."""

from typing import Any, Literal

import pytest
from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.namespaces import STANZA_ERRORS
from tests.core_router.world import Client, World

ASK = "{urn:example:ask}ask"
PAYLOAD = "<ask xmlns='urn:example:ask'/>"


def answering(
    world: World, function: Any, target: Literal["domain", "account"] = "domain", *, public: bool = False
) -> None:
    """Let the server answer the request with that function."""
    handler = Iq(target, "get", ASK, function, public=public)
    world.server.router.install([Feature("asked", (), iq=(handler,))])


def refused(client: Client, type: str, condition: str) -> None:
    error = f"<error type='{type}'><{condition} xmlns='{STANZA_ERRORS}'/></error>"
    client.receives_next(f"<iq type='error' id='1'>{error}</iq>")
    client.receives_nothing()


class TestAnswers:
    def test_what_a_handler_returns_is_the_content_of_the_result(self, world: World, alice: Client) -> None:
        answering(world, lambda request: b"<told xmlns='urn:example:ask'/>")
        answer = alice.asks(PAYLOAD, to="localhost")
        assert (answer.get("type"), answer.get("from")) == ("result", "localhost")
        assert [child.tag for child in answer] == ["{urn:example:ask}told"]

    def test_what_it_raises_is_the_error(self, world: World, alice: Client) -> None:
        def refuse(request: Envelope) -> bytes:
            raise StanzaError("forbidden")

        answering(world, refuse)
        alice.sends(f"<iq type='get' id='1' to='localhost'>{PAYLOAD}</iq>")
        refused(alice, "auth", "forbidden")

    def test_the_request_comes_back_with_the_error(self, world: World, alice: Client) -> None:
        """§8.3.1: the sender's content is returned."""
        answer = alice.asks(PAYLOAD, to="localhost")
        assert [child.tag for child in answer] == [ASK, "{jabber:client}error"]

    @pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
    def test_the_unexpected_is_an_internal_error_and_a_line_in_the_log(
        self, world: World, alice: Client, caplog: pytest.LogCaptureFixture, later: bool
    ) -> None:
        """§8.3.3.6."""

        def breaks(request: Envelope) -> bytes:
            raise ZeroDivisionError

        async def breaks_later(request: Envelope) -> bytes:
            raise ZeroDivisionError

        answering(world, breaks_later if later else breaks)
        alice.sends(f"<iq type='get' id='1' to='localhost'>{PAYLOAD}</iq>")
        refused(alice, "cancel", "internal-server-error")
        assert "ZeroDivisionError" in caplog.text
        caplog.clear()

    def test_an_answer_may_take_its_time(self, world: World, alice: Client) -> None:
        """§8.2.3: answers need not come in the order of the questions."""
        waiting: Deferred[bytes] = Deferred()

        async def later(request: Envelope) -> bytes:
            return await waiting

        answering(world, later)
        alice.sends(f"<iq type='get' id='1' to='localhost'>{PAYLOAD}</iq>")
        assert alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost").get("type") == "result"
        alice.receives_nothing()
        waiting.callback(b"<told xmlns='urn:example:ask'/>")
        alice.receives_next("<iq type='result' id='1'><told xmlns='urn:example:ask'/></iq>")

    def test_a_later_refusal_is_an_error_too(self, world: World, alice: Client) -> None:
        async def refuse(request: Envelope) -> bytes:
            raise StanzaError("item-not-found")

        answering(world, refuse)
        alice.sends(f"<iq type='get' id='1' to='localhost'>{PAYLOAD}</iq>")
        refused(alice, "cancel", "item-not-found")

    def test_who_has_gone_meanwhile_is_answered_into_the_void(self, world: World, alice: Client) -> None:
        waiting: Deferred[bytes] = Deferred()

        async def later(request: Envelope) -> bytes:
            return await waiting

        answering(world, later)
        alice.sends(f"<iq type='get' id='1' to='localhost'>{PAYLOAD}</iq>").drops()
        again = world.client("alice@localhost/work")
        waiting.callback(b"")
        again.receives_nothing()


class TestRequests:
    """§8.2.3: what an IQ request is."""

    @pytest.mark.parametrize(
        "request_",
        [
            f"<iq id='1' to='localhost'>{PAYLOAD}</iq>",
            f"<iq type='ask' id='1' to='localhost'>{PAYLOAD}</iq>",
            "<iq type='get' id='1' to='localhost'/>",
            f"<iq type='get' id='1' to='localhost'>{PAYLOAD}{PAYLOAD}</iq>",
        ],
        ids=["no type", "no such type", "no child", "two children"],
    )
    def test_what_is_none_is_a_bad_request(self, world: World, alice: Client, request_: str) -> None:
        answering(world, lambda request: b"")
        alice.sends(request_)
        refused(alice, "modify", "bad-request")

    def test_without_an_id_too(self, world: World, alice: Client) -> None:
        answering(world, lambda request: b"")
        alice.sends(f"<iq type='get' to='localhost'>{PAYLOAD}</iq>")
        alice.receives_next("<iq type='error'><error type='modify'/></iq>")

    @pytest.mark.parametrize("to", ["localhost", "alice@localhost", "bob@localhost", "nobody@localhost"])
    @pytest.mark.parametrize("type", ["get", "set"])
    def test_what_nobody_answers_is_unavailable(self, alice: Client, to: str, type: str) -> None:
        """§8.4."""
        alice.sends(f"<iq type='{type}' id='1' to='{to}'>{PAYLOAD}</iq>")
        refused(alice, "cancel", "service-unavailable")

    @pytest.mark.parametrize("to", ["localhost", "alice@localhost", "bob@localhost"])
    @pytest.mark.parametrize("type", ["result", "error"])
    def test_answers_are_never_answered(self, alice: Client, to: str, type: str) -> None:
        """§8.2.3: nor is anything done with what was not asked for."""
        alice.sends(f"<iq type='{type}' id='1' to='{to}'>{PAYLOAD}</iq>").receives_nothing()

    def test_the_type_is_part_of_the_question(self, world: World, alice: Client) -> None:
        answering(world, lambda request: b"")
        alice.sends(f"<iq type='set' id='1' to='localhost'>{PAYLOAD}</iq>")
        refused(alice, "cancel", "service-unavailable")


class TestAccounts:
    """RFC 6121 §8.5.2.1.3: the server answers for the account."""

    @pytest.mark.parametrize("to", ["", " to='alice@localhost'"])
    def test_its_owner(self, world: World, alice: Client, to: str) -> None:
        """RFC 6120 §10.3.3: without an address one asks about oneself."""
        answering(world, lambda request: b"", "account")
        alice.sends(f"<iq type='get' id='1'{to}>{PAYLOAD}</iq>")
        alice.receives_next("<iq type='result' id='1' from='alice@localhost'/>")

    def test_nobody_else(self, world: World, alice: Client, bob: Client) -> None:
        answering(world, lambda request: b"", "account")
        alice.sends(f"<iq type='get' id='1' to='bob@localhost'>{PAYLOAD}</iq>")
        refused(alice, "cancel", "service-unavailable")
        bob.receives_nothing()

    def test_unless_it_is_for_the_public(self, world: World, alice: Client) -> None:
        answering(world, lambda request: b"", "account", public=True)
        alice.sends(f"<iq type='get' id='1' to='bob@localhost'>{PAYLOAD}</iq>")
        alice.receives_next("<iq type='result' id='1' from='bob@localhost'/>")

    def test_the_domain_and_the_account_are_asked_different_things(self, world: World, alice: Client) -> None:
        answering(world, lambda request: b"")
        alice.sends(f"<iq type='get' id='1'>{PAYLOAD}</iq>")
        refused(alice, "cancel", "service-unavailable")


def test_two_features_do_not_answer_the_same_request(world: World) -> None:
    answering(world, lambda request: b"")
    with pytest.raises(ValueError, match="two features answer"):
        answering(world, lambda request: b"")
