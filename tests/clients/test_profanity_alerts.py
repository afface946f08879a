"""The worked example "server room" of the manual, with a terminal client: told, answered, over."""

from typing import Any

import pytest
import tomlkit

from tests.clients.people import PASSWORD, Terminals
from tests.clients.profanity import Profanity
from tests.servers.stellwerk import Stellwerk

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

ALERTS = "alerts@alerts.localhost"
ROOM = "server-room@conference.localhost"
EXAMPLE = """
[people.persons.alice]
[people.persons.bob]

[people.teams.operations]
members = ["alice", "bob"]
room = "server-room@conference.localhost"

[people.policies.server-room]
steps = [
    { tell = ["alice"], wait = 2.0 },
    { tell = ["team:operations"], wait = 600.0 },
]

[[alerts.rules]]
name = "server room"
match = ["place=server-room"]
tell = ["policy:server-room"]
"""


def configure(stellwerk: Stellwerk) -> None:
    """The example as it stands in the manual, with shorter waits."""

    def change(document: tomlkit.TOMLDocument) -> None:
        content: Any = document
        example = tomlkit.parse(EXAMPLE).unwrap()
        people = content["notifier"].setdefault("people", {})
        for name, tables in example["people"].items():
            people.setdefault(name, {}).update(tables)
        content["notifier"]["alerts"]["rules"] = example["alerts"]["rules"]
        content["muc"]["rooms"]["server-room"] = {"name": "Server room", "non_anonymous": True}

    stellwerk.configure(change)
    stellwerk.command("reload", "muc")
    stellwerk.command("reload", "notifier")


async def at_work(stellwerk: Stellwerk, terminals: Terminals, user: str) -> Profanity:
    """Somebody with profanity, in a conversation with the notifier."""
    stellwerk.add_account(user, PASSWORD)
    profanity = terminals(f"{user}@localhost", stellwerk.port)
    profanity.types(f"/connect {user}")
    await profanity.sees("TLS certificate verification failed")
    profanity.types("/tls always")
    await profanity.sees("logged in successfully")
    profanity.types(f"/msg {ALERTS}")
    await profanity.sees(f" {ALERTS} [")
    return profanity


async def test_the_server_room(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """Alice is told first, then the team in its room; bob's answer there closes it for her, too."""
    configure(stellwerk)
    alice = await at_work(stellwerk, terminals, "alice")
    bob = await at_work(stellwerk, terminals, "bob")
    alice.types("help")
    await alice.sees("ack NUMBER [comment]")
    bob.types(f"/join {ROOM} nick bob")
    await bob.sees("alerts")
    stellwerk.ask(
        "notifier",
        "alerts-notify",
        text="38 °C at rack 3",
        severity="critical",
        key="heat",
        labels=["place=server-room"],
    )
    await alice.sees("CRITICAL: 38 °C at rack 3", "Answer: ack 1, snooze 1, resolve 1")
    await bob.sees("CRITICAL: 38 °C at rack 3")
    bob.types("ack 1 opening the window")
    await bob.sees("1 is yours: 38 °C at rack 3")
    await alice.sees("Acknowledged by bob")
    alice.types("show 1")
    await alice.sees("bob@localhost (room): ack opening the window")
    bob.types("resolve 1")
    await alice.sees("RESOLVED by bob")
    alice.types("history rack")
    await alice.sees("1 CRITICAL: 38 °C at rack 3")


async def test_an_answer_by_form(stellwerk: Stellwerk, terminals: Terminals) -> None:
    """XEP-0050: the alert is chosen, and what to answer, in a form."""
    configure(stellwerk)
    carol = await at_work(stellwerk, terminals, "carol")
    stellwerk.ask("notifier", "alerts-notify", text="water in the cellar", to=["carol"])
    await carol.sees("ERROR: water in the cellar")
    carol.types(f"/cmd exec alerts-answer {ALERTS}")
    await carol.sees("How long (snooze, silence), or a comment", "water in the cellar")
    carol.types("/field3 with a bucket")
    carol.types("/form submit")
    carol.types(f"/msg {ALERTS}")
    await carol.sees("Acknowledged by carol")
