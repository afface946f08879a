"""How much one peer may make the parser hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one first-level element of a stream, enforced while it is being read."""

    bytes: int
    depth: int = 64  # nested elements, the first-level element being 1
    attributes: int = 64  # of any one element
    elements: int = 4096  # in one first-level element
    tag: int = 16_384  # bytes of any one tag
