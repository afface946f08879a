"""Everything that can be known before a process is started, looked at before one is started."""

import difflib
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ctl.failure import Failure
from ctl.files import make_directory
from ctl.installation import configuration, user_name
from ctl.listeners import listeners, obstacle
from ctl.programs import Program, environment
from settings import Home

CHECKED = 0
TIME_TO_CHECK = 60  # seconds


def check_configuration(home: Home, programs: Sequence[Program], known: Iterable[str]) -> None:
    """Let each process check its own table. Raises `Failure` with every problem found, each once."""
    problems = stray_tables(configuration(home), home, known)
    with ThreadPoolExecutor(max_workers=4) as checking:
        for found in checking.map(lambda program: _problems_of(home, program), programs):
            problems += [line for line in found if line not in problems]
    if problems:
        raise Failure(*problems, status=2)


def check_permissions(home: Home) -> None:
    """Make what a run needs below the home. Raises `Failure` where that is not permitted."""
    for directory in (home.state, home.run, home.logs):
        try:
            make_directory(directory)
        except OSError as error:
            raise _not_permitted(str(directory), error.strerror or str(error)) from None
        for path in (directory, *directory.iterdir()):
            if path.is_file() and not os.access(path, os.W_OK):
                raise _not_permitted(str(path), "cannot be written")
        if not os.access(directory, os.W_OK | os.X_OK):
            raise _not_permitted(str(directory), "cannot be written")


def check_ports(home: Home, programs: Sequence[Program]) -> None:
    """Try to have each port. Raises `Failure` with a line for each that cannot be had."""
    wanted = listeners(configuration(home), [program.name for program in programs])
    obstacles = [line for listener in wanted if (line := obstacle(listener))]
    if obstacles:
        raise Failure(*(f"{home.configuration}: {line}" for line in obstacles))


def stray_tables(document: Mapping[str, Any], home: Home, known: Iterable[str]) -> list[str]:
    """Tables that no process reads, most likely a name misspelt: no process would complain of them."""
    names = sorted(known)
    tables = [name for name, value in document.items() if isinstance(value, Mapping)]
    return [
        f"{home.configuration}: [{name}]: no service of that name; {_meant(name, names)}"
        for name in tables
        if name not in names
    ]


def _meant(stray: str, names: list[str]) -> str:
    close = difflib.get_close_matches(stray, names, 1)
    return f"did you mean [{close[0]}]?" if close else f"there are: {', '.join(names)}"


def _problems_of(home: Home, program: Program) -> list[str]:
    try:
        check = subprocess.run(
            [*program.command, "--check"],
            cwd=home.path,
            env={**os.environ, **environment(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_TO_CHECK,
        )
    except subprocess.TimeoutExpired:
        return [f"{program.name}: did not finish checking its configuration in {TIME_TO_CHECK} s"]
    if check.returncode == CHECKED:
        return []
    lines = [line for line in check.stdout.splitlines() if line.strip()]
    if check.returncode == 2 and lines:
        return lines
    # Not a refused configuration but a broken installation; the last line of a traceback says most.
    reason = lines[-1] if lines else "no reason given"
    return [f"{program.name}: cannot be started ({' '.join(program.command)}): {reason}"]


def _not_permitted(path: str, what: str) -> Failure:
    name = user_name(os.geteuid())
    return Failure(f"{path}: {what}; give it to {name} (chown -R {name} …) or run this as its owner")
