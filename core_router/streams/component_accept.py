"""XEP-0114: a component's stream, the component having connected to us."""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from typing import Any, Protocol

from core_router.envelope import Envelope, Kind, Nonza, open_envelope
from core_router.framing.limits import Limits
from core_router.framing.parser import StreamOpened
from core_router.routing.component import ComponentDomain
from core_router.routing.delivery import Router
from core_router.streams.component_management import NAMES, OFFER, REQUEST, answer, handle
from core_router.streams.connection import PacedConnection
from core_router.streams.iq import check_iq
from core_router.streams.negotiation.guesses import Guesses
from core_router.streams.stream import STREAM_ERROR, XmlStream
from core_router.xmpp.element import attributes
from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError
from core_router.xmpp.jid import InvalidJid, prepare_domain
from core_router.xmpp.namespaces import CLIENT, COMPONENT
from core_router.xmpp.text import escape

log = logging.getLogger(__name__)

_HANDSHAKE = f"{{{COMPONENT}}}handshake"
_KINDS: dict[str, Kind] = {
    f"{{{COMPONENT}}}message": "message",
    f"{{{COMPONENT}}}presence": "presence",
    f"{{{COMPONENT}}}iq": "iq",
}
_OWN, _COMMON = f"{{{COMPONENT}}}", f"{{{CLIENT}}}"


class Directory(Protocol):
    """What a component's stream asks of the server behind it."""

    router: Router
    guesses: Guesses
    unauthenticated: Limits
    authenticated: Limits

    def component(self, domain: str) -> ComponentDomain | None:
        """The component configured for that domain."""

    def vacancy(self, claimed: ComponentDomain) -> ComponentDomain:
        """The part of the domain that a new connection gets; the same, where there is one connection."""

    def secret(self, domain: str) -> str:
        """Its shared secret."""

    def serves(self, domain: str) -> bool:
        """Whether the domain is served by the router itself."""

    def features(self, domain: str) -> bytes:
        """What the component at that domain is offered besides stream management."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A stanza whose address is missing or none: answered, and the link stays up."""

    stanza: Envelope
    error: StanzaError


class ComponentStream(XmlStream):
    """One component's stream."""

    namespace = COMPONENT

    def __init__(self, connection: PacedConnection, directory: Directory, domain: str) -> None:
        super().__init__(connection, directory.unauthenticated, domain)
        self.when_clear = connection.when_clear
        self.component: ComponentDomain | None = None  # set by the handshake
        self._directory = directory
        self._router = directory.router
        self._claimed: ComponentDomain | None = None  # what the header is for
        self._version_1 = False
        self._challenges = False  # whoever else is this component is asked whether it lives
        self._told = 0  # so many stanzas were last acknowledged unasked
        self._connection = connection
        self._write = connection.write

    # -- negotiation --------------------------------------------------------------------------------

    def _header_received(self, header: StreamOpened) -> None:
        to = header.attributes.get("to")
        try:
            domain = prepare_domain(to or "")
        except InvalidJid:
            raise StreamError(StreamCondition.IMPROPER_ADDRESSING, "the `to` is no domain") from None
        self._check_header(header)
        self._claimed = self._directory.component(domain)
        if self._claimed is None:
            if self._directory.serves(domain):
                raise StreamError(StreamCondition.CONFLICT, f"{domain} is served by the router itself")
            raise StreamError(StreamCondition.HOST_UNKNOWN, f"{domain} is not configured as a component")
        self.domain = domain
        # A component that says version 1.0 may be offered features; XEP-0114 knows neither.
        self._version_1 = header.attributes.get("version") == "1.0"
        self._open_stream(header.attributes, version="1.0" if self._version_1 else None)

    def _shake_hands(self, element: Nonza) -> None:
        """XEP-0114 §3: the digest of the stream id and the secret, compared in constant time."""
        assert self._claimed is not None
        secret = self._directory.secret(self.domain)
        expected = hashlib.sha1(f"{self.id}{secret}".encode()).hexdigest()
        right = hmac.compare_digest(element.content.strip().lower(), expected.encode())
        guesses, peer = self._directory.guesses, self.connection.peer
        if guesses.refuses(peer, self.domain):
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "too many wrong secrets; try again later")
        if element.children or not right:
            guesses.failed(peer, self.domain)
            log.warning("component %s at %s has the wrong secret", self.domain, peer)
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "wrong secret")
        guesses.succeeded(peer, self.domain)
        self._limits = self._parser.limits = self._directory.authenticated
        self._challenges = True
        self._claimed = self._directory.vacancy(self._claimed)
        self._claimed.challenge(self)

    def admit(self) -> None:
        """The stream is that of the component from now on."""
        assert self._claimed is not None
        self._challenges = self._stepwise = False
        self.component = self._claimed
        self.write(b"<handshake/>")
        may_manage = self._version_1 and not self.component.is_shared
        if self._version_1:
            offers = (OFFER if may_manage else b"") + self._directory.features(self.domain)
            self.write(b"<stream:features>" + offers + b"</stream:features>")
        self.component.connect(self, may_manage=may_manage)
        log.info("component %s is connected", self.domain)

    # -- elements -----------------------------------------------------------------------------------

    def _build(
        self, name: str, attributes: dict[str, str], content: bytes, children: tuple[str, ...]
    ) -> object:
        kind = _KINDS.get(name)
        if kind is None:
            return Nonza(name, attributes, content, children)
        # The content namespace goes by one name inside the router, whatever the stream's is.
        children = tuple(_COMMON + c[len(_OWN) :] if c.startswith(_OWN) else c for c in children)
        missing = "to" if "to" not in attributes else "from" if "from" not in attributes else ""
        if missing:
            return _refused(kind, attributes, StanzaError("bad-request", f"`{missing}` is missing"))
        try:
            return open_envelope(kind, attributes, content, children)
        except InvalidJid as error:
            return _refused(kind, attributes, StanzaError("jid-malformed", str(error)))

    def _element_received(self, element: Any, following: bytes) -> None:
        if type(element) is Envelope and self.component is not None:
            self._stanza_received(element)
        elif isinstance(element, Nonza) and element.name == STREAM_ERROR:
            self._error_received(element)
        elif self.component is None:
            if self._challenges or not isinstance(element, Nonza) or element.name != _HANDSHAKE:
                raise StreamError(StreamCondition.NOT_AUTHORIZED, "the handshake comes first")
            self._shake_hands(element)
        elif isinstance(element, _Refused):
            self._count()
            if element.stanza.type not in ("error", "result"):
                self.send(element.stanza.error(element.error))
        elif element.name in NAMES:
            handle(self, self.component, element)
        else:
            self._unknown_received(element)

    def _stanza_received(self, envelope: Envelope) -> None:
        assert envelope.from_ is not None
        self._count()
        if envelope.from_.domain != self.domain:
            raise StreamError(
                StreamCondition.INVALID_FROM, f"{envelope.from_.domain} is not this component's domain"
            )
        try:
            if envelope.kind == "iq":
                check_iq(envelope)
        except StanzaError as error:
            self._router.bounce(envelope, error)
            return
        self._router.route(envelope)

    def _unknown_received(self, element: Nonza) -> None:
        """Answer an element that means nothing here; the link of a component is worth more than that.

        A stanza of another namespace, though, is a misunderstanding about the whole stream.
        """
        if element.name.endswith(("}message", "}presence", "}iq")):
            raise StreamError(StreamCondition.INVALID_NAMESPACE, f"{element.name} is not of {COMPONENT}")
        log.info("component %s sends %s, which means nothing here", self.domain, element.name)
        if element.attributes.get("type") != "error":
            self.write(_not_understood(element))

    def _count(self) -> None:
        """XEP-0198 §4; costs nothing worth counting where the link is not managed."""
        if self.component is not None:
            self.component.received += 1

    # -- out ----------------------------------------------------------------------------------------

    @property
    def admitted(self) -> bool:
        return self.component is not None

    @property
    def congested(self) -> bool:
        """Whether the component has yet to read what it was sent."""
        return self._connection.congested

    def request(self) -> None:
        """Ask for an acknowledgement, and tell what was handled here, so that the component need not ask."""
        received = self.component.received if self.component is not None else self._told
        if received != self._told:
            self._told = received
            self._write(answer(received))
        self._write(REQUEST)

    def send(self, envelope: Envelope) -> None:
        """Hand a stanza to the component."""
        self._write(envelope.wire())

    def end(self, error: StreamError | None) -> None:
        self._unlink()
        super().end(error)

    def break_off(self) -> None:
        """Close the connection without closing the stream: the router stops."""
        self._unlink()
        self._ended = True
        self.connection.close()

    def connection_lost(self) -> None:
        super().connection_lost()
        self._unlink()

    def _unlink(self) -> None:
        if self._challenges and self._claimed is not None:
            self._challenges = False
            self._claimed.contest.withdraw(self)
        component, self.component = self.component, None
        if component is not None:
            component.disconnect(self)
            log.info("component %s has gone", self.domain)


def _not_understood(element: Nonza) -> bytes:
    """The element returned as stanzas are (RFC 6120 §8.3.1), without its content."""
    namespace, _, name = element.name.removeprefix("{").rpartition("}")
    id = attributes(id=element.attributes.get("id"))
    error = StanzaError("feature-not-implemented", f"{element.name} means nothing here").wire()
    return (
        f"<{name} xmlns='{escape(namespace)}' type='error'{id}>".encode()
        + error.replace(b"<error ", f"<error xmlns='{COMPONENT}' ".encode(), 1)
        + f"</{name}>".encode()
    )


def _refused(kind: Kind, attributes: dict[str, str], error: StanzaError) -> _Refused:
    unaddressed = {name: value for name, value in attributes.items() if name not in ("to", "from")}
    return _Refused(open_envelope(kind, unaddressed, b"", ()), error)
