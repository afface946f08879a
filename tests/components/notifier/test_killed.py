"""The notifier as a process that dies at any moment: nothing is lost, and nothing happens twice.

NOTIFIER_KILLS says how often it is killed; 10 unless it is set.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.components.notifier.mailbox import Mailbox
from tests.components.notifier.premises import Premises, says
from tests.scenarios.dialogue import Client
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("runner")]

KILLS = int(os.environ.get("NOTIFIER_KILLS", "10"))
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
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Reporter:
    """A monitoring system that sends events until it has been told that each was taken."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self.alerts: dict[str, int] = {}  # number by key
        self.resent = 0
        self.stopping = False

    async def run(self) -> None:
        """One event after the other."""
        number = 0
        while not self.stopping:
            number += 1
            await self._report(f"event-{number}")

    async def _report(self, key: str) -> None:
        event = {"key": key, "title": key, "severity": "warning"}
        while True:
            try:
                status, answer = await asyncio.to_thread(self._premises.request, "POST", "/v1/events", event)
            except OSError:  # it is dead, or dies while it answers
                self.resent += 1
                await asyncio.sleep(0.01)
                continue
            assert status in (200, 201), answer
            self.alerts[key] = answer["alert"]
            return


class Answering:
    """Ann, who acknowledges whatever she is told, once."""

    def __init__(self, client: Client) -> None:
        self._client = client
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
                await says(self._client, f"ack {stanza.get('id', '').partition('.')[0]}")
            elif text:
                self.replies[text] += 1


async def kill_and_start(premises: Premises, chance: random.Random) -> None:
    """Let it work for a moment, end it without warning, start it again."""
    await asyncio.sleep(chance.uniform(0.0, 0.4))
    premises.notifier.kill()
    await asyncio.to_thread(premises.notifier.start)


async def test_every_event_is_one_alert(premises: Premises, mailbox: Mailbox) -> None:
    """Events, messages, answers, corrections and e-mails, each exactly once to whoever counts them by id."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    ann = Answering(await premises.client("ann"))
    reading = asyncio.create_task(ann.run())
    reporter = Reporter(premises)
    reporting = asyncio.create_task(reporter.run())
    for _ in range(KILLS):
        await kill_and_start(premises, chance)
    reporter.stopping = True
    await reporting
    sent = set(reporter.alerts)

    def is_quiet() -> bool:
        figures: Any = premises.ask("figures")
        return bool(figures["work_waiting"] == 0 and len(ann.replies) >= len(sent))

    await asyncio.to_thread(until, is_quiet)
    reading.cancel()
    print(len(sent), "events,", reporter.resent, "sent again,", mailbox.received.total(), "e-mails")
    assert len(set(reporter.alerts.values())) == len(sent)
    assert ann.told == Counter({f"WARNING: {key}": 1 for key in sent})
    assert ann.replies == Counter({f"{alert} is yours: {key}": 1 for key, alert in reporter.alerts.items()})
    assert set(ann.corrections.values()) == {1}
    _, answer = premises.request("GET", "/v1/alerts")
    assert {alert["title"] for alert in answer["alerts"]} == sent
    assert {alert["state"] for alert in answer["alerts"]} == {"acknowledged"}
    # An e-mail whose end was not committed is sent again, and has the same id.
    assert len(mailbox.received) == len(sent)
    assert premises.ask("figures")["dead_letters"] == 0
