"""IQ requests to the server itself: found by target, type and payload, answered exactly once.

A handler returns the content of the result or raises StanzaError; whatever else it raises becomes
`internal-server-error` and a line in the log (RFC 6120 §8.2.3).
"""

import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope
from core_router.feature import Iq, IqFunction, Result
from core_router.xmpp.errors import StanzaError

log = logging.getLogger(__name__)


class IqDispatcher:
    """The handlers of all features. `send` is where answers go."""

    def __init__(self, send: Callable[[Envelope], None]) -> None:
        self._send = send
        self._handlers: dict[tuple[str, str, str], Iq] = {}

    def register(self, handlers: Iterable[Iq]) -> None:
        """Enter handlers. Raises ValueError for a request that is answered already."""
        for handler in handlers:
            key = (handler.target, handler.type, handler.name)
            if key in self._handlers:
                raise ValueError(f"two features answer {key}")
            self._handlers[key] = handler

    def dispatch(self, target: str, request: Envelope) -> None:
        """Answer a get or set. Anything else that is no request is left alone.

        Raises StanzaError for a request nobody handles.
        """
        if request.type in ("result", "error"):
            return
        if request.type not in ("get", "set") or len(request.children) != 1 or not request.id:
            raise StanzaError("bad-request")  # RFC 6120 §8.2.3, rules 1–3
        handler = self._handlers.get((target, request.type, request.children[0]))
        if handler is None:
            raise StanzaError("service-unavailable")  # RFC 6120 §8.4
        if target == "account" and not handler.public and not _from_owner(request):
            raise StanzaError("service-unavailable")  # RFC 6121 §8.5.1: reveal nothing of the account
        self._answer(handler.function, request)

    def _answer(self, function: IqFunction, request: Envelope) -> None:
        try:
            outcome = function(request)
        except StanzaError:
            raise
        except Exception:
            log.exception("handling %s of %s", request.children, request.from_)
            raise StanzaError("internal-server-error") from None
        if isinstance(outcome, bytes | Result):
            self._succeed(request, outcome)
        else:
            Deferred.fromCoroutine(self._answer_later(outcome, request))

    async def _answer_later(self, outcome: Coroutine[Any, Any, bytes | Result], request: Envelope) -> None:
        try:
            result = await outcome
        except StanzaError as error:
            self._send(request.error(error))
        except Exception:
            log.exception("handling %s of %s", request.children, request.from_)
            self._send(request.error(StanzaError("internal-server-error")))
        else:
            self._succeed(request, result)

    def _succeed(self, request: Envelope, result: bytes | Result) -> None:
        if isinstance(result, Result):
            self._send(request.result(result.content))
            result.afterwards()
        else:
            self._send(request.result(result))


def _from_owner(request: Envelope) -> bool:
    return request.from_ is not None and request.to is not None and request.from_.bare == request.to.bare
