"""`stellwerk approvals` with the real notifier, and with its database."""

import json
import shutil
import sqlite3
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.servers.stellwerk import CommandFailed, Stellwerk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stellwerk() -> Iterator[Stellwerk]:
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def ask(stellwerk: Stellwerk, title: str) -> str:
    """A workflow asks ann; the number."""
    home = stellwerk.home
    port = tomlkit.parse(home.configuration.read_text()).unwrap()["notifier"]["http"]["port"]
    asked = {"title": title, "requester": "bob", "amount": "12000", "policy": {"approvers": ["ann"]}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/approvals",
        json.dumps(asked).encode(),
        {"Authorization": f"Bearer {(home.secrets / 'notifier-http').read_text().strip()}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.loads(answer.read())["number"])


def listed(stellwerk: Stellwerk, *state: str) -> list[Any]:
    found: list[Any] = json.loads(stellwerk.command("approvals", "list", *state, "--json"))["approvals"]
    return found


def test_shown_and_cancelled(stellwerk: Stellwerk) -> None:
    """Asked by a program, taken back by the operator."""
    number = ask(stellwerk, "New van")
    [shown] = [one for one in listed(stellwerk) if str(one["number"]) == number]
    assert "New van, 12,000 EUR, asked by bob" in shown["title"]
    assert "New van" in stellwerk.command("approvals", "list")
    assert "0 of 1 approval" in stellwerk.command("approvals", "show", number)
    said = stellwerk.command("approvals", "cancel", number, "--reason", "bought used")
    assert said == f"{number} is cancelled\n"
    assert "bought used" in stellwerk.command("approvals", "show", number)
    assert number not in [str(one["number"]) for one in listed(stellwerk)]
    assert number in [str(one["number"]) for one in listed(stellwerk, "all")]
    assert number in [str(one["number"]) for one in listed(stellwerk, "cancelled")]


def test_mistakes_are_one_line(stellwerk: Stellwerk) -> None:
    for command in ("show", "cancel"):
        with pytest.raises(CommandFailed, match="stellwerk: there is no approval 99"):
            stellwerk.command("approvals", command, "99")
    number = ask(stellwerk, "Chair")
    stellwerk.command("approvals", "cancel", number)
    assert stellwerk.command("approvals", "cancel", number) == f"{number} is cancelled\n"


def test_the_trail(stellwerk: Stellwerk, tmp_path: Path) -> None:
    """With the notifier running or not; a changed row is found; without a database it says so."""
    number = ask(stellwerk, "Desk")
    stellwerk.command("approvals", "cancel", number)
    assert stellwerk.command("approvals", "key").startswith("-----BEGIN PUBLIC KEY-----")
    *entries, verdict = stellwerk.command("approvals", "audit", "--number", number).splitlines()
    assert [entry.split()[4] for entry in entries] == ["created", "cancelled"]
    assert verdict.startswith("intact: ")
    stellwerk.command("stop", "notifier")
    database = stellwerk.home.path / "state" / "notifier.sqlite"
    beside = tmp_path / "kept.sqlite"
    try:
        assert verdict in stellwerk.command("approvals", "audit")
        with closing(sqlite3.connect(database)) as connection, connection:
            changed = connection.execute(
                "UPDATE approval_audit SET event = 'approved' WHERE event = 'cancelled' AND number = ?",
                (int(number),),
            )
            assert changed.rowcount == 1
        with pytest.raises(CommandFailed, match="exited with 1") as failed:
            stellwerk.command("approvals", "audit")
        assert "NOT intact: " in str(failed.value)
        database.rename(beside)
        with pytest.raises(CommandFailed, match="exited with 2") as failed:
            stellwerk.command("approvals", "audit")
        assert "the audit trail cannot be read: there is no " in str(failed.value)
        assert "Traceback" not in str(failed.value)
        assert not database.exists()
    finally:
        database.unlink(missing_ok=True)
        beside.rename(database)
        stellwerk.command("start", "notifier")
