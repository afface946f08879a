"""One end of a stream whose other end is the server in memory: bytes out, elements in.

The words are those of `tests.scenarios.dialogue`, without `await`: whatever the server does on what it
was sent has happened when `sends` returns.
"""

import itertools
from collections.abc import Iterator
from typing import Protocol, Self, cast

from lxml import etree
from twisted.internet.task import Clock

from core_router.xmpp.namespaces import CLIENT, COMPONENT, STREAM, STREAM_ERRORS
from tests.core_router.connection import MemoryConnection
from tests.scenarios.matching import Element, difference, element, present, shown

_identifiers = itertools.count(1)


class ServedStream(Protocol):
    """The server's side of the stream."""

    def received(self, data: bytes) -> None: ...
    def connection_lost(self) -> None: ...


class Peer:
    """Somebody with a connection to the server.

    `received` holds what arrived and was not claimed, `raw` every byte. `end` is None while the stream
    is open, then `closed` (by its end tag) or `cut`.
    """

    def __init__(self, name: str, connection: MemoryConnection, clock: Clock) -> None:
        self.name = name
        self.connection = connection
        self.header: dict[str, str] = {}  # of the server's last stream header
        self.received: list[Element] = []
        self.raw = b""
        self.end: str | None = None
        self.stream: ServedStream
        self._clock = clock
        self._depth = 0
        self._parser: etree.XMLPullParser
        connection.arrived = self._arrived

    def attach(self, stream: ServedStream) -> Self:
        """Put the server's stream at the other end."""
        self.stream = stream
        self.connection.lost = self._lost
        return self

    # -- out ----------------------------------------------------------------------------------------

    def sends(self, *pieces: str | bytes) -> Self:
        """Send each as it is, well-formed or not, in one segment each."""
        for piece in pieces:
            if self.connection.end is None:
                self.stream.received(piece.encode() if isinstance(piece, str) else piece)
            self._clock.advance(0)
        return self

    def opens(self, namespace: str = CLIENT, **attributes: str) -> Self:
        """Send a stream header; `xml_lang` becomes `xml:lang`."""
        written = "".join(f" {name.replace('_', ':')}='{value}'" for name, value in attributes.items())
        return self.sends(
            f"<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='{STREAM}'{written}>"
        )

    def asks(self, payload: str, *, to: str = "", kind: str = "get") -> Element:
        """Send an IQ and claim the answer, a result or an error."""
        __tracebackhide__ = True
        identifier = f"ask-{next(_identifiers)}"
        address = f" to='{to}'" if to else ""
        self.sends(f"<iq type='{kind}'{address} id='{identifier}'>{payload}</iq>")
        return self.receives(f"<iq type='*' id='{identifier}'/>")

    def closes(self) -> Self:
        """End the stream in order (RFC 6120 §4.4)."""
        return self.sends("</stream:stream>")

    def drops(self) -> Self:
        """Lose the connection without a word."""
        self.connection.abort()
        self._clock.advance(0)
        return self

    # -- in -----------------------------------------------------------------------------------------

    def receives(self, *patterns: str, without: tuple[str, ...] = ()) -> Element:
        """Claim, for each pattern, the first element that matches it; the last one's is returned.

        `without`: patterns of children which that element must not have.
        """
        __tracebackhide__ = True
        for literal in patterns:
            claimed = self._claim(element(literal), self._arrivals())
            unwanted = present(without, claimed)
            assert unwanted is None, f"{self.name} received {unwanted} in:\n  {shown(claimed)}"
        return claimed

    def receives_next(self, *patterns: str) -> Element:
        """Claim the next elements, which must match the patterns in this order."""
        __tracebackhide__ = True
        for literal in patterns:
            claimed = self._claim(element(literal), self._arrivals()[:1])
        return claimed

    def receives_nothing(self) -> Self:
        """Everything that arrived was claimed."""
        __tracebackhide__ = True
        arrived = self._arrivals()
        assert not arrived, f"{self.name} received, unexpectedly:\n{_listed(arrived)}"
        return self

    def ignores(self) -> Self:
        """Whatever has arrived is of no interest here."""
        self._arrivals().clear()
        return self

    def is_told(self, condition: str) -> Element:
        """Claim the stream error of that name (RFC 6120 §4.9.3), then nothing but the stream's end."""
        __tracebackhide__ = True
        error = self.receives(
            f"<stream:error><{condition} xmlns='{STREAM_ERRORS}'/></stream:error>",
        )
        self.receives_nothing()
        assert self.end == "closed", f"{self.name}'s stream is {self.end or 'open'}"
        return error

    def _arrivals(self) -> list[Element]:
        self._clock.advance(0)
        return self.received

    def _claim(self, pattern: Element, candidates: list[Element]) -> Element:
        __tracebackhide__ = True
        for found in candidates:
            if difference(pattern, found) is None:
                self.received.remove(found)
                return found
        ended = f" before the stream was {self.end}" if self.end else ""
        near = next((found for found in candidates if found.tag == pattern.tag), None)
        why = f"\nwhere {difference(pattern, near)}" if near is not None else ""
        raise AssertionError(
            f"{self.name} did not receive{ended}\n  {shown(pattern)}\n"
            f"but{_listed(candidates) or ' nothing'}{why}"
        )

    # -- the connection's calls ---------------------------------------------------------------------

    def _arrived(self, data: bytes) -> None:
        self.raw += data
        if data.startswith(b"<?xml"):
            self._depth = 0
            self._parser = etree.XMLPullParser(("start", "end"), resolve_entities=False)
        self._parser.feed(data)
        events = cast(Iterator[tuple[str, Element]], self._parser.read_events())
        for event, found in events:
            self._depth += 1 if event == "start" else -1
            if event == "start" and self._depth == 1:
                self.header = {str(key): str(value) for key, value in found.attrib.items()}
            elif event == "end" and self._depth == 1:
                self.received.append(_common(found))
            elif event == "end" and self._depth == 0:
                self.end = "closed"

    def _lost(self) -> None:
        self.end = self.end or "cut"
        self.stream.connection_lost()


def _common(found: Element) -> Element:
    """The element with `jabber:client` as its content namespace, which is that of the patterns."""
    own = f"{{{COMPONENT}}}"
    for one in found.iter(f"{own}*"):
        one.tag = f"{{{CLIENT}}}{str(one.tag).removeprefix(own)}"
    return found


def _listed(stanzas: list[Element]) -> str:
    return "".join(f"\n  {shown(stanza)}" for stanza in stanzas)
