"""Streams over HTTP, by aiohttp: over a WebSocket (RFC 7395), and by BOSH (XEP-0124, XEP-0206).

To a `Party` they are `tests.scenarios.stream.Stream`s: a login over them is written as one over TCP.
"""

import asyncio
import contextlib
import itertools
import re
import ssl
from typing import Self

import aiohttp
from lxml import etree

from tests.scenarios.matching import CLIENT, Element
from tests.scenarios.stream import Stream

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
HTTPBIND = "http://jabber.org/protocol/httpbind"
XBOSH = "urn:xmpp:xbosh"
_BARE_STANZA = re.compile(r"^<(message|presence|iq)(?![^>]*\sxmlns=)")


class WebSocketStream(Stream):
    """A stream over a WebSocket; `closed` is the code of the server's close frame."""

    def __init__(self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.header = {}
        self.namespace = CLIENT
        self.received = []
        self.end = None
        self._http = http
        self._socket = socket
        self._changed = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def dial(cls, url: str, context: ssl.SSLContext | None, **headers: str) -> Self:
        """Open a WebSocket."""
        http = aiohttp.ClientSession()
        try:
            socket = await http.ws_connect(url, ssl=context or True, protocols=("xmpp",), headers=headers)
        except BaseException:
            await http.close()
            raise
        assert socket.protocol == "xmpp"
        return cls(http, socket)

    async def send(self, text: str | bytes) -> None:
        """Send a message; a stanza declares its namespace, the end of the stream is `<close/>`."""
        text = text if isinstance(text, str) else text.decode()
        text = text.replace("</stream:stream>", f"<close xmlns='{FRAMING}'/>")
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(_qualified(text))

    async def restart(self, to: str, *, version: str = "1.0") -> None:
        await self.send(f"<open xmlns='{FRAMING}' to='{to}' version='{version}'/>")

    @property
    def closed(self) -> int | None:
        """The code the server closed with."""
        return self._socket.close_code

    async def close(self) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        connection = self._socket._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        await self._http.close()

    async def _read(self) -> None:
        async for message in self._socket:
            assert message.type is aiohttp.WSMsgType.TEXT
            found = etree.fromstring(message.data)
            if found.tag == f"{{{FRAMING}}}open":
                self.header = {str(key): str(value) for key, value in found.attrib.items()}
            elif found.tag == f"{{{FRAMING}}}close":
                self._ended("closed")
            else:
                self.received.append(found)
            self._changed.set()
        self._ended("cut")


class BoshStream(Stream):
    """A stream by BOSH: as browsers do it, a request waits at the server at any time.

    `condition` is why the session was terminated.
    """

    def __init__(self, url: str, context: ssl.SSLContext | None) -> None:
        self.header = {}
        self.namespace = CLIENT
        self.received = []
        self.end = None
        self.condition: str | None = None
        self._url = url
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context or True))
        self._changed = asyncio.Event()
        self._rids = itertools.count(1_000_000)
        self._sid = ""
        self._posting: set[asyncio.Task[None]] = set()
        self._answers: dict[int, Element] = {}
        self._next = 1_000_000

    async def send(self, text: str | bytes) -> None:
        text = text if isinstance(text, str) else text.decode()
        if text == "</stream:stream>":
            self._post("", type="terminate")
        else:
            self._post(_qualified(text))

    async def restart(self, to: str, *, version: str = "1.0") -> None:
        if self._sid:
            self._post("", **{"to": to, "xmpp:restart": "true"})
        else:
            asked = {"to": to, "wait": "30", "hold": "1", "ver": "1.6", "xmpp:version": version}
            self._post("", **asked)

    async def close(self) -> None:
        for posting in self._posting:
            posting.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        await self._http.close()

    def _post(self, payload: str, **attributes: str) -> None:
        rid = next(self._rids)
        attributes = {"rid": str(rid), **({"sid": self._sid} if self._sid else {}), **attributes}
        written = "".join(f" {name}='{value}'" for name, value in attributes.items())
        body = f"<body xmlns='{HTTPBIND}' xmlns:xmpp='{XBOSH}'{written}>{payload}</body>"
        posting = asyncio.ensure_future(self._exchange(rid, body))
        self._posting.add(posting)
        posting.add_done_callback(self._posting.discard)

    async def _exchange(self, rid: int, body: str) -> None:
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        async with self._http.post(self._url, data=body.encode(), headers=headers) as answer:
            assert answer.status == 200, answer.status
            self._answers[rid] = etree.fromstring(await answer.read())
        while (due := self._answers.pop(self._next, None)) is not None:
            self._next += 1
            self._take_body(due)
        # This one is still among those under way.
        if self._sid and self.end is None and len(self._posting) == 1:
            self._post("")

    def _take_body(self, body: Element) -> None:
        if "sid" in body.attrib:
            self._sid = str(body.get("sid"))
            self.header = {str(key): str(value) for key, value in body.attrib.items()}
        self.received.extend(body)
        if body.get("type") == "terminate":
            self.condition = body.get("condition")
            self._ended("closed")
        self._changed.set()


def _qualified(text: str) -> str:
    return _BARE_STANZA.sub(r"<\1 xmlns='jabber:client'", text)
