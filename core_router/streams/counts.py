"""XEP-0198: what its elements look like, on clients' streams and on components'."""

from core_router.envelope import Nonza
from core_router.routing.unacknowledged import CountTooHigh
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.namespaces import STANZA_ERRORS

NAMESPACE = "urn:xmpp:sm:3"


def read_count(element: Nonza) -> int:
    """The `h` (§4). Raises StreamError when it is none."""
    h = element.attributes.get("h", "")
    if not (h.isascii() and h.isdecimal() and len(h) <= 10 and int(h) < 2**32):
        raise StreamError(StreamCondition.POLICY_VIOLATION, "`h` is not a count")
    return int(h)


def failed(condition: str, count: int | None = None) -> bytes:
    """`<failed/>` (§3, §5), with the number of stanzas handled where that is still known."""
    h = f" h='{count % 2**32}'" if count is not None else ""
    return f"<failed xmlns='{NAMESPACE}'{h}><{condition} xmlns='{STANZA_ERRORS}'/></failed>".encode()


def too_high(error: CountTooHigh) -> StreamError:
    """The stream error for a peer that acknowledges more than it was sent (§6)."""
    return StreamError(
        StreamCondition.UNDEFINED_CONDITION,
        str(error),
        application=(
            f"<handled-count-too-high xmlns='{NAMESPACE}' h='{error.acknowledged}'"
            f" send-count='{error.sent}'/>"
        ).encode(),
    )
