"""`stellwerk init`."""

import click

from ctl.domain import domain_name
from ctl.founding import found
from ctl.installation import chosen_home, home_option
from ctl.notes import warn_root


@click.command()
@home_option
@click.option("--domain", default="localhost", show_default=True, help="The domain of all addresses.")
@click.option(
    "--port-offset",
    type=click.IntRange(0, 60000),
    default=0,
    show_default=True,
    help="Added to every standard port, so that several installations can share a machine.",
)
def init(domain: str, port_offset: int) -> None:
    """Make a new home.

    It holds configuration, secrets, certificate, databases; an administrator's account is made, too.
    """
    home = chosen_home()
    founded = found(home, domain_name(domain), port_offset)
    warn_root()
    click.echo(f"A new home is in {home.path}.")
    click.echo(f"  configuration   {home.configuration}")
    click.echo(f"  administrator   {founded.administrator}")
    click.echo(f"  password        {founded.password}")
    click.echo(f"  kept in         {founded.password_file}")
    click.echo("The password is shown this once; delete that file, which only you can read, when you have")
    click.echo("noted it. `stellwerk up` starts the services.")
