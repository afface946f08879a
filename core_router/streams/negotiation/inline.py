"""What a client may ask for together with its login (XEP-0388 §2.1, XEP-0386 §3.2): the seam for it.

A part of the negotiation that wants to be asked this way implements one protocol or both, and is handed
to `Sasl2` or `Bind2` in `core_router.app`. A service that is merely switched on for a session says so in
its `Feature` instead (`core_router.feature.Inline`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core_router.envelope import Nonza
from core_router.xmpp.element import Element, write
from core_router.xmpp.text import escape

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes into `<success/>` or `<bound/>`, and what is due once that is on its way."""

    content: bytes = b""
    afterwards: Callable[[], None] | None = None


class InlineLogin(Protocol):
    """Asked inside `<authenticate/>`, before a resource is bound: resumption (XEP-0198)."""

    login_offer: bytes  # the element in the `<inline/>` of `<authentication/>`
    login_request: str  # Clark name of the client's element

    async def log_in(self, stream: "ClientStream", request: Nonza) -> Answer:
        """The client has authenticated, `stream.account` is set.

        When `stream.session` is set afterwards, the stream carries a session already: no resource is
        bound and no stream features follow. Raises StreamError.
        """


class InlineBind(Protocol):
    """Asked inside `<bind/>`: stream management for the new session (XEP-0198)."""

    bind_feature: str  # the `var` it is advertised by
    bind_request: str  # Clark name of the client's element

    def bind(self, stream: "ClientStream", request: Nonza) -> Answer:
        """`stream.session` has just been bound, and nothing was sent on it. Raises StreamError."""


def request_of(element: Element) -> Nonza:
    """The element as it would be at the first level of the stream."""
    return Nonza(
        element.tag,
        {str(name): str(value) for name, value in element.attrib.items()},
        escape(element.text or "").encode() + b"".join(map(write, element)),
        tuple(child.tag for child in element),
    )
