"""A client's stream (RFC 6120): header, negotiation, binding, then stanzas both ways.

Pure: bytes in, calls on `Connection` and `Desk` out. Once a resource is bound, a stanza takes the short
way: `received` → `_build` → `Router.from_session`.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final, Protocol

from core_router.envelope import LANG, Envelope, Kind, Nonza, open_envelope
from core_router.framing.framing import DOCUMENT, Framing
from core_router.framing.limits import Limits
from core_router.framing.parser import StreamOpened
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.streams.connection import Connection
from core_router.streams.handled import Handled
from core_router.streams.iq import check_iq
from core_router.streams.negotiation.bind import BIND, OFFER, bound, wanted_resource
from core_router.streams.negotiation.exchange import Exchange
from core_router.streams.negotiation.step import Step
from core_router.streams.stream import STREAM_ERROR, XmlStream
from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError
from core_router.xmpp.jid import JID, InvalidJid, parse_jid, prepare_domain
from core_router.xmpp.namespaces import CLIENT

log = logging.getLogger(__name__)

# The stanzas a presence to all contacts counts for beside itself, where what a client sends is limited.
_BROADCAST: Final = 19
_KINDS: dict[str, Kind] = {
    f"{{{CLIENT}}}message": "message",
    f"{{{CLIENT}}}presence": "presence",
    f"{{{CLIENT}}}iq": "iq",
}


class Desk(Protocol):
    """What a client stream asks of the server behind it."""

    @property
    def router(self) -> Router: ...
    @property
    def domains(self) -> Sequence[str]:
        """Those served here, the first being the default."""

    @property
    def unauthenticated(self) -> Limits: ...
    @property
    def authenticated(self) -> Limits: ...
    @property
    def steps(self) -> Sequence[Step]: ...
    @property
    def stream_features(self) -> bytes:
        """Of all features, for streams that have authenticated."""

    def open_session(self, session: Session) -> None:
        """Enter a session. Raises StanzaError `resource-constraint` when the account has too many."""

    def detach_session(self, session: Session) -> None:
        """Its connection is gone; the session may be resumed on another."""

    def close_session(self, session: Session) -> None:
        """Take it out; does nothing when it is out already."""


class ClientStream(XmlStream):
    """One client's stream."""

    namespace = CLIENT

    def __init__(self, connection: Connection, desk: Desk, framing: Framing = DOCUMENT) -> None:
        super().__init__(connection, desk.unauthenticated, desk.domains[0], framing)
        self.claimed: JID | None = None  # whose the client says it is, before it authenticates
        self.exchange: Exchange | None = None  # of SASL, while it lasts
        self.account: JID | None = None  # set once authenticated
        self.guest = False  # the account ends with the session (XEP-0175)
        self.session: Session | None = None  # set once bound
        self.handled: Handled | None = None  # set once stream management is enabled
        self._desk = desk
        self._router = desk.router
        self._from: JID | None = None
        self._lang = ""  # of stanzas that say nothing else (RFC 6120 §8.1.5)
        self._steps = {name: step for step in desk.steps for name in step.names}

    # -- the header ---------------------------------------------------------------------------------

    def _header_received(self, header: StreamOpened) -> None:
        self._check_header(header)
        asked = header.attributes
        domain = self._served(asked.get("to"))
        if self.account is not None and domain != self.domain:
            # The login was for another domain (CVE-2018-10847).
            raise StreamError(StreamCondition.HOST_UNKNOWN, "the domain changed after authentication")
        self.domain = domain
        self.claimed = self._claimed_by(asked.get("from"))
        self._lang = asked.get(LANG, "")
        version = asked.get("version", "")
        self._open_stream(asked, version="1.0")
        if version.partition(".")[0] != "1":
            raise StreamError(StreamCondition.UNSUPPORTED_VERSION, "this server speaks XMPP 1.0")  # §4.7.5
        self.write_features()

    def _claimed_by(self, from_: str | None) -> JID | None:
        """RFC 6120 §4.7.1, XEP-0388 §2.1: the account the client means to log in to. It proves nothing.

        Raises StreamError `invalid-from` for one of another domain.
        """
        try:
            claimed = parse_jid(from_) if from_ else None
        except InvalidJid:
            return None
        if claimed is None or not claimed.local:
            return None
        if claimed.domain != self.domain:
            raise StreamError(StreamCondition.INVALID_FROM, f"{claimed.domain} is not {self.domain}")
        return claimed.to_bare()

    def write_features(self) -> None:
        """Send the stream features (RFC 6120 §4.3.2) of this moment."""
        offers = b"".join(step.offer(self) for step in self._desk.steps)
        if self.account is not None:
            offers += (OFFER if self.session is None else b"") + self._desk.stream_features
        self.write(b"<stream:features>" + offers + b"</stream:features>")

    def _served(self, to: str | None) -> str:
        """The served domain a header asks for. Raises StreamError `host-unknown` (§4.9.3.6)."""
        if to is None:
            return self.domain
        try:
            domain = prepare_domain(to)
        except InvalidJid:
            raise StreamError(StreamCondition.IMPROPER_ADDRESSING, "the `to` is no domain") from None
        if domain not in self._desk.domains:
            raise StreamError(StreamCondition.HOST_UNKNOWN, f"{domain} is not served here")
        return domain

    # -- negotiation --------------------------------------------------------------------------------

    def restart(self) -> None:
        """The next thing the client sends is a new stream header (RFC 6120 §4.3.3)."""
        self._restart()

    @property
    def admitted(self) -> bool:
        return self.account is not None

    def authenticated(self, account: JID, *, guest: bool = False) -> None:
        """Authentication has succeeded."""
        self.account = account
        self.guest = guest
        self._limits = self._parser.limits = self._desk.authenticated
        log.info("%s has authenticated from %s", account, self.connection.peer)

    def bind(self, resource: str) -> Session:
        """Open the session of the authenticated account with that resource, prepared. Raises StanzaError."""
        assert self.account is not None
        session = Session(self.account.with_resource(resource), self._send, self.end, guest=self.guest)
        self._desk.open_session(session)
        self.session = session
        self._from = session.jid
        self._stepwise = False
        return session

    # -- elements -----------------------------------------------------------------------------------

    def _build(
        self, name: str, attributes: dict[str, str], content: bytes, children: tuple[str, ...]
    ) -> object:
        kind = _KINDS.get(name)
        if kind is None:
            return Nonza(name, attributes, content, children)
        if self._from is not None and "from" in attributes:
            self._check_from(attributes["from"], attributes.get("to", ""))
        try:
            envelope = open_envelope(kind, attributes, content, children, self._from, self._lang)
        except InvalidJid as error:
            return _malformed(kind, attributes, self._from, str(error))
        if kind == "iq" and self._from is not None:
            try:
                check_iq(envelope)
            except StanzaError as error:
                return Refused(envelope, error)
        return envelope

    def _check_from(self, written: str, to: str) -> None:
        """RFC 6120 §8.1.2.1: a client speaks for itself only.

        COMPAT(Converse.js 14, 2026): what it sends to an occupant of a room bears its own occupant JID.
        That is overridden like any other address, so it deceives nobody.
        """
        assert self._from is not None
        try:
            claimed = parse_jid(written)
        except InvalidJid:
            raise StreamError(StreamCondition.INVALID_FROM) from None
        if claimed.full not in (self._from.full, self._from.bare) and not _in_one_room(claimed, to):
            raise StreamError(StreamCondition.INVALID_FROM)

    def _element_received(self, element: Any, following: bytes) -> None:
        if type(element) is Envelope:
            if element.kind == "presence" and element.to is None:
                self._taken += _BROADCAST
            if self.session is not None:
                if self.handled is None:
                    self._router.from_session(self.session, element)
                else:
                    self._count_and_route(self.session, self.handled, element)
            else:
                self._stanza_before_session(element)
        elif isinstance(element, Nonza):
            if element.name == STREAM_ERROR:
                self._error_received(element)
            else:
                self._step(element).handle(self, element, following)
        else:
            self._refuse(element)

    def _step(self, element: Nonza) -> Step:
        """The step that answers the element. Raises StreamError."""
        step = self._steps.get(element.name)
        if step is None:
            raise StreamError(StreamCondition.UNSUPPORTED_STANZA_TYPE, f"{element.name} means nothing here")
        if self.exchange is not None and self.exchange.profile.step is not step:
            raise StreamError(
                StreamCondition.POLICY_VIOLATION, "authentication is under way"
            )  # XEP-0388 §2.4
        return step

    def _count_and_route(self, session: Session, handled: Handled, stanza: Envelope) -> None:
        """XEP-0198 §4: whatever comes is counted."""
        custody = handled.take(stanza)
        self._router.from_session(session, stanza)
        if custody is not None:
            custody.release()

    def _stanza_before_session(self, stanza: Envelope) -> None:
        """RFC 6120 §7.1: before binding there is nothing but the request to bind."""
        if self.account is None or stanza.kind != "iq" or stanza.type != "set":
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "log in and bind a resource first")  # §4.9.3.12
        try:
            if not stanza.id:
                raise StanzaError("bad-request", "an IQ has an id")  # §8.2.3
            if stanza.children != (BIND,):
                raise StanzaError("not-allowed", "bind a resource first")
            self.write(bound(stanza, self.bind(wanted_resource(stanza)).jid))
        except StanzaError as error:
            self.write(stanza.error(error).addressed(None, None).wire())

    def _refuse(self, refused: "Refused") -> None:
        """A stanza to an address that is none (RFC 6120 §8.3.3.8), or an IQ that is none (§8.2.3)."""
        if self.session is None:
            raise StreamError(StreamCondition.NOT_AUTHORIZED)
        if self.handled is not None and (custody := self.handled.take(refused.stanza)) is not None:
            custody.release()
        if refused.stanza.type not in ("error", "result"):
            self.session.send(refused.stanza.error(refused.error))

    # -- out ----------------------------------------------------------------------------------------

    def _send(self, envelope: Envelope) -> None:
        self.connection.write(envelope.wire())

    def end(self, error: StreamError | None) -> None:
        if self.session is not None:
            self._desk.close_session(self.session)
        super().end(error)

    def connection_lost(self) -> None:
        super().connection_lost()
        if self.session is not None:
            self._desk.detach_session(self.session)

    # -- for stream management ----------------------------------------------------------------------

    def resume_session(self, session: Session, handled: Handled) -> None:
        """Carry a session that another stream has lost."""
        self.session = session
        self.handled = handled
        self._from = session.jid
        self._stepwise = False

    def break_off(self) -> None:
        """Close the connection and nothing else: the session goes on without it."""
        self.release_session()
        self._ended = True
        self.connection.close()

    def release_session(self) -> None:
        """The session has moved to another stream."""
        self.session = None
        self._from = None


class Refused:
    """A stanza that goes no further."""

    __slots__ = ("error", "stanza")

    def __init__(self, stanza: Envelope, error: StanzaError) -> None:
        self.stanza = stanza
        self.error = error


def _malformed(kind: Kind, attributes: dict[str, str], from_: JID | None, why: str) -> Refused:
    unaddressed = {name: value for name, value in attributes.items() if name not in ("to", "from")}
    return Refused(
        open_envelope(kind, unaddressed, b"", (), from_), StanzaError("jid-malformed", f"`to`: {why}")
    )


def _in_one_room(claimed: JID, to: str) -> bool:
    """Whether both are occupants of the same room (XEP-0045 §7.5), or other resources of one address."""
    try:
        recipient = parse_jid(to)
    except InvalidJid:
        return False
    return bool(claimed.resource) and claimed.bare == recipient.bare
