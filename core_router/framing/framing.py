"""How a stream is framed on what carries it; the framing of TCP, one long XML document (RFC 6120 §4.2)."""

from collections.abc import Iterable
from typing import Any, Protocol

from core_router.framing.limits import Limits
from core_router.framing.parser import Build, StreamParser
from core_router.xmpp.namespaces import STREAM


class Parser(Protocol):
    """Reads a stream from its header on; a restarted stream gets a new one."""

    limits: Limits

    def feed(self, data: bytes) -> Iterable[Any]:
        """What became complete: see `core_router.framing.parser.StreamParser.feed`."""

    def rest(self) -> None:
        """To be called every now and then: keep only what is needed while nothing is fed."""


class Framing(Protocol):
    """Where a stream begins and ends, and how its elements are told apart."""

    @property
    def stepwise(self) -> bool:
        """Whether a restart may fall into the middle of what was read at once (RFC 6120 §4.3.3)."""

    @property
    def footer(self) -> bytes:
        """What ends the stream."""

    def header(self, attributes: str, namespace: str) -> bytes:
        """The stream header: `attributes` as they stand in a start tag, the content namespace."""

    def parser(self, limits: Limits, build: Build) -> Parser:
        """The reader of a new stream."""


class Document:
    """RFC 6120 §4.2: header and footer are the tags of a document's root, the elements its children."""

    stepwise = True
    footer = b"</stream:stream>"

    def header(self, attributes: str, namespace: str) -> bytes:
        return (
            f"<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='{STREAM}'{attributes}>"
        ).encode()

    def parser(self, limits: Limits, build: Build) -> StreamParser:
        return StreamParser(limits, build)


DOCUMENT = Document()
