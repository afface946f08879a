"""`stellwerk approvals`: what people were asked to decide. The service `notifier` has to be running."""

import json
import subprocess
import sys

import click

from ctl.answers import as_json_option, show_rows, tell
from ctl.asking import ask_service
from ctl.installation import home_option, in_home
from settings import Home

NOTIFIER = "notifier"
STATES = ("pending", "approved", "rejected", "cancelled", "expired", "all")


@click.group()
@home_option
def approvals() -> None:
    """Decisions that workflows have asked people for."""


@approvals.command(name="list")
@in_home
@click.argument("state", type=click.Choice(STATES), default="pending")
@as_json_option
def list_(home: Home, state: str, as_json: bool) -> None:
    """Show those that are open, or in another STATE."""
    found = ask_service(home, NOTIFIER, "approvals-list", state="" if state == "all" else state)
    headings = {"NUMBER": "number", "WHAT": "title", "STATE": "state", "ASKED BY": "by"}
    show_rows(found, "approvals", headings, as_json)


@approvals.command()
@in_home
@click.argument("number", type=int)
@as_json_option
def show(home: Home, number: int, as_json: bool) -> None:
    """Show one, with its answers."""
    found = ask_service(home, NOTIFIER, "approvals-show", number=number)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in (*found["text"], *found["answers"]):
        click.echo(line)


@approvals.command()
@in_home
@click.argument("number", type=int)
@click.option("--reason", default="", help="Shown to those who were asked.")
def cancel(home: Home, number: int, reason: str) -> None:
    """Ask for it no longer; the workflow is told."""
    tell(ask_service(home, NOTIFIER, "approvals-cancel", number=number, reason=reason))


@approvals.command()
@in_home
@click.option("--number", type=int, help="Only the entries of this one.")
def audit(home: Home, number: int | None) -> None:
    """Show the audit trail, and check that nothing in it was changed.

    The notifier need not run. Exit status 1 if the trail is not as it was signed.
    """
    only = [f"--number={number}"] if number is not None else []
    command = [
        sys.executable,
        "-m",
        "components.notifier.approvals.verify",
        "--config",
        str(home.configuration),
    ]
    sys.exit(subprocess.run([*command, *only], check=False).returncode)


@approvals.command()
@in_home
def key(home: Home) -> None:
    """Print the public key of the audit trail (PEM): who has it can check the trail."""
    for line in ask_service(home, NOTIFIER, "approvals-key")["key"]:
        click.echo(line)
