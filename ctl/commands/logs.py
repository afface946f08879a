"""`stellwerk logs`."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import click

from ctl.failure import Failure
from ctl.files import last_lines
from ctl.installation import in_home
from ctl.programs import named
from settings import Home

SUPERVISORD = "supervisord"
INTERVAL = 0.25  # seconds between two looks for more


@click.command()
@in_home
@click.argument("name")
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is added, until Ctrl-C.")
@click.option(
    "-n", "--lines", type=click.IntRange(0), default=50, show_default=True, help="How many to begin with."
)
def logs(home: Home, name: str, follow: bool, lines: int) -> None:
    """Show the log of a service.

    NAME may be `supervisord`, too.
    """
    if name != SUPERVISORD:
        named(home, [name])
    path = home.logs / f"{name}.log"
    if not path.exists() and not follow:
        raise Failure(f"{name} has no log yet: it was not started since this home was made")
    end = path.stat().st_size if path.exists() else 0
    for line in last_lines(path, lines) if lines else ():
        click.echo(line)
    if follow:
        try:
            for text in added(path, end):
                click.echo(text, nl=False)
        except KeyboardInterrupt:
            pass


def added(path: Path, position: int) -> Iterator[str]:
    """What is added to a log after a position, endlessly; goes over to the new file on rotation."""
    inode = path.stat().st_ino if path.exists() else 0
    while True:
        try:
            with path.open("rb") as file:
                now = os.fstat(file.fileno())
                if now.st_ino != inode or now.st_size < position:
                    inode, position = now.st_ino, 0
                file.seek(position)
                fresh = file.read()
        except FileNotFoundError:  # for the moment of a rotation
            fresh = b""
        position += len(fresh)
        if fresh:
            yield fresh.decode("utf-8", "replace")
        else:
            time.sleep(INTERVAL)
