"""`stellwerk alerts` and `stellwerk notify`. The service `notifier` has to be running.

People have the same by chat and by form at the address of the notifier.
"""

import json
from collections.abc import Sequence
from typing import Any

import click

from ctl.answers import as_json_option, show_rows, tell
from ctl.asking import ask_service
from ctl.installation import home_option, in_home
from settings import Home

NOTIFIER = "notifier"
SEVERITIES = ("critical", "error", "warning", "info")
HEADINGS = {
    "NUMBER": "number",
    "SEVERITY": "severity",
    "WHAT": "title",
    "STATE": "state",
    "BY": "why",
    "SINCE": "since",
}

EXAMPLES = """\b
Examples:
  stellwerk notify "the backup of db1 has failed" --to ann --severity critical
  stellwerk notify "disk almost full" --to team:ops --key disk-db1
"""


@click.command(epilog=EXAMPLES)
@in_home
@click.argument("text")
@click.option(
    "--to", multiple=True, help="A name, an address, team:…, policy:… or room:…; none: as the rules say."
)
@click.option("--severity", type=click.Choice(SEVERITIES), default="error", show_default=True)
@click.option("--key", default="", help="The same for the same thing, which is told once until it is over.")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="What rules look at.")
def notify(home: Home, text: str, to: Sequence[str], severity: str, key: str, labels: Sequence[str]) -> None:
    """Tell people something.

    It is an alert like any other: they answer it, and those next in line are told when they do not.
    """
    event: dict[str, Any] = {"text": text, "severity": severity, "key": key}
    lists: dict[str, Any] = {"to": list(to), "labels": list(labels)}
    tell(ask_service(home, NOTIFIER, "alerts-notify", **event, **lists))


@click.group()
@home_option
def alerts() -> None:
    """Alerts, and what became of them."""


@alerts.command(name="list")
@in_home
@as_json_option
def list_(home: Home, as_json: bool) -> None:
    """Show the alerts that are not over."""
    show_rows(ask_service(home, NOTIFIER, "alerts-list"), "alerts", HEADINGS, as_json)


@alerts.command()
@in_home
@click.argument("words", nargs=-1)
@as_json_option
def history(home: Home, words: Sequence[str], as_json: bool) -> None:
    """Show alerts that are over.

    The latest, or those in which all WORDS occur.
    """
    found = ask_service(home, NOTIFIER, "alerts-history", words=" ".join(words))
    show_rows(found, "alerts", HEADINGS, as_json)


@alerts.command()
@in_home
@click.argument("number", type=int)
@as_json_option
def show(home: Home, number: int, as_json: bool) -> None:
    """Show an alert: who was told, and who has answered what."""
    found = ask_service(home, NOTIFIER, "alerts-show", number=number)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in found.get("text", []):
        click.echo(line)
    rule = f"rule {found['rule']}" if found.get("rule") else "no rule"
    events = found.get("events")
    click.echo(f"\n{rule}, {events} {'event' if events == 1 else 'events'}")
    for line in (*found.get("told", []), *found.get("answers", [])):
        click.echo(line)


@alerts.command()
@in_home
@click.argument("number", type=int)
@click.argument("comment", nargs=-1)
@click.option(
    "--answer",
    type=click.Choice(("ack", "snooze", "resolve", "unack")),
    default="ack",
    show_default=True,
    help="What to say; the COMMENT of snooze is how long.",
)
def ack(home: Home, number: int, comment: Sequence[str], answer: str) -> None:
    """Answer an alert for those who were told."""
    found = ask_service(
        home, NOTIFIER, "alerts-answer", number=str(number), answer=answer, comment=" ".join(comment)
    )
    tell(found)


@alerts.command()
@in_home
@click.argument("match", nargs=-1)
@click.option("--for", "length", default="2h", show_default=True, help="How long, such as 30m, 2h, 1d.")
@click.option("--comment", default="", help="Why.")
@click.option("--end", type=int, metavar="NUMBER", help="End that silence instead.")
@as_json_option
def silence(
    home: Home, match: Sequence[str], length: str, comment: str, end: int | None, as_json: bool
) -> None:
    """Tell nobody of what matches.

    MATCH is label=value or label!=value, with * for any text; without it, the silences are shown.
    """
    if end is not None:
        tell(ask_service(home, NOTIFIER, "alerts-unsilence", number=str(end)))
    elif match:
        found = ask_service(
            home, NOTIFIER, "alerts-silence", match=list(match), length=length, comment=comment
        )
        tell(found)
    else:
        headings = {"NUMBER": "number", "WHAT": "match", "UNTIL": "until", "BY": "by", "WHY": "comment"}
        show_rows(ask_service(home, NOTIFIER, "alerts-silences"), "silences", headings, as_json)


@alerts.command(name="dead-letters")
@in_home
@click.option("--retry", metavar="NUMBER|all", help="Send it again.")
@click.option("--drop", metavar="NUMBER|all", help="Forget it.")
@as_json_option
def dead_letters(home: Home, retry: str | None, drop: str | None, as_json: bool) -> None:
    """Show callbacks and e-mails that were given up."""
    if retry is not None and drop is not None:
        raise click.UsageError("--retry and --drop exclude each other.")
    if retry is not None:
        tell(ask_service(home, NOTIFIER, "dead-letters-retry", number=retry))
    elif drop is not None:
        tell(ask_service(home, NOTIFIER, "dead-letters-drop", number=drop))
    else:
        headings = {
            "NUMBER": "number",
            "KIND": "kind",
            "TO": "target",
            "ATTEMPTS": "attempts",
            "WHY": "error",
        }
        show_rows(ask_service(home, NOTIFIER, "dead-letters"), "dead_letters", headings, as_json)
