"""The installation a command is about: its home, checked to be ours and usable."""

import functools
import os
import pwd
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from ctl.failure import Failure
from settings import Home, SettingsError, load

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(".stellwerk")
CHOSEN = "stellwerk.home"  # the key in click's context under which --home is remembered

# A unix socket's path has room for 108 bytes, the last of them zero; the longest one below a home is
# supervisord's while it starts: run/supervisor.sock.PID.
LONGEST_HOME = 107 - len("/run/supervisor.sock.4194304")
# supervisord splits commands by the shell's rules and expands %(…)s in them.
UNUSABLE_IN_A_HOME = set("\"'\\%\n\r\t")


def chosen_home() -> Home:
    """`--home`, else `STELLWERK_HOME`, else `.stellwerk` in this directory, else in the user's own.

    Raises `Failure` for a path no installation could work in.
    """
    given = click.get_current_context().meta.get(CHOSEN) or os.environ.get("STELLWERK_HOME")
    if given:
        path = Path(given)
    else:
        path = HERE if HERE.is_dir() else Path.home() / HERE
    path = path.absolute().resolve()
    if len(os.fsencode(path)) > LONGEST_HOME:
        raise Failure(
            f"{path}: {len(os.fsencode(path))} bytes is too long for a home, whose unix sockets must fit"
            f" into the system's limit; choose one of at most {LONGEST_HOME} bytes"
        )
    if UNUSABLE_IN_A_HOME & set(str(path)):
        raise Failure(f"{path}: a home's path can hold no quotes, backslashes, percent or control characters")
    return Home(path)


def home_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--home DIR`, understood before and after the name of a command."""

    def remember(context: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.meta[CHOSEN] = value

    return click.option(
        "--home",
        metavar="DIR",
        type=click.Path(file_okay=False),
        expose_value=False,
        callback=remember,
        help="Where the installation lives [default: $STELLWERK_HOME, else ./.stellwerk, else ~/.stellwerk].",
    )(command)


def in_home(command: Callable[Concatenate[Home, P], R]) -> Callable[P, R]:
    """Hand the command the existing home it is about, as its first argument."""

    @home_option
    @functools.wraps(command)
    def call(*arguments: P.args, **options: P.kwargs) -> R:
        home = chosen_home()
        require(home)
        return command(home, *arguments, **options)

    return call


def require(home: Home) -> None:
    """Raise `Failure` unless the home holds an installation that belongs to who asks."""
    try:
        owner = home.configuration.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        hint = f"`stellwerk init --home {home.path}` makes one"
        raise Failure(f"no installation in {home.path}: {hint}") from None
    except PermissionError:
        raise Failure(f"{home.path}: you may not enter it; run this as its owner") from None
    if owner != os.geteuid():
        # Files made by somebody else would lock the owner out; a stranger's home could run anything.
        name = user_name(owner)
        raise Failure(f"{home.path} belongs to {name}: run this as {name} (sudo -u {name} stellwerk …)")


def configuration(home: Home) -> Mapping[str, Any]:
    """The tables of `stellwerk.toml`. Raises `Failure` if it cannot be read."""
    try:
        return load(home.configuration)
    except SettingsError as error:
        raise Failure(*error.problems, status=2) from None


def domain(home: Home) -> str:
    """The domain the installation serves."""
    return str(configuration(home).get("domain", "localhost"))


def user_name(uid: int) -> str:
    """The login name of a system user, or the number if there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
