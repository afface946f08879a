"""XEP-0059 Result Set Management: which page of a list is asked for, and what is said about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.errors import StanzaError

NAMESPACE = "http://jabber.org/protocol/rsm"
SET = f"{{{NAMESPACE}}}set"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for; `after` and `before` are ids of items, an empty `before` means the last page."""

    most: int
    after: str | None = None
    before: str | None = None

    @classmethod
    def read(cls, request: Element, most: int) -> "Page":
        """From the `<set/>` in a request; at most `most` items. Raises `bad-request`."""
        found = request.find(SET)
        if found is None:
            return cls(most)
        wanted = found.findtext(f"{{{NAMESPACE}}}max")
        if wanted is not None:
            if not wanted.isascii() or not wanted.isdecimal():
                raise StanzaError("bad-request", f"max: expected a number, found {wanted[:40]!r}")
            most = min(most, int(wanted[:9]))
        after = found.findtext(f"{{{NAMESPACE}}}after")
        return cls(most, after or None, found.findtext(f"{{{NAMESPACE}}}before"))

    def of(self, items: Sequence[T], id: Callable[[T], str]) -> tuple[Sequence[T], Element]:
        """The items of this page, and its `<set/>`. Raises `item-not-found` for an id of no item (§2.2)."""
        ids = [id(item) for item in items]
        begin, end = 0, len(items)
        if self.after is not None:
            begin = _index(ids, self.after) + 1
        if self.before:
            end = _index(ids, self.before)
        if self.before is not None:
            begin = max(begin, end - self.most)
        page = items[begin : min(end, begin + self.most)]
        return page, described([id(item) for item in page], len(items), begin)


def described(ids: Sequence[str], count: int | None = None, index: int | None = None) -> Element:
    """The `<set/>` of a result: its first and last item, and how many there are in all."""
    element = Element(SET)
    if ids:
        place = {"index": str(index)} if index is not None else {}
        child(element, f"{{{NAMESPACE}}}first", ids[0], **place)
        child(element, f"{{{NAMESPACE}}}last", ids[-1])
    if count is not None:
        child(element, f"{{{NAMESPACE}}}count", str(count))
    return element


def _index(ids: Sequence[str], id: str) -> int:
    try:
        return ids.index(id)
    except ValueError:
        raise StanzaError("item-not-found", "there is no such item") from None
