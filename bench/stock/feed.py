"""Clients of the notifier: a feed of lines, one of HTTP batches, and somebody who is told."""

import json
import re
import time
from collections.abc import Sequence

from bench.load import Connection, Endpoint, Loop, Session
from bench.stock.process import ALERTS, TOKEN, lines

_OK = re.compile(rb"^ok (\d+)\n", re.MULTILINE)


class LineFeed:
    """One connection of the line protocol."""

    def __init__(self, loop: Loop, port: int) -> None:
        self._loop = loop
        self._connection: Connection = loop.connect(Endpoint(port))
        self._connection.receive = self._receive
        self._tail = b""
        self.acknowledged = -1  # the lines the notifier says it has committed
        self.sent = 0
        self._connection.send(f"token {TOKEN}\n".encode())
        loop.run_until(lambda: self.acknowledged == 0, "the line feed to be let in")

    def send(self, content: bytes, count: int) -> None:
        """So many lines."""
        self.sent += count
        self._connection.send(content)

    def settle(self) -> None:
        """Wait until all are committed."""
        self._loop.run_until(lambda: self.acknowledged >= self.sent, "the last quotes")

    def _receive(self, data: bytes) -> None:
        data = self._tail + data
        for match in _OK.finditer(data):
            self.acknowledged = int(match[1])
        self._tail = data[data.rfind(b"\n") + 1 :]
        if b"error" in data or b"bad" in data:
            raise AssertionError(data)


class HttpFeed:
    """One connection that posts a batch when the last is answered."""

    def __init__(self, loop: Loop, port: int) -> None:
        self._connection = loop.connect(Endpoint(port))
        self._connection.receive = self._receive
        self._answer = b""
        self.answered = 0
        self.waits = False

    def send(self, request: bytes) -> None:
        """The next batch."""
        self.waits = True
        self._connection.send(request)

    def _receive(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if end and length and len(body) >= int(length[1]):
            if b" 200 " not in head:
                raise AssertionError(self._answer)
            self._answer, self.waits = b"", False
            self.answered += 1


def request(quotes: Sequence[tuple[str, str]]) -> bytes:
    """A batch as it goes over the wire."""
    body = json.dumps([{"symbol": symbol, "price": price} for symbol, price in quotes]).encode()
    return (
        f"POST /v1/quotes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Probe:
    """A security of its own, whose watch tells at every second quote; how long the message takes."""

    def __init__(self, loop: Loop, session: Session) -> None:
        self._loop, self._connection = loop, session.connection
        self._connection.receive = self._receive
        self._sent: list[float] = []
        self.seconds: list[float] = []
        self.messages = 0  # of any watch
        self._tail = b""
        self._ready = False

    def watch(self) -> None:
        """By chat, as people do."""
        said = "<body>watch PROBE &gt; 1 every time</body>"
        self._connection.send(f"<message to='{ALERTS}' type='chat'>{said}</message>".encode())
        self._loop.run_until(lambda: self._ready, "a watch")

    def quotes(self) -> bytes:
        """Below the limit, above it; the clock runs from now."""
        self._sent.append(time.perf_counter())
        return lines([("PROBE", "0.50"), ("PROBE", "1.50")])

    def complete(self) -> bool:
        """Whether every message is here."""
        return not self._sent

    def _receive(self, data: bytes) -> None:
        now = time.perf_counter()
        *complete, self._tail = (self._tail + data).split(b"</message>")
        for stanza in complete:
            if b"PROBE at" in stanza:
                self.seconds.append(now - self._sent.pop(0))
            elif b"Watch" in stanza and b"(waits)" in stanza:
                self._ready = True
            elif b"Answer: confirm" in stanza:
                self.messages += 1
