"""What a feature declares, and the requests a set of features answers.

Service discovery is made from these declarations, so that it cannot differ from what there is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from components.common.errors import StanzaError
from components.common.stanza import Stanza
from components.common.transaction import Transaction

RequestHandler = Callable[[Stanza, Element, Transaction], Element | None]
RequestName = tuple[str, str]  # type (get or set), qualified name of the payload


@dataclass(frozen=True, slots=True)
class Feature:
    """One piece of behaviour at the component's own address."""

    name: str
    xeps: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()  # announced in service discovery
    requests: Mapping[RequestName, RequestHandler] = field(default_factory=dict)


def payload_of(stanza: Stanza) -> Element:
    """The payload of a request. Raises `bad-request` unless there is exactly one (RFC 6120 §8.2.3)."""
    payload = stanza.payload
    if payload is None or stanza.type not in ("get", "set"):
        raise StanzaError("bad-request", "a request holds exactly one element, and is a get or a set")
    return payload


class Requests:
    """The table of all requests the given features answer."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._handlers: dict[RequestName, RequestHandler] = {}
        for feature in features:
            self._handlers.update(feature.requests)

    def answer(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        """The payload of the result. Raises `service-unavailable` for what nobody answers (RFC 6120 §8.4)."""
        payload = payload_of(stanza)
        handler = self._handlers.get((stanza.type, payload.tag))
        if handler is None:
            raise StanzaError("service-unavailable")
        return handler(stanza, payload, transaction)
