"""A client's way from a fresh connection to a bound session with its roster and presence, sans-IO.

Only as much of RFC 6120 and 6121 as the load needs: SASL SCRAM or PLAIN, resource binding, the roster
request and initial presence. TLS belongs to the connection below (`bench.load`).
"""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from bench.scram import Scram

Mechanism = Literal["SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"]

DOMAIN = "localhost"
_SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
_BIND = "{urn:ietf:params:xml:ns:xmpp-bind}"
_HEADER = (
    f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
    f" to='{DOMAIN}' version='1.0'>"
).encode()

_Script = Generator[bytes, ET.Element, None]


class LoginError(Exception):
    """The server refused a step of the login; the message shows its answer."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the measured server."""

    user: str
    password: str = "bench-password"

    @property
    def jid(self) -> str:
        """The bare address."""
        return f"{self.user}@{DOMAIN}"


class Login:
    """One login. Send `start()`, then whatever `receive(bytes)` returns, until `done`."""

    def __init__(
        self, account: Account, *, mechanism: Mechanism = "SCRAM-SHA-1", available: bool = True
    ) -> None:
        """`available`: ask for the roster and send initial presence after binding (RFC 6121 §2.2, §4.2)."""
        self.jid = ""
        self.done = False
        self._account = account
        self._mechanism = mechanism
        self._available = available
        self._script = self._steps()
        self._open_parser()

    def start(self) -> bytes:
        """The first bytes to send."""
        return next(self._script)

    def receive(self, data: bytes) -> bytes:
        """Take received bytes, return what to send now. Raises `LoginError` when the server refuses."""
        answer = b""
        self._parser.feed(data)
        events = cast(Iterator[tuple[str, ET.Element]], self._parser.read_events())
        for event, element in events:
            self._depth += 1 if event == "start" else -1
            if event == "end" and self._depth == 1:
                answer += self._advance(element)
        return answer

    def _advance(self, element: ET.Element) -> bytes:
        try:
            return self._script.send(element)
        except StopIteration:
            self.done = True
            return b""

    def _open_parser(self) -> None:
        self._parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
        self._depth = 0

    def _steps(self) -> _Script:
        yield _HEADER  # answered by the first features
        yield from self._authenticate()
        self._open_parser()
        yield _HEADER
        bound = yield from self._ask("bind", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")
        self.jid = bound.findtext(f"{_BIND}bind/{_BIND}jid") or ""
        if self._available:
            yield from self._ask("roster", "<query xmlns='jabber:iq:roster'/>", kind="get")
            # RFC 6121 §4.4.2: our own presence comes back to us; then the session is fully set up.
            sent = b"<presence/>"
            while (yield sent).tag != "{jabber:client}presence":
                sent = b""

    def _authenticate(self) -> _Script:
        if self._mechanism == "PLAIN":
            plain = f"\0{self._account.user}\0{self._account.password}".encode()
            _expect((yield _auth("PLAIN", plain)), f"{_SASL}success")
            return
        scram = Scram(self._mechanism, self._account.user, self._account.password)
        challenge = _expect((yield _auth(self._mechanism, scram.first())), f"{_SASL}challenge")
        final = base64.b64encode(scram.final(challenge))
        scram.verify(
            _expect(
                (yield b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + final + b"</response>"),
                f"{_SASL}success",
            )
        )

    def _ask(
        self, identifier: str, payload: str, kind: str = "set"
    ) -> Generator[bytes, ET.Element, ET.Element]:
        sent = f"<iq type='{kind}' id='{identifier}'>{payload}</iq>".encode()
        while True:
            answer = yield sent
            if answer.get("id") == identifier:
                break
            sent = b""
        if answer.get("type") != "result":
            raise LoginError(_shown(answer))
        return answer


def _auth(mechanism: str, initial: bytes) -> bytes:
    text = base64.b64encode(initial).decode()
    return f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{text}</auth>".encode()


def _expect(element: ET.Element, tag: str) -> bytes:
    if element.tag != tag:
        raise LoginError(_shown(element))
    return base64.b64decode(element.text or "")


def _shown(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode")
