"""The processes of an installation: the `[program:…]` sections of `supervisord.conf`.

The shipped file says which there are and which are on by default; `state/services.toml` in the home
says what the operator has switched since. Both together make the home's own `supervisord.conf`.
"""

import configparser
import difflib
import io
import re
import shlex
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from ctl.failure import Failure
from ctl.files import make_directory, write
from ctl.shipped import shipped
from settings import Home, SettingsError, load

ROUTER = "core_router"
SECTION = "program:"
HEADER = "; Made by `stellwerk up` from {source}: what is changed here is lost at the next start.\n\n"


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its name, the command that starts it, whether it is to run."""

    name: str
    command: tuple[str, ...]
    enabled: bool


def programs(home: Home) -> Sequence[Program]:
    """Every program there is, in the order of the shipped `supervisord.conf`."""
    switched, tables = _switched(home), _tables(home)
    return [
        Program(
            name=name,
            command=_command(section["command"], home),
            enabled=switched.get(name, section.getboolean("autostart", True) and name in tables),
        )
        for name, section in _program_sections(_shipped_sections())
    ]


def named(home: Home, names: Sequence[str]) -> list[Program]:
    """The programs of these names. Raises `Failure` for a name that is none."""
    known = {program.name: program for program in programs(home)}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
            raise Failure(f"{name}: no such service; {hint}")
    return [known[name] for name in names]


def switch(home: Home, name: str, enabled: bool) -> None:
    """Remember that a service is to run, or not, from now on and after every restart."""
    switched = {**_switched(home), name: enabled}
    document = tomlkit.document()
    document.add(tomlkit.comment("Written by `stellwerk enable` and `stellwerk disable`."))
    for key in sorted(switched):
        document.add(key, tomlkit.item(switched[key]))
    make_directory(home.state)  # not there yet where the configuration was written by hand
    write(_switches(home), tomlkit.dumps(document))
    write_supervisor_configuration(home)


def supervisor_configuration(home: Home) -> Path:
    """The home's own `supervisord.conf`."""
    return home.path / "supervisord.conf"


def write_supervisor_configuration(home: Home) -> None:
    """Make the home's `supervisord.conf`: the shipped one, with `autostart` for what is enabled."""
    sections = _shipped_sections()
    enabled = {program.name: program.enabled for program in programs(home)}
    for name, section in _program_sections(sections):
        section["autostart"] = "true" if enabled[name] else "false"
    text = io.StringIO()
    text.write(HEADER.format(source=shipped("supervisord.conf")))
    sections.write(text, space_around_delimiters=False)
    write(supervisor_configuration(home), text.getvalue())


def environment(home: Home) -> Mapping[str, str]:
    """What `supervisord.conf` expects to find in its environment."""
    return {"STELLWERK_HOME": str(home.path), "STELLWERK_PYTHON": sys.executable}


def _shipped_sections() -> configparser.RawConfigParser:
    # No interpolation: `%(ENV_…)s` is for supervisord to fill in.
    sections = configparser.RawConfigParser(delimiters=("=",), inline_comment_prefixes=(" ;",))
    sections.read(shipped("supervisord.conf"), encoding="utf-8")
    return sections


def _program_sections(
    sections: configparser.RawConfigParser,
) -> Iterator[tuple[str, configparser.SectionProxy]]:
    for name in sections.sections():
        if name.startswith(SECTION):
            yield name.removeprefix(SECTION), sections[name]


def _command(template: str, home: Home) -> tuple[str, ...]:
    values = environment(home)
    return tuple(
        re.sub(r"%\(ENV_(\w+)\)s", lambda found: values[found[1]], word) for word in shlex.split(template)
    )


def _tables(home: Home) -> Container[str]:
    """The services that are on by default: the router, and those the home's configuration knows.

    A home is older than the services that came with a later version, or it has only rooms for another
    server; of what it has no table for it has no secret either.
    """
    try:
        return {ROUTER, *load(home.configuration)}
    except SettingsError:  # whoever reads it next says what is wrong
        return {name for name, _ in _program_sections(_shipped_sections())}


def _switches(home: Home) -> Path:
    return home.state / "services.toml"


def _switched(home: Home) -> dict[str, bool]:
    if not _switches(home).exists():
        return {}
    return {name: value for name, value in load(_switches(home)).items() if isinstance(value, bool)}
