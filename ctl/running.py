"""Starting supervisord with all enabled services, watching it, stopping it: all or nothing."""

import contextlib
import fcntl
import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from subprocess import Popen, TimeoutExpired

from ctl.control import Refused, Unreachable, ask
from ctl.failure import Failure
from ctl.files import last_lines
from ctl.preflight import check_configuration, check_permissions, check_ports
from ctl.programs import programs, write_supervisor_configuration
from ctl.readiness import until_ready
from ctl.services import Service
from ctl.supervisor import Supervisor
from settings import Home

TIME_TO_LISTEN = 15.0  # seconds for supervisord to open its socket
TIME_TO_LEAVE = 30.0  # seconds for a process without supervision to end
ATTENTION = 0.1  # seconds at most until a signal is heeded

Show = Callable[[Sequence[Service]], None]


@contextlib.contextmanager
def alone(home: Home) -> Iterator[None]:
    """Keep a second `up` on the same home out while this one starts. Raises `Failure` if that is us."""
    descriptor = os.open(home.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Failure(f"another `stellwerk up` is starting {home.path} just now") from None
    finally:
        os.close(descriptor)


def start(home: Home, show: Show) -> Popen[bytes]:
    """Start supervisord and wait until all enabled services are ready, showing each look at them.

    Whatever can be known beforehand is looked at first. Raises `Failure`; nothing runs then.
    """
    every = programs(home)
    enabled = [program for program in every if program.enabled]
    check_permissions(home)
    check_configuration(home, enabled, [program.name for program in every])
    end_leftovers(home)
    check_ports(home, enabled)
    write_supervisor_configuration(home)
    supervisord = Supervisor(home).spawn()
    try:
        _until_listening(home, supervisord)
        for seen in until_ready(home, [program.name for program in enabled]):
            show(seen)
    except BaseException:
        stop(supervisord)
        raise
    return supervisord


def stop(supervisord: Popen[bytes]) -> None:
    """Stop all services and supervisord in order, and wait until they have ended."""
    if supervisord.poll() is None:
        supervisord.terminate()  # it stops its processes first, each with its stopwaitsecs
    supervisord.wait()


def watch(
    supervisord: Popen[bytes], look: Callable[[], None], interval: float, is_enough: Callable[[], bool]
) -> None:
    """Look at the services from time to time until supervisord ends, or it is enough.

    Raises `Failure` if supervisord crashed.
    """
    looked = time.monotonic()
    while supervisord.returncode is None and not is_enough():
        with contextlib.suppress(TimeoutExpired):
            supervisord.wait(ATTENTION)
        if supervisord.returncode is None and time.monotonic() - looked >= interval:
            look()
            looked = time.monotonic()
    if supervisord.returncode:
        raise Failure(
            f"supervisord ended unexpectedly ({supervisord.returncode}); the services may still run:"
            " `stellwerk up` takes over"
        )


def end_leftovers(home: Home) -> list[str]:
    """End processes that outlived their supervisord; their names."""
    return [program.name for program in programs(home) if _end_leftover(home, program.name)]


def wait_for_end(pid: int, patience: float | None = None) -> bool:
    """Wait until a process that need not be our child has ended; False if it took too long."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ended, _, _ = select.select([descriptor], [], [], patience)
        return bool(ended)
    finally:
        os.close(descriptor)


def _end_leftover(home: Home, name: str) -> bool:
    socket = home.control_socket(name)
    try:
        pid = int(ask(socket, "health", patience=2)["pid"])
        ask(socket, "stop")
    except (Unreachable, Refused, KeyError):
        return False
    if not wait_for_end(pid, TIME_TO_LEAVE):
        raise Failure(f"{name} (process {pid}) runs without supervision and does not end: `kill -9 {pid}`")
    return True


def _until_listening(home: Home, supervisord: Popen[bytes]) -> None:
    deadline = time.monotonic() + TIME_TO_LISTEN
    while Supervisor(home).pid() is None:
        if supervisord.poll() is not None or time.monotonic() > deadline:
            files = (home.run / "supervisord.err", home.logs / "supervisord.log")
            said = [line for file in files for line in last_lines(file, 3)]
            raise Failure("supervisord does not start:", *(f"  {line}" for line in said))
        time.sleep(0.05)
