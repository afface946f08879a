"""XEP-0198 Stream Management: its elements, as a component says and hears them.

Routers offer it to components by `<stream:features/>` after the handshake of XEP-0114.
"""

from xml.etree.ElementTree import Element

NAMESPACE = "urn:xmpp:sm:3"
OFFER = f"{{{NAMESPACE}}}sm"
ENABLED, RESUMED, FAILED, REQUEST, ANSWER = (
    f"{{{NAMESPACE}}}{name}" for name in ("enabled", "resumed", "failed", "r", "a")
)
NONZAS = frozenset((ENABLED, RESUMED, FAILED, REQUEST, ANSWER))

ASK = f"<r xmlns='{NAMESPACE}'/>".encode()
ENABLE = f"<enable xmlns='{NAMESPACE}' resume='true'/>".encode()

COUNTERS = 2**32  # they wrap around (§4)


def answer(handled: int) -> bytes:
    """So many stanzas have taken their effect."""
    return f"<a xmlns='{NAMESPACE}' h='{handled % COUNTERS}'/>".encode()


def resume(id: str, handled: int) -> bytes:
    """Go on with a link, of which so many stanzas have taken their effect (§5)."""
    return f"<resume xmlns='{NAMESPACE}' previd='{id}' h='{handled % COUNTERS}'/>".encode()


def count(element: Element) -> int | None:
    """The `h`; None where there is none, as in most `<failed/>`."""
    h = element.get("h", "")
    return int(h) if h.isascii() and h.isdecimal() else None


def later(counted: int, before: int) -> int:
    """How many more than `before` (unbounded) the counter `counted` (modulo 2³²) tells."""
    return (counted - before) % COUNTERS
