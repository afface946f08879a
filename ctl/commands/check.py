"""`stellwerk check`."""

import click

from ctl.installation import in_home
from ctl.preflight import check_configuration, check_permissions
from ctl.programs import programs
from settings import Home


@click.command()
@in_home
def check(home: Home) -> None:
    """Look for mistakes in the configuration.

    Every service is asked; all mistakes are shown at once, and nothing is changed.
    """
    every = programs(home)
    names = [program.name for program in every]
    check_permissions(home)
    check_configuration(home, every, names)
    click.echo(f"{home.configuration}: no mistakes ({', '.join(names)}).")
