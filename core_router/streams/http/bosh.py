"""XEP-0124, XEP-0206: the resource BOSH clients send their requests to, and its sessions."""

from collections.abc import Mapping
from typing import Final

from core_router.feature import Feature
from core_router.framing.bosh import BODIES, body
from core_router.streams.client import ClientStream, Desk
from core_router.streams.http.access import Access
from core_router.streams.http.bosh_request import XML, BoshRequest
from core_router.streams.http.bosh_session import Arrival, BoshSession, Surroundings
from core_router.streams.http.bosh_terms import Terms
from core_router.streams.http.exchange import Answer, Exchange, Request, Response
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import InvalidJid, prepare_domain
from core_router.xmpp.text import escape

PATHS: Final = ("/http-bind", "/bosh")
_LOGINS: Final = 100  # sessions of one address at a time that have not logged in

BOSH = Feature(name="BOSH", standards=("XEP-0124", "XEP-0206"))


class Bosh:
    """The resource, and the sessions. `url` is where it is found over TLS."""

    methods = ("POST",)
    for_everybody = False

    def __init__(
        self,
        desk: Desk,
        access: Access,
        around: Surroundings,
        *,
        require_tls: bool,
        login_timeout: int,
        url: str,
    ) -> None:
        # These three may be replaced: they hold for requests from then on.
        self.access = access
        self.login_timeout = login_timeout  # seconds
        self.require_tls = require_tls
        self._desk = desk
        self._around = around
        self._url = url
        self._sessions: dict[str, BoshSession] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def responder(self, request: Request, exchange: Exchange) -> "BoshRequest | Answer":
        sharing = self.access.sharing(request.headers.get("origin"))
        if self.require_tls and not request.secure:
            elsewhere = {"type": "terminate", "condition": "see-other-uri"}
            content = body(elsewhere, [f"<uri>{escape(self._url)}</uri>".encode()])
            return Answer(exchange, Response(200, content, XML, sharing))
        return BoshRequest(self, self._desk.unauthenticated, request, exchange, sharing)

    # -- sessions -----------------------------------------------------------------------------------

    def session(self, attributes: Mapping[str, str]) -> BoshSession | None:
        """The session a body belongs to."""
        return self._sessions.get(attributes.get("sid", ""))

    def begin(self, first: Arrival, request: Request) -> BoshSession:
        """A new session for the first body of a client. Raises StreamError."""
        to = first.attributes.get("to")
        if not to:
            raise StreamError(StreamCondition.IMPROPER_ADDRESSING, "`to` is missing")
        self._check_domain(to)
        self._check_logins(request.peer)
        terms = Terms.agreed(first.attributes)
        session = BoshSession(first, request, terms, self._around, self._forget)
        stream = ClientStream(session, self._desk, BODIES)
        session.attach(stream)
        self._sessions[session.sid] = session
        self._around.call_later(self.login_timeout, lambda: _end_without_login(stream))
        session.receive(first)
        return session

    def _check_domain(self, to: str) -> None:
        try:
            served = prepare_domain(to) in self._desk.domains
        except InvalidJid:
            served = False
        if not served:
            raise StreamError(StreamCondition.HOST_UNKNOWN, "not served here")

    def _check_logins(self, peer: str) -> None:
        """Sessions need no connection to live: whoever connects again and again must not fill the memory."""
        host = peer.rpartition(":")[0]
        logins = sum(
            1
            for session in self._sessions.values()
            if session.stream.account is None and session.peer.rpartition(":")[0] == host
        )
        if logins >= _LOGINS:
            raise StreamError(StreamCondition.POLICY_VIOLATION, "too many sessions without a login")

    def _forget(self, session: BoshSession) -> None:
        self._sessions.pop(session.sid, None)


def _end_without_login(stream: ClientStream) -> None:
    if stream.session is None and not stream.ended:
        stream.end(StreamError(StreamCondition.CONNECTION_TIMEOUT, "no login"))
