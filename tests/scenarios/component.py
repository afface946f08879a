"""Components of other makers, as XEP-0114 describes them and no more."""

import hashlib

from tests.scenarios.dialogue import Party
from tests.scenarios.stream import Stream

NAMESPACE = "jabber:component:accept"

# What the scenarios' server is told to accept. QUIET is not listed in service discovery.
ECHO, QUIET, SECRET = "echo.localhost", "quiet.localhost", "shared secret"


class Components:
    """Connects components to the server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: list[Stream] = []

    async def stranger(self, domain: str = ECHO) -> Party:
        """Somebody who has connected and sent nothing yet."""
        stream = await Stream.open(self._port)
        stream.namespace = NAMESPACE
        self._streams.append(stream)
        return Party(domain, stream, domain)

    async def opened(self, domain: str = ECHO) -> Party:
        """Somebody who has sent a stream header and got one (XEP-0114 §3)."""
        party = await self.stranger(domain)
        await party.stream.restart(domain, version="")
        assert await party.stream.until(lambda: bool(party.stream.header), 10)
        return party

    async def connect(self, domain: str = ECHO) -> Party:
        """The component of that domain, after its handshake."""
        party = await self.opened(domain)
        await party.sends(handshake(party, SECRET))
        await party.receives_next("<handshake/>")
        return party

    async def end(self) -> None:
        """Drop all connections."""
        for stream in self._streams:
            await stream.close()


def handshake(party: Party, secret: str) -> str:
    """XEP-0114 §3: SHA-1 of the stream's id and the secret, in lower-case hex."""
    digest = hashlib.sha1((party.stream.header["id"] + secret).encode()).hexdigest()
    return f"<handshake>{digest}</handshake>"
