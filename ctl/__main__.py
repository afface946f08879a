"""The command `stellwerk`."""

import os
import sys

import click

from ctl.commands.alerts import alerts, notify
from ctl.commands.approvals import approvals
from ctl.commands.check import check
from ctl.commands.init import init
from ctl.commands.logs import logs
from ctl.commands.oncall import oncall
from ctl.commands.room import room
from ctl.commands.run import down, up
from ctl.commands.service import disable, enable, reload, restart, start, stop
from ctl.commands.status import status
from ctl.commands.topic import topic
from ctl.commands.user import user
from ctl.commands.watch import watch
from ctl.installation import home_option
from settings import VERSION

COMMANDS = (
    init,
    up,
    down,
    status,
    enable,
    disable,
    start,
    stop,
    restart,
    reload,
    logs,
    check,
    user,
    room,
    notify,
    alerts,
    oncall,
    approvals,
    watch,
    topic,
)
SHOW_TRACEBACK = "STELLWERK_TRACEBACK"


class InOrder(click.Group):
    """Commands are listed in the order in which they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names as they were added, not sorted."""
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="stellwerk")
@home_option
def stellwerk() -> None:
    """Stellwerk, a communication server: one small router, every service a process of its own."""


for command in COMMANDS:
    stellwerk.add_command(command)


def main() -> None:
    """Run the command line; whatever goes wrong is one line and an exit status other than 0."""
    try:
        stellwerk(prog_name="stellwerk")
    except Exception as error:
        if os.environ.get(SHOW_TRACEBACK):
            raise
        hint = f"({SHOW_TRACEBACK}=1 shows where this comes from)"
        click.echo(f"stellwerk: {_described(error)} {hint}", err=True)
        sys.exit(1)


def _described(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
