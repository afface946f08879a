"""`stellwerk user`: the accounts of the domain. Works while the services are stopped, too."""

import json
import sys
from collections.abc import Callable
from typing import TypeVar

import click
from rich.table import Table

from ctl.accounts import ask_router
from ctl.failure import Failure
from ctl.installation import domain, home_option, in_home
from ctl.screen import console
from settings import Home

C = TypeVar("C", bound=Callable[..., object])


@click.group()
@home_option
def user() -> None:
    """Accounts and their passwords."""


def _password_options(command: C) -> C:
    given = click.option("--password", metavar="P", help="Seen in the list of processes: for trials.")
    piped = click.option("--password-stdin", is_flag=True, help="Read the first line of standard input.")
    return given(piped(command))


@user.command()
@in_home
@click.argument("jid")
@_password_options
def add(home: Home, jid: str, password: str | None, password_stdin: bool) -> None:
    """Create the account JID.

    Asks for its password unless one of the options gives it.
    """
    address = _complete(home, jid)
    made = ask_router(home, "user-add", jid=address, password=_password(password, password_stdin))
    click.echo(f"{made.get('jid', address)} may log in.")


@user.command()
@in_home
@click.argument("jid")
@_password_options
def passwd(home: Home, jid: str, password: str | None, password_stdin: bool) -> None:
    """Set the password of the account JID.

    Asks for it unless one of the options gives it.
    """
    address = _complete(home, jid)
    made = ask_router(home, "user-passwd", jid=address, password=_password(password, password_stdin))
    click.echo(f"{made.get('jid', address)} has a new password.")


@user.command()
@in_home
@click.argument("jid")
def disable(home: Home, jid: str) -> None:
    """Let nobody log in to the account JID.

    Its sessions end; what it has stored stays, and messages to it are kept.
    """
    address = _complete(home, jid)
    disabled = ask_router(home, "user-disable", jid=address)
    click.echo(f"{disabled.get('jid', address)} may not log in any more.")


@user.command()
@in_home
@click.argument("jid")
def enable(home: Home, jid: str) -> None:
    """Let the account JID log in again."""
    address = _complete(home, jid)
    enabled = ask_router(home, "user-enable", jid=address)
    click.echo(f"{enabled.get('jid', address)} may log in.")


@user.command()
@in_home
@click.argument("jid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(home: Home, jid: str, yes: bool) -> None:
    """Remove the account JID.

    All it has stored goes with it, and its sessions end.
    """
    address = _complete(home, jid)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {address}, its contacts and its stored messages?", abort=True)
    gone = ask_router(home, "user-remove", jid=address)
    click.echo(f"{gone.get('jid', address)} is removed.")


@user.command(name="list")
@in_home
@click.option("--domain", "of_domain", help="Only the accounts of this domain.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one object, its users in a list.")
def list_(home: Home, of_domain: str | None, as_json: bool) -> None:
    """Show the accounts.

    Since when there are, and how many sessions each has now, or that it is disabled.
    """
    found = ask_router(home, "user-list", **({"domain": of_domain} if of_domain else {}))
    if as_json:
        click.echo(json.dumps({"users": found.get("users", [])}, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("ADDRESS", "CREATED", "SESSIONS"):
        table.add_column(heading)
    for account in found.get("users", []):
        now = "disabled" if account.get("disabled") else str(account["sessions"])
        table.add_row(account["jid"], account["created"], now)
    console().print(table)


def _complete(home: Home, jid: str) -> str:
    """A local part alone means the account of that name at the installation's domain."""
    return jid if "@" in jid else f"{jid}@{domain(home)}"


def _password(given: str | None, from_stdin: bool) -> str:
    if given is not None and from_stdin:
        raise click.UsageError("--password and --password-stdin exclude each other.")
    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    elif given is None:
        given = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    if not given:
        raise Failure("an empty password is none: nothing was changed")
    return given
