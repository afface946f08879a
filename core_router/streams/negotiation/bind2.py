"""XEP-0386: Bind 2: a resource, and what goes with a session, asked for together with the login."""

import base64
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from core_router.feature import Inline
from core_router.routing.sessions import Session
from core_router.streams.negotiation.inline import Answer, InlineBind, request_of
from core_router.xmpp.element import Element, attributes
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import InvalidJid, prepare_resource

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

NAMESPACE = "urn:xmpp:bind:0"
BIND: Final = f"{{{NAMESPACE}}}bind"
_TAG = f"{{{NAMESPACE}}}tag"
_IDENTIFIER_BYTES = 9


class Bind2:
    """Binds resources of the server's making, the same for the same client every time.

    What waits for the account is not thrown away, although §3.2 wants that, to be found in the archive:
    it comes with the initial presence, as after any other login. `key` is kept between restarts.
    """

    def __init__(self, key: bytes, inline: Iterable[InlineBind], switches: Iterable[Inline]) -> None:
        self._key = hmac.digest(key, b"resources of clients", "sha256")
        self._inline = {part.bind_request: part for part in inline}
        self._switches = {switch.name: switch for switch in switches}
        self._sessions: WeakValueDictionary[tuple[str, str], Session] = WeakValueDictionary()

    def offer(self) -> bytes:
        """What stands in the `<inline/>` of XEP-0388 (§3.1)."""
        features = {part.bind_feature for part in self._inline.values()}
        features |= {switch.feature for switch in self._switches.values()}
        listed = "".join(f"<feature{attributes(var=feature)}/>" for feature in sorted(features))
        return f"<bind xmlns='{NAMESPACE}'><inline>{listed}</inline></bind>".encode()

    def bind(self, stream: "ClientStream", request: Element, client: str) -> Answer:
        """Give the authenticated stream its session (§3.2). `client` is the id of its `<user-agent/>`.

        Raises StanzaError when the account may have no further session, StreamError.
        """
        session = stream.bind(self._resource(stream, request.findtext(_TAG) or "", client))
        if client:
            self._replace_previous(session, client)
        answers = [self._switch_on(stream, session, child) for child in request]
        content = b"".join(answer.content for answer in answers)
        return Answer(
            f"<bound xmlns='{NAMESPACE}'>".encode() + content + b"</bound>",
            _one_after_another([answer.afterwards for answer in answers if answer.afterwards]),
        )

    def _resource(self, stream: "ClientStream", tag: str, client: str) -> str:
        """§3.2.1: the client's tag and an identifier, which must not give away the client's id."""
        assert stream.account is not None
        known = f"{stream.account.bare}\0{tag}\0{client}".encode()
        digest = hmac.digest(self._key, known, "sha256") if client else secrets.token_bytes(_IDENTIFIER_BYTES)
        identifier = base64.urlsafe_b64encode(digest[:_IDENTIFIER_BYTES]).decode()
        try:
            return prepare_resource(f"{tag}/{identifier}" if tag else identifier)
        except InvalidJid:
            return identifier

    def _replace_previous(self, session: Session, client: str) -> None:
        """§3.2: whatever the same client had before, it has left."""
        key = (session.jid.bare, client)
        previous = self._sessions.get(key)
        self._sessions[key] = session
        if previous is not None:
            previous.end(
                StreamError(StreamCondition.CONFLICT, "replaced by a new session of the same client")
            )

    def _switch_on(self, stream: "ClientStream", session: Session, request: Element) -> Answer:
        if (part := self._inline.get(request.tag)) is not None:
            return part.bind(stream, request_of(request))
        if (switch := self._switches.get(request.tag)) is not None:
            switch.function(session)
        return Answer()


def _one_after_another(calls: list[Callable[[], None]]) -> Callable[[], None]:
    def call_all() -> None:
        for call in calls:
            call()

    return call_all
