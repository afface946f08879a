"""The command line the benches share, and the processors they run on."""

import argparse
import os
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import LoadError
from bench.servers import SERVERS, Server, ServerError


@dataclass(frozen=True, slots=True)
class Cores:
    """Processors: the servers' and the load's."""

    server: int
    load: int

    @property
    def separate(self) -> bool:
        """Whether the load leaves the servers' core alone."""
        return self.server != self.load


def parser(program: str, description: str) -> argparse.ArgumentParser:
    """An argument parser with the options every bench has."""
    made = argparse.ArgumentParser(prog=f"python -m bench.{program}", description=description)
    made.add_argument(
        "--servers",
        type=_servers,
        metavar="NAME,…",
        help=f"which to measure, the first being the reference of the ratios; known: {', '.join(SERVERS)}"
        " (those of them that are installed)",
    )
    made.add_argument("--rounds", type=int, default=5, help="per figure; the median is printed (%(default)s)")
    return made


def take_cores() -> Cores:
    """Choose the cores from those this process may use, and move to the load's.

    With one core only, the load shares it with the servers: CPU time is still theirs alone, but caches
    are not, and the figures come out higher. A line on standard error says so.
    """
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(server=allowed[0], load=allowed[-1])
    os.sched_setaffinity(0, {cores.load})
    if not cores.separate:
        print("only one processor: the load shares it with the servers", file=sys.stderr)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return cores


def chosen(names: Sequence[str] | None) -> list[str]:
    """The servers to measure: those named, or those installed.

    Raises `ServerError` for one that is named and not installed; the others are left out with a line
    on standard error.
    """
    found = []
    for name in names or SERVERS:
        try:
            SERVERS[name].check_installed()
            found.append(name)
        except ServerError as error:
            if names:
                raise
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


@contextmanager
def running(names: Sequence[str], cores: Cores, *, rooms: bool = False) -> Iterator[list[Server]]:
    """The servers of these names, started below a temporary directory, stopped and removed at the end;
    with `rooms`, they have conference rooms.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stellwerk-bench-")))
        servers = []
        for name in names:
            server = SERVERS[name](directory / name, core=cores.server, rooms=rooms)
            stack.callback(server.stop)
            server.start()
            servers.append(server)
        yield servers


def refused(error: ServerError | LoadError) -> int:
    """Say why the bench cannot run; returns the exit status."""
    print(error, file=sys.stderr)
    return 1


def _servers(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in SERVERS:
            raise argparse.ArgumentTypeError(f"unknown server `{name}`; known: {', '.join(SERVERS)}")
    return names
