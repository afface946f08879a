"""`stellwerk up` and `down`: all services, and supervisord with them."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import click
from rich.live import Live

from ctl.connecting import how_to_connect
from ctl.installation import in_home
from ctl.notes import warn_root
from ctl.running import Show, alone, end_leftovers, start, stop, wait_for_end, watch
from ctl.screen import changes, console, service_table
from ctl.services import Service, services
from ctl.supervisor import Supervisor
from settings import Home

WATCH_INTERVAL = 1.0  # seconds between two looks while running in the foreground


@click.command()
@in_home
@click.option("--detach", is_flag=True, help="Return as soon as all services are ready; `down` ends them.")
def up(home: Home, detach: bool) -> None:
    """Start all enabled services.

    Stays until Ctrl-C, which stops them again, unless --detach is given.
    """
    if Supervisor(home).pid() is not None:
        click.echo(f"{home.path} is up already.")
        console().print(service_table(services(home)))
        return
    with _ended_by_signals(), alone(home), _shown() as show:
        supervisord = start(home, show)
    with _noted_signals() as is_told_to_stop:
        _tell_how_to_connect(home)
        if detach:
            click.echo("\n`stellwerk status` shows the services, `stellwerk down` stops them.")
            return
        click.echo("\nCtrl-C stops everything. What changes from now on:")
        report = Changes(services(home), stamp="%H:%M:%S ")
        watch(supervisord, lambda: report(services(home)), WATCH_INTERVAL, is_told_to_stop)
        if is_told_to_stop():
            click.echo("\nStopping…")
            stop(supervisord)
        click.echo("Stopped.")


def _tell_how_to_connect(home: Home) -> None:
    warn_root()
    told = how_to_connect(home)
    click.echo("\nReady. To connect:" if told else "\nReady.")
    for line in told:
        click.echo(f"  {line}")


@click.command()
@in_home
def down(home: Home) -> None:
    """Stop all services.

    In order; returns when they have ended.
    """
    supervisor = Supervisor(home)
    pid = supervisor.pid()
    if pid is None:
        left = end_leftovers(home)
        click.echo(f"Stopped {', '.join(left)}." if left else f"Nothing runs in {home.path}.")
        return
    supervisor.shutdown()
    wait_for_end(pid)
    click.echo("Stopped.")


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP, a closed terminal, mean the same as Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _noted_signals() -> Iterator[Callable[[], bool]]:
    """Whether a signal to end has come. It interrupts nothing: an exception out of a signal's handler could
    leave a lock of `subprocess` behind, on which the waiting for supervisord would wait for ever.
    """
    noted: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, frame: noted.append(number)) for number in numbers}
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _shown() -> Iterator[Show]:
    """A live table on a terminal; elsewhere a line for each change."""
    screen = console()
    if screen.is_terminal:
        with Live(console=screen, auto_refresh=False) as live:
            yield lambda seen: live.update(service_table(seen), refresh=True)
    else:
        yield Changes(())


class Changes:
    """Prints a line for each service that changed since the look before."""

    def __init__(self, before: Sequence[Service], stamp: str = "") -> None:
        self.before = before
        self.stamp = stamp  # a strftime format in front of each line

    def __call__(self, seen: Sequence[Service]) -> None:
        """Compare with the look before, and print."""
        for line in changes(self.before, seen):
            click.echo(time.strftime(self.stamp) + line)
        self.before = seen
