"""XEP-0033 multicast: one stanza to the router instead of a copy for each, where the router offers that.

Our router says so in the features of the stream, as soon as a component has authenticated; no question
is asked. On servers that say nothing, every recipient is sent a copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

OFFER = "{urn:stellwerk:multicast}multicast"
_HEADER = "<addresses xmlns='http://jabber.org/protocol/address'><address type='bcc' jid='"
_BETWEEN = "'/><address type='bcc' jid='"
_CLOSING = "'/></addresses>"

_MARGIN = 1000  # bytes: the service's address, and the header around the others


@dataclass(frozen=True, slots=True)
class Multicast:
    """The service: where it is, and how many addresses, and bytes, a stanza may have."""

    jid: str
    most: int
    longest: int

    def portions(self, to: Sequence[str], rest: int) -> list[Sequence[str]]:
        """The addresses, in lots of which each fits into one stanza, whose other bytes are `rest`."""
        room = self.longest - rest - _MARGIN
        if len(to) <= self.most and len(_BETWEEN.join(to).encode()) <= room:
            return [to]
        lots: list[Sequence[str]] = []
        first = length = 0
        for at, address in enumerate(to):
            needed = len(_BETWEEN) + len(address.encode())
            if at - first == self.most or (length + needed > room and at > first):
                lots.append(to[first:at])
                first, length = at, 0
            length += needed
        lots.append(to[first:])
        return lots


def offered(features: Element) -> Multicast | None:
    """The service in the features of a stream."""
    offer = features.find(OFFER)
    if offer is None:
        return None
    jid, most, longest = offer.get("jid", ""), offer.get("addresses", ""), offer.get("bytes", "")
    if not jid or not most.isdecimal() or not int(most) or not longest.isdecimal():
        return None
    return Multicast(jid, int(most), int(longest))


def addressed(before: str, after: str, service: str, to: Sequence[str]) -> str:
    """One stanza for all the addresses, which are escaped for an attribute.

    `before` ends where the address of a copy would stand, `after` begins there (`transaction.Outgoing`).
    """
    end = after.index(">")  # within attributes it is escaped
    header = f"{_HEADER}{_BETWEEN.join(to)}{_CLOSING}"
    if after[end - 1] != "/":
        return f"{before}{service}{after[: end + 1]}{header}{after[end + 1 :]}"
    kind = before[1:].partition(" ")[0]
    return f"{before}{service}{after[: end - 1]}>{header}</{kind}>{after[end + 1 :]}"
