"""XEP-0388: SASL2: the login in one round trip less, and with it whatever else a session needs."""

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from core_router.envelope import Nonza
from core_router.streams.negotiation.authentication import Authentication
from core_router.streams.negotiation.bind2 import BIND, Bind2
from core_router.streams.negotiation.exchange import Mechanism, SaslFailure, Success
from core_router.streams.negotiation.fast import FAST, REQUEST_TOKEN, Fast, TokenMechanism
from core_router.streams.negotiation.inline import Answer, InlineLogin, request_of
from core_router.streams.negotiation.sasl import NAMESPACE as CONDITIONS
from core_router.streams.negotiation.sasl_syntax import decoded, described, encoded, listed
from core_router.streams.negotiation.step import Step
from core_router.xmpp.element import Element
from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError
from core_router.xmpp.jid import JID

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

log = logging.getLogger(__name__)

NAMESPACE = "urn:xmpp:sasl:2"
_AUTHENTICATE, _RESPONSE, _ABORT = (
    f"{{{NAMESPACE}}}{name}" for name in ("authenticate", "response", "abort")
)
_INITIAL_RESPONSE, _USER_AGENT = f"{{{NAMESPACE}}}initial-response", f"{{{NAMESPACE}}}user-agent"
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


class Sasl2:
    """Offers the mechanisms, carries their exchanges and hands each inline request to whom it concerns."""

    names = frozenset((_AUTHENTICATE, _RESPONSE, _ABORT))

    def __init__(
        self, authentication: Authentication, fast: Fast, bind2: Bind2, inline: Iterable[InlineLogin]
    ) -> None:
        self.authentication = authentication
        self.fast = fast
        self.bind2 = bind2
        self.inline = {part.login_request: part for part in inline}

    def offer(self, stream: "ClientStream") -> bytes:
        """§2.1; under TLS only (§3)."""
        if stream.account is not None or not stream.connection.secure:
            return b""
        offered = self.authentication.offered(stream)
        inline = b"".join(part.login_offer for part in self.inline.values())
        return (
            f"<authentication xmlns='{NAMESPACE}'>{listed(offered.mechanisms)}<inline>".encode()
            + inline
            + self.bind2.offer()
            + self.fast.offer(offered.bindings)
            + b"</inline></authentication>"
        )

    def handle(self, stream: "ClientStream", element: Nonza, following: bytes) -> None:
        if stream.account is not None:
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "authenticated already")  # §4.8
        login = _Login(self, stream, element)
        try:
            if element.name == _AUTHENTICATE:
                self._begin(stream, login)
            elif element.name == _ABORT:
                self.authentication.under_way(stream).fail(SaslFailure("aborted"))
            else:
                self.authentication.under_way(stream).answered(_response(element))
        except SaslFailure as failure:
            self.authentication.refuse(stream, login, failure)

    def _begin(self, stream: "ClientStream", login: "_Login") -> None:
        if stream.exchange is not None:
            raise StreamError(StreamCondition.POLICY_VIOLATION, "an exchange is under way")  # §2.4
        if not stream.connection.secure:
            raise SaslFailure("encryption-required", "start TLS first")
        self.authentication.begin(stream, login, login.mechanism(), login.initial())


class _Login:
    """One `<authenticate/>` and what becomes of it."""

    def __init__(self, step: Sasl2, stream: "ClientStream", element: Nonza) -> None:
        self.step: Step = step
        self._sasl2 = step
        self._stream = stream
        self._name = element.attributes.get("mechanism", "")
        self._requests: dict[str, Element] = {}
        for child in element.elements():
            self._requests.setdefault(child.tag, child)
        self._client = _client(self._requests.get(_USER_AGENT))
        self._token: TokenMechanism | None = None  # the token it is to be done with

    def mechanism(self) -> Mechanism:
        """The mechanism asked for. Raises SaslFailure."""
        fast = self._sasl2.fast
        if not fast.knows(self._name):
            return self._sasl2.authentication.mechanism(self._stream, self._name)
        bindings = self._sasl2.authentication.offered(self._stream).bindings
        self._token = fast.mechanism(self._name, self._requests.get(FAST), self._client, bindings)
        return self._token

    def initial(self) -> bytes | None:
        """The initial response (§2.3). Raises SaslFailure."""
        element = self._requests.get(_INITIAL_RESPONSE)
        if element is None:
            return None
        if len(element):
            raise SaslFailure("malformed-request")
        return decoded((element.text or "").encode())

    # -- the profile --------------------------------------------------------------------------------

    def challenge(self, data: bytes) -> None:
        self._stream.write(f"<challenge xmlns='{NAMESPACE}'>{encoded(data)}</challenge>".encode())

    def failed(self, failure: SaslFailure) -> None:
        self._stream.write(
            f"<failure xmlns='{NAMESPACE}'><{failure.condition} xmlns='{CONDITIONS}'/>"
            f"{described(failure)}</failure>".encode()
        )

    async def succeeded(self, success: Success) -> None:
        """§2.6.1: everything asked for is done before the client hears of its success."""
        token = b"" if success.guest else await self._new_token(success.account)
        if self._stream.ended:
            return
        self._stream.authenticated(success.account, guest=success.guest)
        self._enter(success, await self._log_in(), token)

    def _enter(self, success: Success, answers: list[Answer], token: bytes) -> None:
        stream = self._stream
        if stream.ended:
            return
        resumed = stream.session is not None
        if not resumed:
            answers += self._bind()
        identity = stream.session.jid if stream.session is not None else success.account
        data = f"<additional-data>{encoded(success.data)}</additional-data>" if success.data else ""
        stream.write(
            f"<success xmlns='{NAMESPACE}'>{data}"
            f"<authorization-identifier>{identity.attribute}</authorization-identifier>".encode()
            + b"".join(answer.content for answer in answers)
            + token
            + b"</success>"
        )
        if not resumed:  # XEP-0198 §9.2: a resumed stream is where it was, and needs no features
            stream.write_features()
        for answer in answers:
            if answer.afterwards is not None:
                answer.afterwards()

    async def _new_token(self, account: JID) -> bytes:
        asked = self._requests.get(REQUEST_TOKEN)
        wanted = asked.get("mechanism") if asked is not None else None
        bindings = self._sasl2.authentication.offered(self._stream).bindings
        return await self._sasl2.fast.new_token(account, self._client, wanted, self._token, bindings)

    async def _log_in(self) -> list[Answer]:
        return [
            await part.log_in(self._stream, request_of(self._requests[name]))
            for name, part in self._sasl2.inline.items()
            if name in self._requests
        ]

    def _bind(self) -> list[Answer]:
        request = self._requests.get(BIND)
        if request is None:
            return []
        try:
            return [self._sasl2.bind2.bind(self._stream, request, self._client)]
        except StanzaError as error:
            # XEP-0386 knows no way to say so. The client sees that nothing is bound and, when it asks
            # the old way (RFC 6120 §7), is told why not.
            log.info("no session for %s: %s", self._stream.account, error)
            return []


def _response(element: Nonza) -> bytes:
    if element.children:
        raise SaslFailure("malformed-request")
    return decoded(element.content)


def _client(user_agent: Element | None) -> str:
    """The stable id of the client installation (§2.3), "" for one that has none that is valid."""
    id = (user_agent.get("id") or "").lower() if user_agent is not None else ""
    return id if _UUID(id) else ""
