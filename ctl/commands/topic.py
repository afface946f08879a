"""`stellwerk topic`: what programs tell, and who hears of it. The service `notifier` has to be running."""

import sys

import click

from ctl.answers import as_json_option, show_rows, tell
from ctl.asking import ask_service
from ctl.installation import home_option, in_home
from settings import Home

NOTIFIER = "notifier"
MODES = ("show", "keep", "forward")


@click.group()
@home_option
def topic() -> None:
    """Topics: what programs tell, for whoever subscribes."""


@topic.command(name="list")
@in_home
@as_json_option
def list_(home: Home, as_json: bool) -> None:
    """Show the topics of the configuration."""
    headings = {"TOPIC": "topic", "SUBSCRIBERS": "subscribers", "KEPT": "items", "DESCRIPTION": "description"}
    show_rows(ask_service(home, NOTIFIER, "topics-list"), "topics", headings, as_json)


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
    tell(ask_service(home, NOTIFIER, "topics-publish", topic=topic, title=title, text=lines, url=url, id=id_))


@topic.command()
@in_home
@click.argument("topic")
@click.argument("owner")
@click.option("--mode", type=click.Choice(MODES), help="Told at once, kept for later, or sent by e-mail.")
def subscribe(home: Home, topic: str, owner: str, mode: str | None) -> None:
    """Subscribe OWNER, an address, to a topic."""
    tell(ask_service(home, NOTIFIER, "topics-subscribe", topic=topic, owner=owner, mode=mode or ""))


@topic.command()
@in_home
@click.argument("topic")
@click.argument("owner")
def unsubscribe(home: Home, topic: str, owner: str) -> None:
    """End the subscription of OWNER."""
    tell(ask_service(home, NOTIFIER, "topics-unsubscribe", topic=topic, owner=owner))
