"""From a real Alertmanager to the one who is there, and back: the answer silences the rest."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.notifier.alertmanager import PROGRAM, Alertmanager
from tests.components.notifier.mailbox import Mailbox
from tests.components.notifier.premises import Premises, says
from tests.scenarios.dialogue import Client
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_server,
    pytest.mark.skipif(PROGRAM is None, reason="prometheus-alertmanager is not installed"),
    pytest.mark.usefixtures("runner"),
]

LABELS = {"alertname": "DiskFull", "instance": "db1", "severity": "warning"}
ANNOTATIONS = {"summary": "disk of db1 is full"}
BODY = "{jabber:client}body"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def premises(short_path: Path, mailbox: Mailbox) -> Iterator[Premises]:
    """Three people on call, asked one after the other."""
    people = {
        "persons": {"ann": {"mail": "ann@mail.example"}, "bob": {}, "cleo": {}},
        "teams": {"ops": {"members": ["ann", "bob", "cleo"]}},
        "policies": {"ops": {"steps": [{"tell": ["team:ops"], "who": "one", "wait": 2.0}]}},
    }
    made = Premises(
        short_path / "h",
        mail={"host": "127.0.0.1", "port": mailbox.port, "security": "none"},
        people=people,
        alerts={"tell": ["policy:ops"]},
    )
    made.stellwerk.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def alertmanager(short_path: Path, premises: Premises) -> Iterator[Alertmanager]:
    url = f"http://127.0.0.1:{premises.http_port}/v1/events/alertmanager"
    token = premises.stellwerk.home.secrets / "notifier-http"
    with Alertmanager(short_path / "am", url, token) as running:
        yield running


async def arrive(premises: Premises, **shows: str) -> dict[str, Client]:
    """These people let the notifier see them, when it asks; and show what is said here."""
    clients = {name: await premises.client(name) for name in shows}
    await asyncio.to_thread(premises.notifier.start)
    for name, client in clients.items():
        await client.receives("<presence type='subscribe' from='alerts@alerts.localhost'/>")
        await client.sends("<presence type='subscribed' to='alerts@alerts.localhost'/>")
        await client.sends(
            f"<presence><show>{shows[name]}</show></presence>" if shows[name] else "<presence/>"
        )

    def seen() -> bool:
        people = premises.ask("oncall-people")["people"]
        wanted = {"dnd": "busy", "xa": "extended_away", "": "online"}
        return all(
            person["availability"] == wanted.get(show := shows[person["name"]], show) for person in people
        )

    await asyncio.to_thread(until, seen)
    return clients


async def is_told(client: Client, text: str) -> str:
    """The next message that contains the text; all of it."""
    pattern = "<message from='alerts@alerts.localhost'><body>*</body></message>"
    while True:
        said = (await client.receives(pattern)).findtext(BODY) or ""
        if text in said:
            return said


async def test_the_one_who_is_there_is_told(
    premises: Premises, alertmanager: Alertmanager, mailbox: Mailbox
) -> None:
    """Cleo is online, Bob away, Ann is not to be disturbed: in this order; Bob's answer ends it for all."""
    clients = await arrive(premises, ann="dnd", bob="away", cleo="")
    alertmanager.fires(LABELS, ANNOTATIONS)

    first = await is_told(clients["cleo"], "disk of db1 is full")
    number = first.rpartition("ack ")[2].split()[0].rstrip(",")
    await is_told(clients["bob"], "disk of db1 is full")  # Cleo did not answer
    await says(clients["bob"], f"ack {number} on my way")
    await is_told(clients["cleo"], "Acknowledged by bob")

    alertmanager.resolves(LABELS)
    await is_told(clients["cleo"], "RESOLVED")
    await is_told(clients["bob"], "RESOLVED")
    assert not mailbox.mails


async def test_nobody_answers(premises: Premises, alertmanager: Alertmanager, mailbox: Mailbox) -> None:
    """In the end Ann gets an e-mail: she does not want to be disturbed by what is not urgent."""
    clients = await arrive(premises, ann="dnd", bob="xa", cleo="")
    alertmanager.fires(LABELS, ANNOTATIONS)
    await is_told(clients["cleo"], "disk of db1 is full")
    await is_told(clients["bob"], "disk of db1 is full")
    await asyncio.to_thread(until, lambda: bool(mailbox.mails))
    assert mailbox.mails[0]["To"] == "ann@mail.example"
    assert "disk of db1 is full" in mailbox.mails[0]["Subject"]


async def test_what_is_urgent_disturbs(premises: Premises, alertmanager: Alertmanager) -> None:
    """A critical alert reaches who is not to be disturbed before those who are away."""
    clients = await arrive(premises, ann="dnd", bob="away", cleo="xa")
    alertmanager.fires({**LABELS, "severity": "critical"}, ANNOTATIONS)
    await is_told(clients["ann"], "disk of db1 is full")
    await is_told(clients["bob"], "disk of db1 is full")
    await is_told(clients["cleo"], "disk of db1 is full")
