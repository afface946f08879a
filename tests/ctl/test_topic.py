"""`stellwerk topic` with the real notifier."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.servers.stellwerk import CommandFailed, Stellwerk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stellwerk() -> Iterator[Stellwerk]:
    """With one topic."""

    def change(document: tomlkit.TOMLDocument) -> None:
        content: Any = document
        content["notifier"]["topics"] = {"releases": {"description": "What is new"}}

    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.configure(change)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


def test_a_topic(stellwerk: Stellwerk) -> None:
    """Subscribed to, published in, once for each id, listed, unsubscribed from."""
    subscribed = stellwerk.command("topic", "subscribe", "releases", "ann@localhost", "--mode", "keep")
    assert subscribed == "ann@localhost has subscribed to releases: keep\n"
    for said in ("told", "was told before"):
        published = stellwerk.command(
            "topic",
            "publish",
            "releases",
            "1.4 is out",
            "--text",
            "-",
            "--id",
            "r14",
            given="Faster.\nSmaller.",
        )
        assert published == f"releases: {said} as number 1\n"
    assert json.loads(stellwerk.command("topic", "list", "--json"))["topics"] == [
        {
            "topic": "releases",
            "description": "What is new",
            "subscribers": 1,
            "mode": "",
            "unread": 0,
            "items": 1,
        }
    ]
    assert "What is new" in stellwerk.command("topic", "list")
    ended = stellwerk.command("topic", "unsubscribe", "releases", "ann@localhost")
    assert ended == "ann@localhost hears no more of releases\n"


def test_mistakes_are_one_line(stellwerk: Stellwerk) -> None:
    """What is wrong."""
    with pytest.raises(CommandFailed, match="expected one of releases; found 'relases'"):
        stellwerk.command("topic", "publish", "relases", "x")
    with pytest.raises(CommandFailed, match="expected https"):
        stellwerk.command("topic", "publish", "releases", "x", "--url", "ftp://x")
