"""`stellwerk topic`: what programs tell, and who hears of it. The service `notifier` has to be running."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from ctl.asking import ask_service
from ctl.installation import home_option, in_home
from ctl.screen import console
from settings import Home

NOTIFIER = "notifier"
MODES = ("show", "keep", "forward")


@click.group()
@home_option
def topic() -> None:
    """Topics: what programs tell, for whoever subscribes."""


@topic.command(name="list")
@in_home
@click.option("--json", "as_json", is_flag=True, help="For scripts: one object.")
def list_(home: Home, as_json: bool) -> None:
    """Show the topics of the configuration."""
    topics = ask_service(home, NOTIFIER, "topics-list").get("topics", [])
    if as_json:
        click.echo(json.dumps({"topics": topics}, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("TOPIC", "SUBSCRIBERS", "KEPT", "DESCRIPTION"):
        table.add_column(heading, justify="right" if heading in ("SUBSCRIBERS", "KEPT") else "left")
    for row in topics:
        keys = ("topic", "subscribers", "items", "description")
        table.add_row(*(Text(str(row.get(key, ""))) for key in keys))
    console().print(table)


@topic.command()
@in_home
@click.argument("topic")
@click.argument("title")
@click.option("--text", default="", help="More than the title; - reads standard input.")
@click.option("--url", default="", help="A link.")
@click.option("--id", "id_", default="", help="What has an id is told once, however often it is published.")
def publish(home: Home, topic: str, title: str, text: str, url: str, id_: str) -> None:
    """Tell all who have subscribed."""
    content = sys.stdin.read() if text == "-" else text
    lines = content.splitlines()
    _tell(
        ask_service(home, NOTIFIER, "topics-publish", topic=topic, title=title, text=lines, url=url, id=id_)
    )


@topic.command()
@in_home
@click.argument("topic")
@click.argument("owner")
@click.option("--mode", type=click.Choice(MODES), help="Told at once, kept for later, or sent by e-mail.")
def subscribe(home: Home, topic: str, owner: str, mode: str | None) -> None:
    """Subscribe OWNER, an address, to a topic."""
    _tell(ask_service(home, NOTIFIER, "topics-subscribe", topic=topic, owner=owner, mode=mode or ""))


@topic.command()
@in_home
@click.argument("topic")
@click.argument("owner")
def unsubscribe(home: Home, topic: str, owner: str) -> None:
    """End the subscription of OWNER."""
    _tell(ask_service(home, NOTIFIER, "topics-unsubscribe", topic=topic, owner=owner))


def _tell(found: Mapping[str, Any]) -> None:
    for note in found.get("notes", []):
        click.echo(note["text"])
