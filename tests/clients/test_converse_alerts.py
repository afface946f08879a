"""Alerts and approvals in a web page: a person answers with Converse.js by text, by form and by one touch."""

import asyncio
import itertools
import json
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.clients.converse import Converse
from tests.clients.converse_commands import ConverseCommands
from tests.clients.people import PASSWORD
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

ALERTS = "alerts@alerts.localhost"
_numbers = itertools.count(1)


class Program:
    """Reports events and asks for approvals."""

    def __init__(self, stellwerk: Stellwerk) -> None:
        home = stellwerk.home
        port = tomlkit.parse(home.configuration.read_text()).unwrap()["notifier"]["http"]["port"]
        self._url = f"http://127.0.0.1:{port}"
        self._token = (home.secrets / "notifier-http").read_text().strip()

    async def alerts(self, title: str, to: str) -> int:
        """The number of the alert."""
        event = {"key": title, "title": title, "severity": "error", "to": [to]}
        return int((await self._asks("POST", "/v1/events", event))["alert"])

    async def asks_approval(self, title: str, of: str) -> int:
        """The number of the approval."""
        policy = {"approvers": [of], "rule": "one"}
        asked = {"title": title, "requester": "bob@localhost", "amount": "12000", "policy": policy}
        return int((await self._asks("POST", "/v1/approvals", asked))["number"])

    async def state(self, what: str, number: int) -> Any:
        """Of an alert or an approval."""
        return (await self._asks("GET", f"/v1/{what}/{number}"))["state"]

    async def _asks(self, method: str, path: str, value: Any = None) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        content = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self._url + path, content, headers, method=method)

        def asks() -> Mapping[str, Any]:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: Mapping[str, Any] = json.loads(answer.read())
                return found

        return await asyncio.to_thread(asks)


@pytest.fixture
def program(stellwerk: Stellwerk) -> Program:
    return Program(stellwerk)


@pytest.fixture
def alice(stellwerk: Stellwerk, short_path: Path, runner: asyncio.Runner) -> Iterator[Converse]:
    """A page in a browser, logged in."""
    user = f"alice-alerts{next(_numbers)}"
    stellwerk.add_account(user, PASSWORD)
    made = Converse(short_path)
    runner.run(made.opens(stellwerk.http_port))
    runner.run(made.logs_in(f"{user}@{stellwerk.domain}", PASSWORD))
    yield made
    runner.run(made.close())


async def sees(alice: Converse, text: str) -> None:
    """Wait until this stands somewhere in the conversation."""
    await alice.browser.shows(f"document.querySelector('converse-chat').innerText.includes({text!r})")


async def chooses(alice: Converse, text: str, action: str) -> None:
    """Of what the page offers for the message with that text."""
    message = (
        "[...document.querySelectorAll('converse-chat-message')]"
        f".find(one => one.innerText.includes({text!r}))"
    )
    button = f"{message}?.querySelector('.chat-msg__action-{action}')"
    await alice.browser.shows(f"!!{button}")
    await alice.browser.runs(f"{button}.click()")


async def reacts(alice: Converse, text: str, emoji: str) -> None:
    """Touch an emoji at the message with that text, by the name that the page has for it."""
    await chooses(alice, text, "reaction")
    await alice.browser.clicks(".reaction-picker .reaction-item.more")
    await alice.browser.clicks(f".reaction-picker [data-emoji='{emoji}'] a")


async def test_by_text(alice: Converse, program: Program) -> None:
    """What she has is corrected when it is answered (XEP-0308): it stands there once."""
    number = await program.alerts("disk of db1 is full", await alice.jid())
    await alice.opens_chat(ALERTS)
    await sees(alice, f"Answer: ack {number}")
    await alice.says(f"ack {number} on my way")
    await sees(alice, f"{number} is yours: disk of db1 is full")
    await sees(alice, "Acknowledged by")
    assert await program.state("alerts", number) == "acknowledged"
    said = [text for text in await alice.said() if "ERROR: disk of db1 is full" in text]
    assert len(said) == 1
    assert said[0].startswith("Acknowledged by")


async def test_by_reply(alice: Converse, program: Program) -> None:
    """XEP-0461: to the message, so that its number needs not be said."""
    await alice.opens_chat(ALERTS)
    number = await program.asks_approval("New lorry", await alice.jid())
    await sees(alice, "Approval: New lorry")
    await chooses(alice, "Approval: New lorry", "reply")
    await alice.says("approve a small one")
    await sees(alice, f"{number}: approved by")
    assert await program.state("approvals", number) == "approved"


async def test_by_form(alice: Converse, program: Program) -> None:
    """XEP-0050, with a comment."""
    await alice.opens_chat(ALERTS)
    number = await program.asks_approval("New van", await alice.jid())
    await sees(alice, "Approval: New van, 12,000 EUR")
    commands = ConverseCommands(alice, ALERTS)
    await commands.opens("Answer an approval")
    await commands.chooses("number", str(number))
    await commands.chooses("answer", "reject")
    await commands.fills_in("comment", "next year")
    await commands.completes(f"{number}: rejected by")
    assert await program.state("approvals", number) == "rejected"
    await sees(alice, "State: rejected by")


@pytest.mark.parametrize(("emoji", "state"), [(":thumbsup:", "approved"), (":thumbsdown:", "rejected")])
async def test_by_touch(alice: Converse, program: Program, emoji: str, state: str) -> None:
    """XEP-0444: an emoji at the message; no number is typed."""
    await alice.opens_chat(ALERTS)
    number = await program.asks_approval("New oven", await alice.jid())
    await reacts(alice, "Approval: New oven", emoji)
    await sees(alice, f"State: {state} by")
    assert await program.state("approvals", number) == state
    alert = await program.alerts(f"oven {number} is hot", await alice.jid())
    await reacts(alice, f"ERROR: oven {number} is hot", ":thumbsup:")
    await sees(alice, f"{alert} is yours: oven {number} is hot")
    assert await program.state("alerts", alert) == "acknowledged"
