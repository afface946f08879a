"""`stellwerk enable`, `disable`, `start`, `stop`, `restart`, `reload`: one service and no other."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from ctl.control import Refused, Unreachable, ask
from ctl.failure import Failure
from ctl.installation import in_home
from ctl.preflight import check_configuration
from ctl.programs import named, programs, switch
from ctl.readiness import wait_until_ready
from ctl.supervisor import Supervisor
from settings import Home

C = TypeVar("C", bound=Callable[..., object])


def _names(command: C) -> C:
    return click.argument("names", metavar="NAME…", nargs=-1, required=True)(command)


@click.command()
@in_home
@_names
def enable(home: Home, names: Sequence[str]) -> None:
    """Switch services on.

    They start now, if the others run, and at every `up` from now on.
    """
    _check(home, names)
    for name in names:
        switch(home, name, enabled=True)
    supervisor = Supervisor(home)
    if supervisor.pid() is None:
        click.echo(f"{', '.join(names)} enabled; `stellwerk up` starts everything that is enabled.")
        return
    for name in names:
        supervisor.start(name)
    _report_running(home, names)


@click.command()
@in_home
@_names
def disable(home: Home, names: Sequence[str]) -> None:
    """Switch services off.

    They stop now, and stay off until they are enabled again.
    """
    named(home, names)
    supervisor = Supervisor(home)
    for name in names:
        switch(home, name, enabled=False)
        if supervisor.pid() is not None:
            supervisor.stop(name)
        click.echo(f"{name} is disabled.")


@click.command()
@in_home
@_names
def start(home: Home, names: Sequence[str]) -> None:
    """Start services for now.

    Whether they start at the next `up` stays as it was.
    """
    _check(home, names)
    supervisor = Supervisor(home)
    for name in names:
        supervisor.start(name)
    _report_running(home, names)


@click.command()
@in_home
@_names
def stop(home: Home, names: Sequence[str]) -> None:
    """Stop services for now.

    Whether they start at the next `up` stays as it was.
    """
    named(home, names)
    supervisor = Supervisor(home)
    for name in names:
        supervisor.stop(name)
        click.echo(f"{name} is stopped.")


@click.command()
@in_home
@click.argument("names", metavar="[NAME…]", nargs=-1)
@click.option("--rolling", is_flag=True, help="All running services, one after the other is ready again.")
def restart(home: Home, names: Sequence[str], rolling: bool) -> None:
    """Stop services and start them again.

    Each is ready before the next one is touched.
    """
    supervisor = Supervisor(home)
    if rolling and not names:
        running = supervisor.processes()
        names = [program.name for program in programs(home) if running[program.name].pid is not None]
    elif not names:
        raise click.UsageError("say which services, or --rolling for all that run.")
    _check(home, names)
    for name in names:
        supervisor.stop(name)
        supervisor.start(name)
        _report_running(home, [name])


@click.command()
@in_home
@_names
def reload(home: Home, names: Sequence[str]) -> None:
    """Apply changes of the configuration.

    Each service says what it has applied, and what has to wait for a restart.
    """
    _check(home, names)
    for name in names:
        try:
            result = ask(home.control_socket(name), "reload", patience=30)
        except Refused as error:
            raise Failure(*str(error).splitlines(), status=2) from None
        except Unreachable:
            raise Failure(f"{name} does not answer; see `stellwerk status`") from None
        applied, waiting = result.get("applied", []), result.get("restart_needed", [])
        click.echo(f"{name}: {'applied: ' + ', '.join(applied) if applied else 'nothing to apply'}")
        if waiting:
            click.echo(f"{name}: `stellwerk restart {name}` is needed for: {', '.join(waiting)}")


def _check(home: Home, names: Sequence[str]) -> None:
    """Refuse to touch a service that would not run with the configuration as it is."""
    check_configuration(home, named(home, names), [program.name for program in programs(home)])


def _report_running(home: Home, names: Sequence[str]) -> None:
    for service in wait_until_ready(home, names):
        if service.name in names:
            click.echo(f"{service.name} is running (process {service.pid}).")
