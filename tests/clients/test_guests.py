"""A guest with a library: SASL ANONYMOUS by slixmpp, where the operator wants guests (XEP-0175)."""

from typing import Any

import pytest
import tomlkit

from tests.clients.library import LibraryClient
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]


def _with_guests(document: tomlkit.TOMLDocument) -> None:
    tables: Any = document
    tables["core_router"]["login"]["guests"] = 5


async def test_a_guest_asks_somebody_of_the_house(stellwerk: Stellwerk) -> None:
    stellwerk.configure(_with_guests)
    stellwerk.command("restart", "core_router")
    stellwerk.add_account("bob", "builder")
    guest = LibraryClient(stellwerk.domain, "", stellwerk.authority)
    bob = LibraryClient(f"bob@{stellwerk.domain}", "builder", stellwerk.authority)
    try:
        await bob.logs_in(stellwerk.port)
        await guest.logs_in(stellwerk.port)
        guest.says(bob.jid, "Where is room 12?")
        await bob.hears("Where is room 12?", of=guest.jid)
        bob.says(guest.jid.partition("/")[0], "Second floor")
        await guest.hears("Second floor", of=bob.jid)
    finally:
        await guest.leaves()
        await bob.leaves()
