"""XEP-0050 in a web page: a person starts a conference with Converse.js, a program is invited."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conferee import Conferee
from tests.clients.converse import Converse
from tests.clients.people import PASSWORD
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

ROOMS = "conference.localhost"
COMMANDS = "converse-adhoc-commands"


@pytest.fixture
def alice(stellwerk: Stellwerk, short_path: Path, runner: asyncio.Runner) -> Iterator[Converse]:
    """A page in a browser, logged in."""
    stellwerk.add_account("alice-commands", PASSWORD)
    made = Converse(short_path)
    runner.run(made.opens(stellwerk.http_port))
    runner.run(made.logs_in(f"alice-commands@{stellwerk.domain}", PASSWORD))
    yield made
    runner.run(made.close())


@pytest.fixture
def bob(stellwerk: Stellwerk, runner: asyncio.Runner) -> Iterator[Conferee]:
    """A program, logged in."""
    stellwerk.add_account("bob-commands", PASSWORD)
    made = Conferee(f"bob-commands@{stellwerk.domain}", PASSWORD, stellwerk.authority)
    runner.run(made.logs_in(stellwerk.port))
    yield made
    runner.run(made.leaves())


async def test_a_conference(alice: Converse, bob: Conferee) -> None:
    """Out of the settings' list of commands; the page offers to enter the room it has made."""
    page = alice.browser
    await page.clicks("converse-user-profile .show-client-info")
    await page.clicks("#commands-tab")
    await page.shows(f"!!document.querySelector('{COMMANDS} input[name=jid]')")
    await page.runs(f"void (document.querySelector('{COMMANDS} input[name=jid]').value = '')")
    await page.types(f"{COMMANDS} input[name=jid]", ROOMS)
    await page.clicks(f"{COMMANDS} input[type=submit]")
    await page.clicks(f"{COMMANDS} a", "Start a conference")
    await page.types(f"{COMMANDS} textarea[name=with]", bob.bare)
    await page.types(f"{COMMANDS} input[name=name]", "Lunch")
    await page.runs(f"document.querySelector('{COMMANDS} input[data-action=complete]').click()")
    await page.shows("document.body.innerText.includes('1 invited. The room is ')")
    found = re.search(rf"[0-9a-f]{{16}}@{ROOMS}", str(await page.runs("document.body.innerText")))
    assert found is not None
    room = found[0]
    await page.shows("document.body.innerText.includes('Invitation to a groupchat')")
    await bob.is_invited(room, directly=True)
    await bob.enters(room, "bob")
    await alice.enters(room, "alice")
    bob.says(room, "What about soup?", "groupchat")
    await alice.sees("What about soup?")
