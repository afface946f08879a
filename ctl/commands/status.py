"""`stellwerk status`."""

import dataclasses
import json

import click

from ctl.installation import in_home
from ctl.screen import console, service_table
from ctl.services import services
from settings import Home


@click.command()
@in_home
@click.option("--json", "as_json", is_flag=True, help="For scripts: one object, its services in a list.")
def status(home: Home, as_json: bool) -> None:
    """Show the state of each service.

    State, process, uptime, memory, link to the router; below, what is wrong with one, if something is.
    """
    seen = services(home)
    if as_json:
        click.echo(json.dumps({"services": [dataclasses.asdict(service) for service in seen]}, indent=2))
    else:
        console().print(service_table(seen))
