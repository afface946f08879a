"""What an acknowledgement costs each side: among others in one reading, and alone."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomlkit

from bench.measure import cpu_nanoseconds
from bench.restart.installation import DOMAIN, Installation

_SM = "xmlns='urn:xmpp:sm:3'"
_PAIR = f"<a {_SM} h='0'/><r {_SM}/>".encode()  # as the router sends them, along with a stanza
_ANSWER = f"<a {_SM} h='0'/>".encode()
_REQUEST = f"<r {_SM}/>".encode()
_MANY, _SINGLE = 5000, 30
_APART = 0.12  # seconds between those that are alone: more than the pause a component makes
_COMPONENT = f"conference.{DOMAIN}"
_HEADER = (
    "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'"
    f" {{address}}='{_COMPONENT}' version='1.0'{{id}}>"
)


@dataclass(slots=True)
class Exchange:
    """µs of CPU."""

    component: float  # to read what the router tells and asks, among other things
    component_alone: float  # to read that and answer, and nothing else to do
    router: float  # to read what the component tells, among other things
    router_alone: float  # to read a request and answer, and nothing else to do


async def exchange() -> Exchange:
    """Measure, with real processes and sockets; here is the other side."""
    async with _room_service() as (reader, writer, pid):
        component = await _read(writer, reader, _PAIR, pid)
        component_alone = await _alone(writer, reader, _PAIR, pid)
    async with _router() as (reader, writer, pid):
        router = await _read(writer, reader, _ANSWER, pid)
        return Exchange(component, component_alone, router, await _alone(writer, reader, _REQUEST, pid))


async def _read(writer: Any, reader: asyncio.StreamReader, elements: bytes, pid: int) -> float:
    """The cost of each of many that are read at once."""
    before = cpu_nanoseconds([pid])
    for _ in range(_MANY // 50):
        writer.write(elements * 50)
        await writer.drain()
    writer.write(_REQUEST)
    with suppress(TimeoutError):
        while True:  # until nothing more is answered: everything is read then
            await asyncio.wait_for(reader.readuntil(b"/>"), 4 * _APART)
    return (cpu_nanoseconds([pid]) - before) / 1000 / _MANY


async def _alone(writer: Any, reader: asyncio.StreamReader, elements: bytes, pid: int) -> float:
    costs = []
    for _ in range(_SINGLE):
        await asyncio.sleep(_APART)
        before = cpu_nanoseconds([pid])
        writer.write(elements)
        await reader.readuntil(b"/>")
        costs.append((cpu_nanoseconds([pid]) - before) / 1000)
    return min(costs)


@asynccontextmanager
async def _room_service() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, int]]:
    """The room service, whose router is here."""
    connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"version='1.0'>")
        writer.write(_HEADER.format(address="from", id=" id='1'").encode())
        await reader.readuntil(b"</handshake>")
        writer.write(f"<handshake/><stream:features><sm {_SM}/></stream:features>".encode())
        await reader.readuntil(b"/>")
        writer.write(f"<enabled {_SM} id='1' resume='true'/>".encode())
        connected.put_nowait((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with _installation() as installation:
        document: Any = tomlkit.parse(installation.home.configuration.read_text())
        document["muc"]["router"] = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        installation.home.configuration.write_text(tomlkit.dumps(document))
        await installation.start("muc")
        reader, writer = await connected.get()
        yield reader, writer, installation.pid("muc")
        writer.close()
    server.close()


@asynccontextmanager
async def _router() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, int]]:
    """The router, one of whose components is here."""
    async with _installation() as installation:
        await installation.start("core_router")
        reader, writer = await asyncio.open_connection("127.0.0.1", installation.component_port)
        writer.write(_HEADER.format(address="to", id="").encode())
        header = (await reader.readuntil(b">")).decode()
        if "stream:stream" not in header:  # an XML declaration
            header = (await reader.readuntil(b">")).decode()
        id = header.partition(" id='")[2].partition("'")[0]
        secret = (installation.home.path / "secrets" / "muc").read_text().strip()
        digest = hashlib.sha1(f"{id}{secret}".encode()).hexdigest()
        writer.write(f"<handshake>{digest}</handshake><enable {_SM} resume='true'/>".encode())
        while b"<enabled" not in await reader.readuntil(b">"):
            pass
        yield reader, writer, installation.pid("core_router")
        writer.close()


@asynccontextmanager
async def _installation() -> AsyncIterator[Installation]:
    with TemporaryDirectory(prefix="stw-") as directory:
        installation = Installation(Path(directory) / "h")
        try:
            yield installation
        finally:
            installation.kill()
