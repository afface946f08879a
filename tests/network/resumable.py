"""XEP-0198 as a careful client does it: what it says is kept until acknowledged, its session resumed."""

import asyncio
import contextlib
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

from bench.scram import Scram
from tests.scenarios.dialogue import Party
from tests.scenarios.login import authenticate, bind, open_stream, strongest
from tests.scenarios.matching import CLIENT, Element, shown
from tests.scenarios.stream import Stream

SASL2 = "urn:xmpp:sasl:2"
SM = "urn:xmpp:sm:3"
PATIENCE = 20.0
_WINDOW = 10  # messages it says before it waits for an acknowledgement

Connect = Callable[[], Awaitable[Stream]]


class Cut(Exception):
    """The connection is gone."""


class Resumable:
    """A client in a conversation of numbered messages: `said` is the last one, `heard` what arrived.

    `connect` makes a connection under TLS; it may raise OSError.
    """

    def __init__(
        self, user: str, password: str, domain: str, connect: Connect, *, at_login: bool = False
    ) -> None:
        """`at_login`: resume in the login itself, by SASL2, and not in a step of its own."""
        self.connect = connect
        self.jid = ""
        self.said = 0
        self.heard: list[int] = []
        self.resumptions = 0
        self._user, self._password, self._domain = user, password, domain
        self._at_login = at_login
        self._stream: Stream
        self._id = ""
        self._handled = 0  # stanzas received in this session
        self._acknowledged = 0  # stanzas of ours that the server has
        self._kept: deque[str] = deque()  # those it does not have yet, as far as we know
        self._asked = False
        self._changed = asyncio.Event()

    # -- the session --------------------------------------------------------------------------------

    async def logs_in(self, resource: str) -> None:
        """Bind, enable stream management, and become available."""
        party = Party(self._user, await self.connect(), self._domain)
        await self._authenticates(party)
        client = await bind(party, resource)
        await client.sends(f"<enable xmlns='{SM}' resume='true'/>")
        enabled = await client.receives(f"<enabled xmlns='{SM}' resume='true'/>")
        self.jid, self._id = client.jid, enabled.get("id", "")
        self._stream = client.stream
        await self._sends("<presence/>")

    async def resumes(self) -> None:
        """Take the session up again on a new connection (§5). Raises `Cut`."""
        try:
            stream = await self.connect()
        except OSError as error:
            raise Cut from error
        party = Party(self._user, stream, self._domain)
        resume = f"<resume xmlns='{SM}' previd='{self._id}' h='{self._handled}'/>"
        with _cut_seen(stream):
            resumed = await (self._resumes_at_login if self._at_login else self._resumes_afterwards)(
                party, resume
            )
        assert resumed.get("previd") == self._id, shown(resumed)
        self.resumptions += 1
        self._stream = stream
        self._take_acknowledgement(resumed)
        await self._stream.send("".join(self._kept))  # in one go: nothing said meanwhile comes between
        await self._asks()

    async def _resumes_afterwards(self, party: Party, resume: str) -> Element:
        await self._authenticates(party)
        await party.sends(resume)
        return await party.receives_next(f"<resumed xmlns='{SM}'/>")

    async def _resumes_at_login(self, party: Party, resume: str) -> Element:
        """§9.2, XEP-0388 §2."""
        await open_stream(party)
        scram = Scram("SCRAM-SHA-256", self._user, self._password)
        await party.sends(
            f"<authenticate xmlns='{SASL2}' mechanism='SCRAM-SHA-256'>"
            f"<initial-response>{_encoded(scram.first())}</initial-response>{resume}</authenticate>"
        )
        challenge = await party.receives(f"<challenge xmlns='{SASL2}'/>")
        final = _encoded(scram.final(b64decode(challenge.text or "")))
        await party.sends(f"<response xmlns='{SASL2}'>{final}</response>")
        success = await party.receives_next(f"<success xmlns='{SASL2}'><resumed xmlns='{SM}'/></success>")
        [resumed] = success.iterfind(f"{{{SM}}}resumed")
        return resumed

    async def _authenticates(self, party: Party) -> None:
        features = await open_stream(party)
        await authenticate(party, self._user, self._password, strongest(features))

    # -- the conversation ---------------------------------------------------------------------------

    async def says_next(self, to: str) -> None:
        """Send the next message, once there is room for it; stanzas are sent only while connected."""
        await self.until(lambda: len(self._kept) < _WINDOW)
        self.said += 1
        await self._sends(
            f"<message to='{to}' type='chat' id='{self.said}'><body>{self.said}</body></message>"
        )

    async def listens(self) -> None:
        """Take what arrives until the connection is gone, all of it."""
        stream = self._stream
        while True:
            await stream.until(lambda: bool(stream.received) or stream.end is not None, PATIENCE)
            while stream.received:
                await self._take(stream.received.pop(0))
            if stream.end is not None:
                return

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for `true()`, looking again whenever something was taken."""
        while not true():
            self._changed.clear()
            await self._changed.wait()

    @property
    def settled(self) -> bool:
        """Whether the server has all that was said."""
        return not self._kept

    async def _sends(self, stanza: str) -> None:
        self._kept.append(stanza)
        await self._stream.send(stanza)
        if not self._asked:
            await self._asks()

    async def _asks(self) -> None:
        self._asked = True
        await self._stream.send(f"<r xmlns='{SM}'/>")

    async def _take(self, element: Element) -> None:
        if element.tag == f"{{{SM}}}r":
            await self._stream.send(f"<a xmlns='{SM}' h='{self._handled}'/>")
        elif element.tag == f"{{{SM}}}a":
            self._take_acknowledgement(element)
            self._asked = False
            if self._kept:
                await self._asks()
        elif str(element.tag).startswith(f"{{{CLIENT}}}"):
            self._handled += 1
            if element.tag == f"{{{CLIENT}}}message":
                assert element.get("type") == "chat", shown(element)
                self.heard.append(int(element.findtext(f"{{{CLIENT}}}body") or ""))
        else:
            raise AssertionError(f"{self.jid} received {shown(element)}")
        self._changed.set()

    def _take_acknowledgement(self, element: Element) -> None:
        newly = int(element.get("h", "")) - self._acknowledged
        assert 0 <= newly <= len(self._kept), f"{shown(element)}, {len(self._kept)} are kept"
        for _ in range(newly):
            self._kept.popleft()
        self._acknowledged += newly
        self._changed.set()


@contextlib.contextmanager
def _cut_seen(stream: Stream) -> Iterator[None]:
    """What did not arrive because the connection is gone is no failure, but `Cut`."""
    try:
        yield
    except AssertionError as error:
        if stream.end != "cut":
            raise
        raise Cut from error


def _encoded(message: bytes) -> str:
    return b64encode(message).decode()
