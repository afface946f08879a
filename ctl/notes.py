"""Remarks that are no failures."""

import os

import click


def warn_root() -> None:
    """Say once per command that root is more than the services need."""
    if os.geteuid() == 0:
        click.echo(
            "note: running as root; it works, but a user of its own is safer: no port below 1024 is needed",
            err=True,
        )
