"""The notifier as a process that dies at any moment: nothing is lost, and nothing happens twice.

NOTIFIER_KILLS says how often it is killed; 10 unless it is set.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.components.notifier.listener import Listener
from tests.components.notifier.mailbox import Mailbox
from tests.components.notifier.premises import Premises, says
from tests.scenarios.dialogue import Client
from tests.waiting import until

KILLS = int(os.environ.get("NOTIFIER_KILLS", "10"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("runner"),
    pytest.mark.timeout(120 + 15 * KILLS),
]

CORRECTION = "{urn:xmpp:message-correct:0}replace"
BODY = "{jabber:client}body"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server."""
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def premises(short_path: Path, mailbox: Mailbox) -> Iterator[Premises]:
    """Ann answers by chat, whoever reads the mails does not."""
    made = Premises(
        short_path / "h",
        mail={"host": "127.0.0.1", "port": mailbox.port, "security": "none"},
        people={"persons": {"ann": {}, "desk": {"mail": "desk@mail.example"}}},
        alerts={"tell": ["ann", "desk"], "messages": 0},
        work={"callback_networks": ["127.0.0.0/8"], "first_pause": 0.2},
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Program:
    """Sends one request after the other, each until it has been told that it was taken."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self.numbers: dict[str, int] = {}  # by key
        self.resent = 0
        self.stopping = False

    async def run(self) -> None:
        """Until `stopping`."""
        while not self.stopping:
            key = f"k{len(self.numbers) + 1}"
            self.numbers[key] = await self._send(key)

    async def _send(self, key: str) -> int:
        while True:
            try:
                status, answer = await asyncio.to_thread(self.request, key)
            except OSError:  # it is dead, or dies while it answers
                self.resent += 1
                await asyncio.sleep(0.01)
                continue
            assert status in (200, 201), answer
            number: int = answer.get("alert") or answer.get("number")
            return number

    def request(self, key: str) -> tuple[int, Any]:
        """One attempt."""
        event = {"key": key, "title": key, "severity": "warning"}
        return self._premises.request("POST", "/v1/events", event)


class Workflow(Program):
    """Asks for approvals."""

    callback = ""  # URL

    def request(self, key: str) -> tuple[int, Any]:
        policy = {"approvers": ["ann"], "rule": "one"}
        asked = {"title": key, "requester": "bob", "policy": policy, "callback": self.callback}
        return self._premises.request("POST", "/v1/approvals", asked, Idempotency_Key=key)


class Answering:
    """Ann, who answers whatever she is told, once."""

    def __init__(self, client: Client, verb: str) -> None:
        self._client, self._verb = client, verb
        self.told: Counter[str] = Counter()  # by title
        self.replies: Counter[str] = Counter()
        self.corrections: Counter[str] = Counter()  # by id

    async def run(self) -> None:
        """Read and answer until cancelled."""
        received = self._client.stream.received
        while True:
            await self._client.stream.until(lambda: bool(received), 3600)
            stanza = received.pop(0)
            text = stanza.findtext(BODY) or ""
            if stanza.find(CORRECTION) is not None:
                self.corrections[stanza.get("id", "")] += 1
            elif stanza.get("id") is not None and text:
                self.told[text.splitlines()[0]] += 1
                await says(self._client, f"{self._verb} {stanza.get('id', '').partition('.')[0]}")
            elif text:
                self.replies[text] += 1


async def kill_and_start(premises: Premises, chance: random.Random) -> None:
    """Let it work for a moment, end it without warning, start it again."""
    await asyncio.sleep(chance.uniform(0.0, 0.4))
    premises.notifier.kill()
    await asyncio.to_thread(premises.notifier.start)


async def killed_under_load(premises: Premises, program: Program, verb: str) -> Answering:
    """The program works, and Ann, while the notifier dies again and again; then all that is left is done."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    ann = Answering(await premises.client("ann"), verb)
    reading, working = asyncio.create_task(ann.run()), asyncio.create_task(program.run())
    for _ in range(KILLS):
        await kill_and_start(premises, chance)
    program.stopping = True
    await working

    def is_quiet() -> bool:
        figures: Any = premises.ask("figures")
        return bool(figures["work_waiting"] == 0 and len(ann.replies) >= len(program.numbers))

    await asyncio.to_thread(until, is_quiet)
    reading.cancel()
    print(KILLS, "kills,", len(program.numbers), "requests,", program.resent, "sent again")
    return ann


async def test_every_event_is_one_alert(premises: Premises, mailbox: Mailbox) -> None:
    """Events, messages, answers, corrections and e-mails, each exactly once to whoever counts them by id."""
    program = Program(premises)
    ann = await killed_under_load(premises, program, "ack")
    sent = program.numbers
    print(mailbox.received.total(), "e-mails")
    assert len(set(sent.values())) == len(sent)
    assert ann.told == Counter({f"WARNING: {key}": 1 for key in sent})
    assert ann.replies == Counter({f"{alert} is yours: {key}": 1 for key, alert in sent.items()})
    assert set(ann.corrections.values()) == {1}
    _, answer = premises.request("GET", "/v1/alerts")
    assert {alert["title"] for alert in answer["alerts"]} == set(sent)
    assert {alert["state"] for alert in answer["alerts"]} == {"acknowledged"}
    # An e-mail whose end was not committed is sent again, and has the same id.
    assert len(mailbox.received) == len(sent)
    assert premises.ask("figures")["dead_letters"] == 0


def audited(premises: Premises) -> Counter[tuple[int, str]]:
    """What the signed trail says of each number; it must be as it was signed."""
    *entries, verdict = premises.stellwerk.command("approvals", "audit").splitlines()
    assert verdict == f"intact: {len(entries)} entries, each as it was signed"
    return Counter((int(entry.split()[3]), entry.split()[4]) for entry in entries)


async def test_every_decision_has_one_effect(premises: Premises) -> None:
    """A callback whose end was not committed comes again with the same id: the effect is one. The trail
    has each step once.
    """
    async with Listener() as listener:
        program = Workflow(premises)
        program.callback = listener.url
        ann = await killed_under_load(premises, program, "approve")
    sent = program.numbers
    effects = {headers["webhook-id"]: json.loads(body) for headers, body in listener.requests}
    print(len(listener.requests), "callbacks,", len(effects), "effects")
    assert len(set(sent.values())) == len(sent)
    assert set(ann.told.values()) == {1} and len(ann.told) == len(sent)
    assert Counter(effect["number"] for effect in effects.values()) == Counter(sent.values())
    assert {effect["state"] for effect in effects.values()} == {"approved"}
    assert premises.ask("figures")["dead_letters"] == 0
    steps = ("created", "approve", "approved")
    assert audited(premises) == Counter((number, step) for number in sent.values() for step in steps)
