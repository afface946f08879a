"""What every XML stream has: its header, its errors, its end (RFC 6120 §4)."""

import logging
import secrets
from collections.abc import Iterable
from typing import Any

from core_router.envelope import Nonza
from core_router.framing.framing import DOCUMENT, Framing, Parser
from core_router.framing.limits import Limits
from core_router.framing.parser import StreamClosed, StreamOpened
from core_router.streams.connection import Connection
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.namespaces import STREAM
from core_router.xmpp.text import escape

log = logging.getLogger(__name__)

_OF_THE_STREAM = frozenset((StreamOpened, StreamClosed, StreamError))
STREAM_ERROR = f"{{{STREAM}}}error"


class XmlStream:
    """One stream on one connection, the server's side. Subclasses say what its elements mean."""

    namespace: str  # the content namespace (RFC 6120 §4.8.2)

    def __init__(
        self, connection: Connection, limits: Limits, domain: str, framing: Framing = DOCUMENT
    ) -> None:
        self.connection = connection
        self.id = ""
        self.domain = domain  # what the stream is for; before the header, the one errors come from
        self._limits = limits
        self._framing = framing
        self._parser = self._new_parser()
        self._open = False  # our header is out
        self._ended = False
        self._taken = 0
        self.heard = True  # anything since it was last set to False, by whoever looks after idle streams
        # Until the first stanza may come, input is taken tag by tag: a restart must take effect at
        # the very byte it is due (RFC 6120 §5.4.3.3, §6.4.6), whatever else came along with it.
        self._stepwise = framing.stepwise

    @property
    def ended(self) -> bool:
        """Whether it is over, for whatever reason."""
        return self._ended

    @property
    def limits(self) -> Limits:
        """The bounds of what is accepted at this stage."""
        return self._limits

    # -- bytes in -----------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Bytes from the peer."""
        self.heard = True
        try:
            while self._stepwise and data:
                tag_end = data.find(b">") + 1 or len(data)
                piece, data = data[:tag_end], data[tag_end:]
                self._handle(self._parser.feed(piece), data)
            if data:
                self._handle(self._parser.feed(data), b"")
        except StreamError as error:
            self.end(error)
        except Exception:
            log.exception("stream %s of %s", self.id, self.connection.peer)
            self.end(StreamError(StreamCondition.INTERNAL_SERVER_ERROR))

    def _handle(self, events: Iterable[Any], following: bytes) -> None:
        for event in events:
            self._taken += 1
            if self._ended:
                return
            if type(event) not in _OF_THE_STREAM:  # nearly always
                self._element_received(event, following)
            elif isinstance(event, StreamOpened):
                self._header_received(event)
            elif isinstance(event, StreamError):
                raise event
            else:
                self.end(None)

    def rest(self) -> None:
        """To be called every now and then: a stream whose peer is silent takes up less memory."""
        self._parser.rest()

    @property
    def admitted(self) -> bool:
        """Whether the peer has proved who it is."""
        raise NotImplementedError

    def taken(self) -> int:
        """How many elements have come since the last call."""
        taken, self._taken = self._taken, 0
        return taken

    def connection_lost(self) -> None:
        """The connection is gone, whoever ended it."""
        self._ended = True

    # -- for subclasses -----------------------------------------------------------------------------

    def _build(
        self, name: str, attributes: dict[str, str], content: bytes, children: tuple[str, ...]
    ) -> object:
        """What a first-level element becomes; it is then handed to `_element_received`."""
        raise NotImplementedError

    def _element_received(self, element: Any, following: bytes) -> None:
        """A first-level element; `following` are bytes that came in the same piece of input."""
        raise NotImplementedError

    def _header_received(self, header: StreamOpened) -> None:
        raise NotImplementedError

    # -- bytes out ----------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send one element of the stream's first level: on some connections each has a frame to itself."""
        self.connection.write(data)

    def end(self, error: StreamError | None) -> None:
        """End the stream: the header if it is still owed, the error if there is one, the closing tag."""
        if self._ended:
            return
        self._ended = True
        if not self._open:
            self._open_stream({}, version="1.0")
        if error is not None:
            log.info(
                "stream %s of %s ends: %s %s", self.id, self.connection.peer, error.condition, error.text
            )
            self.write(error.wire())
        self.write(self._framing.footer)
        self.connection.close()

    def _open_stream(self, asked: dict[str, str], version: str | None) -> None:
        """Send our header (RFC 6120 §4.7); every stream, restarted or not, has an id of its own."""
        self.id = secrets.token_hex(8)
        self._open = True
        attributes = f" from='{escape(self.domain)}' id='{self.id}'"
        if asked.get("from"):
            attributes += f" to='{escape(asked['from'])}'"  # §4.7.2
        if version is not None:
            attributes += f" version='{version}'"
        attributes += " xml:lang='en'"  # §4.7.4: what we have to say is in English
        self.write(self._framing.header(attributes, self.namespace))

    def _error_received(self, error: Nonza) -> None:
        """RFC 6120 §4.9.1.1: the peer has found an error and is done with the stream; so are we."""
        log.info(
            "stream %s of %s ends: the peer says %s", self.id, self.connection.peer, ", ".join(error.children)
        )
        self.end(None)

    def _restart(self) -> None:
        """Forget what was read; the peer opens the stream anew on the same connection."""
        self._parser = self._new_parser()
        self._open = False

    def _new_parser(self) -> Parser:
        return self._framing.parser(self._limits, self._build)

    def _check_header(self, header: StreamOpened) -> None:
        """RFC 6120 §4.8: the content namespace must be this stream's."""
        if header.prefixes.get("") != self.namespace:
            raise StreamError(
                StreamCondition.INVALID_NAMESPACE, f"the default namespace of this stream is {self.namespace}"
            )
