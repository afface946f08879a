"""XEP-0124, XEP-0206: a stream whose elements come and go in the `<body/>` of HTTP messages.

Each body is a document of its own. The first one, and one that asks for a restart, stands for a stream
header, one of the type `terminate` for the stream's end.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from core_router.framing.limits import Limits
from core_router.framing.parser import Build, StreamClosed, StreamOpened, StreamParser
from core_router.framing.standalone import standalone
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.namespaces import CLIENT, STREAM, XML
from core_router.xmpp.text import escape

NAMESPACE: Final = "http://jabber.org/protocol/httpbind"
XBOSH: Final = "urn:xmpp:xbosh"
_BODY, _RESTART, _VERSION = f"{NAMESPACE}}}body", f"{XBOSH}}}restart", f"{XBOSH}}}version"
_LANG = f"{XML}}}lang"
_OWN, _COMMON = f"{{{NAMESPACE}}}", f"{{{CLIENT}}}"
_START_TAG = re.compile(rb"""\s*(?:<\?xml[^>]*\?>\s*)?<(?:[^'"<>?]|'[^']*'|"[^"]*")+>""").match

_Payload = tuple[str, dict[str, str], bytes, tuple[str, ...]]


def body_attributes(data: bytes, limits: Limits) -> dict[str, str] | None:
    """The attributes of the body that `data` begins with; None as long as its start tag is not complete.

    Raises StreamError when it is none.
    """
    tag = _START_TAG(data)
    if tag is None:
        return None
    opened = (_parsed(tag[0], limits) or [_unfinished()])[0]
    if isinstance(opened, StreamError):
        raise opened
    attributes: dict[str, str] = opened.attributes
    return attributes


def is_empty(data: bytes) -> bool:
    """Whether a body has no payload."""
    tag = _START_TAG(data)
    return tag is not None and data[tag.end() :].strip()[:2] in (b"", b"</")


def asks_for_restart(attributes: Mapping[str, str]) -> bool:
    """Whether a body asks for a restart of the stream (XEP-0206 §5)."""
    return attributes.get(_RESTART) in ("true", "1")


class BodyParser:
    """Reads bodies, each whole, in the order of their request ids."""

    def __init__(self, limits: Limits, build: Build) -> None:
        self.limits = limits
        self._build = build
        self._opened = False

    def feed(self, data: bytes) -> Iterator[Any]:
        """What the body stands for. An element is built once the one before it has been handled."""
        opened, *events = _parsed(data, self.limits) or [_unfinished()]
        if isinstance(opened, StreamError):
            yield opened
            return
        attributes = opened.attributes
        if "sid" not in attributes or asks_for_restart(attributes):
            self._opened = True
            yield StreamOpened(_stream_attributes(attributes), {"": CLIENT})
            # XEP-0206 §5: what else is in such a body is ignored.
            events = [event for event in events if not isinstance(event, tuple)]
        yield from self._content(events, terminates=attributes.get("type") == "terminate")

    def rest(self) -> None:
        """Nothing is kept from one body to the next as it is."""

    def _content(self, events: list[Any], *, terminates: bool) -> Iterator[Any]:
        for event in events:
            if isinstance(event, tuple):
                yield self._built(event)
            elif isinstance(event, StreamError):
                yield event
            elif terminates:
                yield StreamClosed()
        if not any(isinstance(event, StreamClosed | StreamError) for event in events):
            yield _unfinished()

    def _built(self, payload: _Payload) -> Any:
        if not self._opened:
            raise StreamError(StreamCondition.BAD_FORMAT, "the stream is to be restarted first")
        name, attributes, content, children = payload
        if name.startswith(_OWN):
            # COMPAT(old clients, 2026): stanzas without a namespace of their own (XEP-0206 §2).
            name = _COMMON + name[len(_OWN) :]
            children = tuple(_COMMON + c[len(_OWN) :] if c.startswith(_OWN) else c for c in children)
        return self._build(name, attributes, content, children)


class Bodies:
    """The framing of BOSH: header and footer of the stream are attributes of bodies, not elements."""

    stepwise = False
    footer = b""

    def header(self, attributes: str, namespace: str) -> bytes:
        return b""

    def parser(self, limits: Limits, build: Build) -> BodyParser:
        return BodyParser(limits, build)


BODIES = Bodies()


def body(attributes: Mapping[str, str], payloads: Sequence[bytes] = ()) -> bytes:
    """A body to send; the prefix `xmpp` may be used in names of attributes."""
    written = "".join(f" {name}='{escape(value)}'" for name, value in attributes.items())
    if "xmpp:" in written:
        written += f" xmlns:xmpp='{XBOSH}'"
    if any(payload.startswith(b"<stream:") for payload in payloads):
        written += f" xmlns:stream='{STREAM}'"  # XEP-0206 §2
    content = b"".join(map(standalone, payloads))
    return f"<body xmlns='{NAMESPACE}'{written}>".encode() + content + b"</body>"


def _unfinished() -> StreamError:
    return StreamError(StreamCondition.NOT_WELL_FORMED, "the body is not complete")


def _stream_attributes(body: dict[str, str]) -> dict[str, str]:
    """Those of the stream header a body stands for (XEP-0206 §3)."""
    header = {name: body[name] for name in ("to", "from", _LANG) if name in body}
    return {**header, "version": body.get(_VERSION, "1.0")}


def _parsed(data: bytes, limits: Limits) -> list[Any]:
    parser = StreamParser(limits, _payload, _BODY)
    events = parser.feed(data)
    parser.dismiss()
    return events


def _payload(name: str, attributes: dict[str, str], content: bytes, children: tuple[str, ...]) -> _Payload:
    return name, attributes, content, children
