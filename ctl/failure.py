"""How a command says that it did not succeed."""

import click


class Failure(click.ClickException):
    """Something the operator can mend: one line for each thing, with what, where and how to mend it.

    `status` is the exit status: 1 for what failed while running, 2 for the configuration.
    """

    def __init__(self, *lines: str, status: int = 1) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.exit_code = status  # type: ignore[misc]  # click declares it for the class

    def show(self, file: object = None) -> None:
        """Print the lines on standard error."""
        for line in self.lines:
            click.echo(f"stellwerk: {line}", err=True)
