"""A client with stream management (XEP-0198): it comes back by itself, and counts like a real one."""

import asyncio
import base64
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, cast

from lxml import etree

from bench.scram import Scram

Element = Any  # of lxml
Stanza = Callable[[Element], None]

CLIENT = "{jabber:client}"
_SM = "urn:xmpp:sm:3"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND = "urn:ietf:params:xml:ns:xmpp-bind"
_STANZAS = frozenset(f"{CLIENT}{kind}" for kind in ("message", "presence", "iq"))
_RETRY = 0.05  # seconds between attempts to connect


class Gone(Exception):
    """The server closed the connection, or did not say what was expected."""


class Stream:
    """One XML stream on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, domain: str) -> None:
        self._reader, self._writer, self._domain = reader, writer, domain
        self._arrived: Iterator[tuple[str, Element]] = iter(())

    async def open(self) -> None:
        """Send a header, and wait for the features."""
        self._parser = etree.XMLPullParser(("start", "end"), resolve_entities=False)
        self._depth = 0
        self.write(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            f" to='{self._domain}' version='1.0'>"
        )
        await self.next()

    def write(self, text: str) -> None:
        """Send it."""
        self._writer.write(text.encode())

    async def next(self) -> Element:
        """The next element of the first level. Raises `Gone`."""
        while True:
            for event, element in self._arrived:
                self._depth += 1 if event == "start" else -1
                if event == "end" and self._depth == 1:
                    return element
            data = await self._reader.read(65536)
            if not data:
                raise Gone("closed")
            self._parser.feed(data)
            self._arrived = cast(Iterator[tuple[str, Element]], self._parser.read_events())

    async def asks(self, text: str, tag: str) -> Element:
        """Send it; the next element must be of that name."""
        self.write(text)
        answer = await self.next()
        if answer.tag != tag:
            raise Gone(etree.tostring(answer).decode())
        return answer

    def close(self) -> None:
        """Drop the connection."""
        self._writer.transport.abort()


class Client:
    """One account's client. `stanza` gets what arrives, `began` is called for each new session."""

    def __init__(self, user: str, password: str, domain: str, port: int) -> None:
        self.user, self.jid = user, f"{user}@{domain}/bench"
        self._password, self._domain, self._port = password, domain, port
        self.stanza: Stanza = lambda element: None
        self.began: Callable[[], None] = lambda: None
        self.acknowledged: Callable[[str], None] = lambda name: None  # a stanza is safe
        self.doubtful: Callable[[str], None] = lambda name: None  # the session ended before it was
        self.sessions = self.resumptions = 0
        self.handled = 0  # stanzas since the start
        self.up = asyncio.Event()
        self._stream: Stream | None = None
        self._unacknowledged: deque[tuple[str, str]] = deque()  # name, stanza
        self._sent_acknowledged = self._handled = 0
        self._resumption_id = ""
        self._asked = 0  # the server is to tell, as soon as it can, that it has so many
        self._life: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many of its stanzas the server has not acknowledged."""
        return len(self._unacknowledged)

    def start(self) -> None:
        """Connect, and connect again, until `stop`."""
        self._life = asyncio.ensure_future(self._live())

    async def stop(self) -> None:
        """Drop the connection and do not come back."""
        if self._life is not None:
            self._life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._life

    def send(self, stanza: str, name: str = "") -> None:
        """Send a stanza, now or when the session goes on; `name` is for `acknowledged`."""
        self._unacknowledged.append((name, stanza))
        if self.up.is_set() and self._stream is not None:
            self._stream.write(stanza)
            self._ask()

    async def _live(self) -> None:
        while True:
            with contextlib.suppress(OSError, Gone, etree.XMLSyntaxError):
                await self._connect()
            self.up.clear()
            self._stream = None
            await asyncio.sleep(_RETRY)

    async def _connect(self) -> None:
        connection = await asyncio.open_connection("127.0.0.1", self._port)
        stream = Stream(*connection, self._domain)
        try:
            await self._log_in(stream)
            self._stream, self._asked = stream, 0
            if not await self._resume(stream):
                await self._begin(stream)
            self.up.set()
            self._ask()
            while True:
                self._take(await stream.next())
        finally:
            stream.close()

    async def _log_in(self, stream: Stream) -> None:
        await stream.open()
        scram = Scram("SCRAM-SHA-1", self.user, self._password)
        first = base64.b64encode(scram.first()).decode()
        challenge = await stream.asks(
            f"<auth xmlns='{_SASL}' mechanism='SCRAM-SHA-1'>{first}</auth>", f"{{{_SASL}}}challenge"
        )
        final = base64.b64encode(scram.final(base64.b64decode(challenge.text))).decode()
        await stream.asks(f"<response xmlns='{_SASL}'>{final}</response>", f"{{{_SASL}}}success")
        await stream.open()

    async def _resume(self, stream: Stream) -> bool:
        if not self._resumption_id:
            return False
        stream.write(f"<resume xmlns='{_SM}' previd='{self._resumption_id}' h='{self._handled}'/>")
        answer = await stream.next()
        if answer.tag != f"{{{_SM}}}resumed":
            return False
        self.resumptions += 1
        self._acknowledge(int(answer.get("h")))
        stream.write("".join([stanza for _, stanza in self._unacknowledged]))
        return True

    async def _begin(self, stream: Stream) -> None:
        """A new session. What was not acknowledged in the last one may have arrived or not."""
        resource = self.jid.partition("/")[2]
        await stream.asks(
            f"<iq type='set' id='bind'><bind xmlns='{_BIND}'><resource>{resource}</resource></bind></iq>",
            f"{CLIENT}iq",
        )
        stream.write(f"<enable xmlns='{_SM}' resume='true'/>")
        while (element := await stream.next()).tag != f"{{{_SM}}}enabled":
            self.stanza(element)
        self._resumption_id = element.get("id")
        self._handled = self._sent_acknowledged = 0
        for name, _ in self._unacknowledged:
            self.doubtful(name)
        self._unacknowledged.clear()
        self.sessions += 1
        self.up.set()
        self.send("<presence/>")
        self.began()

    def _take(self, element: Element) -> None:
        if element.tag in _STANZAS:
            self._handled += 1
            self.handled += 1
            self.stanza(element)
        elif element.tag == f"{{{_SM}}}r" and self._stream is not None:
            self._stream.write(f"<a xmlns='{_SM}' h='{self._handled}'/>")
        elif element.tag == f"{{{_SM}}}a":
            self._acknowledge(int(element.get("h")))
            if self._sent_acknowledged >= self._asked:
                self._ask()
        else:
            raise Gone(etree.tostring(element).decode())

    def _acknowledge(self, h: int) -> None:
        while self._sent_acknowledged < h:
            self._sent_acknowledged += 1
            self.acknowledged(self._unacknowledged.popleft()[0])

    def _ask(self) -> None:
        if self._unacknowledged and self._sent_acknowledged >= self._asked and self._stream is not None:
            self._asked = self._sent_acknowledged + len(self._unacknowledged)
            self._stream.write(f"<r xmlns='{_SM}'/>")
