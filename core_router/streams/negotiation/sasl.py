"""RFC 6120 §6: SASL as every client knows it; the stream is opened anew after success."""

from typing import TYPE_CHECKING

from core_router.envelope import Nonza
from core_router.streams.negotiation.authentication import Authentication
from core_router.streams.negotiation.exchange import SaslFailure, Success
from core_router.streams.negotiation.sasl_syntax import decoded, described, encoded, listed
from core_router.streams.negotiation.step import Step
from core_router.xmpp.errors import StreamCondition, StreamError

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"
_AUTH, _RESPONSE, _ABORT = (f"{{{NAMESPACE}}}{name}" for name in ("auth", "response", "abort"))


class Sasl:
    """Offers the mechanisms a stream may use and carries their exchanges."""

    names = frozenset((_AUTH, _RESPONSE, _ABORT))

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    def offer(self, stream: "ClientStream") -> bytes:
        """§6.4.1."""
        mechanisms = self._authentication.offered(stream).mechanisms if stream.account is None else ()
        if not mechanisms:
            return b""
        return f"<mechanisms xmlns='{NAMESPACE}'>{listed(mechanisms)}</mechanisms>".encode()

    def handle(self, stream: "ClientStream", element: Nonza, following: bytes) -> None:
        """§6.4.2–§6.4.4."""
        if stream.account is not None:
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "authenticated already")
        profile = _Profile(self, stream)
        try:
            if element.name == _AUTH:
                self._begin(stream, element, profile)
            elif element.name == _ABORT:
                self._authentication.under_way(stream).fail(SaslFailure("aborted"))
            else:
                self._authentication.under_way(stream).answered(_data(element) or b"")
        except SaslFailure as failure:
            self._authentication.refuse(stream, profile, failure)

    def _begin(self, stream: "ClientStream", element: Nonza, profile: "_Profile") -> None:
        if stream.exchange is not None:
            raise StreamError(StreamCondition.POLICY_VIOLATION, "an exchange is under way")
        mechanism = self._authentication.mechanism(stream, element.attributes.get("mechanism", ""))
        self._authentication.begin(stream, profile, mechanism, _data(element))


class _Profile:
    """The syntax of one exchange."""

    def __init__(self, step: Sasl, stream: "ClientStream") -> None:
        self.step: Step = step
        self._stream = stream

    def challenge(self, data: bytes) -> None:
        self._stream.write(f"<challenge xmlns='{NAMESPACE}'>{encoded(data)}</challenge>".encode())

    async def succeeded(self, success: Success) -> None:
        data = "" if success.data is None else encoded(success.data)
        self._stream.write(f"<success xmlns='{NAMESPACE}'>{data}</success>".encode())
        self._stream.authenticated(success.account, guest=success.guest)
        self._stream.restart()

    def failed(self, failure: SaslFailure) -> None:
        self._stream.write(
            f"<failure xmlns='{NAMESPACE}'><{failure.condition}/>{described(failure)}</failure>".encode()
        )


def _data(element: Nonza) -> bytes | None:
    """The element's data (§6.4.2): None when it has none, b"" for the "=" that stands for nothing."""
    if element.children:
        raise SaslFailure("malformed-request")
    if not element.content:
        return None
    return b"" if element.content == b"=" else decoded(element.content)
