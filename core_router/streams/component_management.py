"""XEP-0198 on a component's stream: the lossless link, for components that ask for it.

The rules are those for clients, but that there is nothing to bind: `<enable/>` or `<resume/>` is the
first thing a component says after the handshake. Where a link cannot be resumed, `<failed/>` tells how
many stanzas of the component were handled on it, so that it sends none of them twice.
"""

from typing import Protocol

from core_router.envelope import Nonza
from core_router.routing.component import ComponentDomain
from core_router.routing.unacknowledged import CountTooHigh
from core_router.streams.counts import NAMESPACE, failed, read_count, too_high

_ENABLE, _RESUME, _R, _A = (f"{{{NAMESPACE}}}{name}" for name in ("enable", "resume", "r", "a"))
NAMES = frozenset((_ENABLE, _RESUME, _R, _A))
OFFER = f"<sm xmlns='{NAMESPACE}'/>".encode()
REQUEST = f"<r xmlns='{NAMESPACE}'/>".encode()


class Stream(Protocol):
    """The component's stream."""

    def write(self, data: bytes) -> None: ...


def answer(received: int) -> bytes:
    """So many stanzas of the component were handled on this link (§4)."""
    return f"<a xmlns='{NAMESPACE}' h='{received % 2**32}'/>".encode()


def handle(stream: Stream, component: ComponentDomain, element: Nonza) -> None:
    """Answer one of `NAMES`. Raises StreamError."""
    if element.name == _R:
        stream.write(answer(component.received))
    elif element.name == _A:
        try:
            component.acknowledged(read_count(element))
        except CountTooHigh as error:
            raise too_high(error) from None
    elif component.connected:
        stream.write(failed("unexpected-request"))  # §3: once, and before anything else
    elif element.name == _ENABLE:
        stream.write(
            f"<enabled xmlns='{NAMESPACE}' id='{component.enable()}' resume='true'"
            f" max='{component.bounds.seconds}'/>".encode()
        )
        component.hand_over()
    else:
        _resume(stream, component, element)


def _resume(stream: Stream, component: ComponentDomain, element: Nonza) -> None:
    previous = element.attributes.get("previd", "")
    if not previous or previous != component.id:
        component.handled(previous, read_count(element))
        last, received = component.last
        stream.write(failed("item-not-found", received if previous == last else None))
        return
    try:
        component.resume(read_count(element))
    except CountTooHigh as error:
        raise too_high(error) from None
    stream.write(
        f"<resumed xmlns='{NAMESPACE}' previd='{previous}' h='{component.received % 2**32}'/>".encode()
    )
    component.hand_over()
