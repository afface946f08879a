"""`stellwerk check`."""

import click

from ctl.installation import configuration, in_home
from ctl.preflight import check_configuration, check_permissions
from ctl.programs import programs
from settings import Home


@click.command()
@in_home
def check(home: Home) -> None:
    """Look for mistakes in the configuration.

    Every service is asked that is enabled or has a table there; all mistakes are shown at once, and
    nothing is changed.
    """
    every = programs(home)
    tables = configuration(home)
    asked = [program for program in every if program.enabled or program.name in tables]
    check_permissions(home)
    check_configuration(home, asked, [program.name for program in every])
    names = ", ".join(program.name for program in asked)
    click.echo(f"{home.configuration}: no mistakes ({names}).")
