"""Floods: who sends too much waits, who connects or guesses too often is refused; others notice nothing."""

import asyncio
import contextlib
from typing import Any

import pytest

from tests.hardening.attackers import Neighbourhood
from tests.scenarios.dialogue import Party
from tests.scenarios.login import SASL, auth, open_stream
from tests.scenarios.scene import PASSWORD
from tests.servers.stellwerk import Stellwerk

pytestmark = pytest.mark.slow

PING = "<ping xmlns='urn:xmpp:ping'/>"


def pings(domain: str, number: int) -> str:
    return "".join(f"<iq type='get' to='{domain}' id='{id}'>{PING}</iq>" for id in range(number))


async def has_received(party: Party, number: int) -> None:
    assert await party.stream.until(lambda: len(party.stream.received) >= number, 60)


async def test_stanzas(here: Neighbourhood, there: Neighbourhood) -> None:
    """Of 5,000 questions, 2,000 may come at once, and 200 more each second; every one is answered."""
    flooder, bystander = await there.connect("mallory"), await here.connect("alice")
    await flooder.sends(pings(there.domain, 5000))
    await has_received(flooder, 1)
    for _ in range(10):
        await bystander.is_answered()
    assert len(flooder.stream.received) < 5000, "the bystander's answers did not come in between"
    await has_received(flooder, 5000)
    assert [answer.get("id") for answer in flooder.stream.received] == list(map(str, range(5000)))


async def test_bytes(here: Neighbourhood, there: Neighbourhood) -> None:
    """Of 400,000 bytes, 200,000 may come at once, and 20,000 more each second."""
    flooder, alice = await there.connect("mallory"), await here.connect("alice")
    for number in range(40):
        text = "x" * 10_000
        await flooder.sends(f"<message to='{alice.jid}' id='{number}'><body>{text}</body></message>")
    await has_received(alice, 1)
    await alice.is_answered()
    assert len(alice.stream.received) < 40
    await has_received(alice, 40)
    assert [message.get("id") for message in alice.stream.received] == list(map(str, range(40)))


async def test_who_is_exempt_is_not_held_back(here: Neighbourhood) -> None:
    """What would take somebody else a quarter of a minute, with the same patience as for anything."""
    alice = await here.connect("alice")
    await alice.sends(pings(here.domain, 50_000))
    await has_received(alice, 50_000)


async def is_let_in(there: Neighbourhood) -> bool:
    party = await there.stranger()
    with contextlib.suppress(ConnectionError):
        await party.stream.restart(there.domain)
    await party.stream.until(lambda: bool(party.stream.received) or party.stream.end is not None, 10)
    return party.stream.end is None


async def test_connections_at_one_time(here: Neighbourhood, there: Neighbourhood, server: Stellwerk) -> None:
    refused = server.ask("core_router", "figures")["connections_refused"]
    let_in = [await is_let_in(there) for _ in range(45)]
    assert let_in == [True] * 40 + [False] * 5
    assert await is_let_in(here)
    assert server.ask("core_router", "figures")["connections_refused"] == refused + 5
    await there.ends()


async def test_new_connections(here: Neighbourhood, there: Neighbourhood) -> None:
    """Each is closed again at once: 60 a minute are let in, be it one after the other."""
    let_in = []
    for _ in range(70):
        let_in.append(await is_let_in(there))
        await there.ends()
    assert let_in[:60] == [True] * 60
    assert False in let_in
    assert await is_let_in(here)


async def test_guesses(here: Neighbourhood, there: Neighbourhood) -> None:
    alice, bob = here.user("alice"), here.user("bob")
    answers = []
    for number in range(8):
        party = await there.stranger(direct_tls=True)
        await open_stream(party)
        await party.sends(auth("PLAIN", f"\0{alice}\0guess {number}".encode()))
        failure = await party.receives(f"<failure xmlns='{SASL}'/>")
        answers.append(str(failure[0].tag).rpartition("}")[2])
    assert answers == ["not-authorized"] * 5 + ["temporary-auth-failure"] * 3
    party = await there.stranger(direct_tls=True)
    await open_stream(party)
    await party.sends(auth("PLAIN", f"\0{bob}\0{PASSWORD}".encode()))
    await party.receives(f"<failure xmlns='{SASL}'><temporary-auth-failure/></failure>")
    await here.connect("alice")


async def test_half_open_connections(here: Neighbourhood, server: Stellwerk) -> None:
    """CVE-2021-32918: stopped where each costs most; they are small, and all are closed in time."""
    bystander = await here.connect("alice")
    before = server.memory()
    strangers = [await here.stranger() for _ in range(1000)]
    unfinished = "<message to='a'><body>" + "x" * 9_000
    for number, stranger in enumerate(strangers):
        if number % 4:
            await open_stream(stranger)
        if number % 4 == 2:
            await stranger.sends(unfinished)
        if number % 4 == 3:
            await stranger.sends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            await stranger.receives("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            await stranger.sends(b"\x16\x03\x01\x20\x00" + bytes(4000))
    await bystander.is_answered()
    assert (server.memory() - before) / len(strangers) < 50_000
    await asyncio.gather(*(stranger.sees_the_end() for stranger in strangers))
    await bystander.is_answered()


async def test_rates_can_be_changed_while_the_router_runs(server: Stellwerk, there: Neighbourhood) -> None:
    def allow(connections: int) -> None:
        def change(document: Any) -> None:
            document["core_router"]["rates"]["connections"] = connections

        server.configure(change)
        assert server.ask("core_router", "reload")["applied"] == ["core_router.rates.connections"]

    allow(2)
    try:
        assert [await is_let_in(there) for _ in range(3)] == [True, True, False]
    finally:
        allow(40)
    assert await is_let_in(there)
