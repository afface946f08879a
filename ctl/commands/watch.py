"""`stellwerk watch`: people's watches on quotes. The service `notifier` has to be running.

People have the same by chat and by form at the address of the notifier.
"""

import json
from collections.abc import Sequence

import click

from ctl.answers import as_json_option, show_rows, tell
from ctl.asking import ask_service
from ctl.installation import home_option, in_home
from settings import Home

NOTIFIER = "notifier"

EXAMPLES = """\b
Examples:
  stellwerk watch add ann@example.org "500000 < 12.50 once"
  stellwerk watch add ann@example.org SAP crosses above 120.5 every time
  stellwerk watch quote 500000 12.48
"""


@click.group(epilog=EXAMPLES)
@home_option
def watch() -> None:
    """Watches on quotes, and the people who are told."""


@watch.command(name="list")
@in_home
@click.argument("owner", required=False)
@as_json_option
def list_(home: Home, owner: str | None, as_json: bool) -> None:
    """Show watches.

    Those of OWNER, an address, or everybody's.
    """
    found = ask_service(home, NOTIFIER, "watch-list", owner=owner or "")
    headings = {"NUMBER": "number", "OWNER": "owner", "WATCH": "condition", "STATE": "phase"}
    show_rows(found, "watches", headings, as_json)
    if not as_json:
        tell(found)


@watch.command()
@in_home
@click.argument("number", type=int)
@as_json_option
def show(home: Home, number: int, as_json: bool) -> None:
    """Show a watch with its last matches."""
    found = ask_service(home, NOTIFIER, "watch-show", number=number)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for key in ("number", "owner", "condition", "phase", "changed", "matches", "quote"):
        click.echo(f"{key}: {found.get(key, '')}")
    if found.get("last_matches"):
        click.echo()
        show_rows(found, "last_matches", {"MATCH": "number", "QUOTE OF": "time", "WHAT": "text"})


@watch.command(epilog=EXAMPLES)
@in_home
@click.argument("owner")
@click.argument("condition", nargs=-1, required=True)
def add(home: Home, owner: str, condition: Sequence[str]) -> None:
    """Watch for OWNER.

    OWNER is the address of who is told; the CONDITION is what they would say themselves after `watch`.
    Quote it: < and > mean something to the shell.
    """
    tell(ask_service(home, NOTIFIER, "watch-add", owner=owner, condition=" ".join(condition)))


@watch.command()
@in_home
@click.argument("number", type=int)
@click.argument("condition", nargs=-1, required=True)
def adjust(home: Home, number: int, condition: Sequence[str]) -> None:
    """Give a watch another condition.

    It may be a part: "< 12.00" keeps the symbol and how often it tells.
    """
    tell(ask_service(home, NOTIFIER, "watch-adjust", number=number, condition=" ".join(condition)))


@watch.command()
@in_home
@click.argument("number", type=int)
def off(home: Home, number: int) -> None:
    """Switch a watch off; it can be switched on again."""
    tell(ask_service(home, NOTIFIER, "watch-switch", number=number, on=False))


@watch.command()
@in_home
@click.argument("number", type=int)
def on(home: Home, number: int) -> None:
    """Switch a watch on again; it begins anew."""
    tell(ask_service(home, NOTIFIER, "watch-switch", number=number, on=True))


@watch.command()
@in_home
@click.argument("number", type=int)
def remove(home: Home, number: int) -> None:
    """Remove a watch."""
    tell(ask_service(home, NOTIFIER, "watch-remove", number=number))


@watch.command()
@in_home
@click.argument("symbol")
@click.argument("price")
@click.argument("currency", required=False, default="")
def quote(home: Home, symbol: str, price: str, currency: str) -> None:
    """Enter a quote of now, as a feed would.

    Whoever watches for it is told.
    """
    tell(ask_service(home, NOTIFIER, "watch-quote", symbol=symbol, price=price, currency=currency))
