"""supervisord of one home: started, asked and stopped through its unix socket."""

import http.client
import os
import resource
import subprocess
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from ctl.failure import Failure
from ctl.files import OWNER_ONLY
from ctl.programs import environment, supervisor_configuration
from settings import Home

NEUTRAL = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}  # for supervisord's own log; it sets the same for services
ENOUGH_FILES = 1 << 20  # open files: sockets of clients are counted among them


@dataclass(frozen=True, slots=True)
class Process:
    """What supervisord knows of a process."""

    name: str
    state: str  # supervisord's word: STOPPED STARTING RUNNING BACKOFF STOPPING EXITED FATAL UNKNOWN
    pid: int | None
    uptime: float | None  # seconds


class NotRunning(Failure):
    """There is no supervisord to ask."""

    def __init__(self) -> None:
        super().__init__("Stellwerk is not running here: `stellwerk up` starts it")


class Stopping(Failure):
    """supervisord is shutting down and does nothing else."""

    def __init__(self) -> None:
        super().__init__("Stellwerk is stopping just now: try again in a moment")


class Supervisor:
    """The supervisord of a home, whether it runs or not."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.socket = home.run / "supervisor.sock"

    def pid(self) -> int | None:
        """Its process id; None if it does not run. Known while it is stopping, too."""
        try:
            return int(self._call("getPID"))
        except NotRunning:
            return None
        except Stopping:
            return int((self.home.run / "supervisord.pid").read_text())

    def processes(self) -> Mapping[str, Process]:
        """Its processes by name. Raises `NotRunning`."""
        return {item["name"]: _process(item) for item in self._call("getAllProcessInfo")}

    def start(self, name: str) -> None:
        """Start a process, without waiting for it; one that runs is left alone."""
        self._call("startProcess", name, False, fine=Faults.ALREADY_STARTED)

    def stop(self, name: str) -> None:
        """Stop a process and wait until it has ended; one that does not run is left alone."""
        self._call("stopProcess", name, True, fine=Faults.NOT_RUNNING)

    def shutdown(self) -> None:
        """Ask it to stop all processes and then itself; returns at once."""
        self._call("shutdown", fine=Faults.SHUTDOWN_STATE)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own; what it complains of goes to `run/supervisord.err`."""
        _raise_file_limit()
        complaints = self.home.run / "supervisord.err"
        configuration = str(supervisor_configuration(self.home))
        variables = environment(self.home)
        python = variables["STELLWERK_PYTHON"]
        command = [python, "-m", "supervisor.supervisord", "-n", "-s", "-c", configuration]
        complaints.touch(OWNER_ONLY)
        with complaints.open("wb") as errors:
            return subprocess.Popen(
                command,
                cwd=self.home.path,
                env={**os.environ, **variables, **NEUTRAL},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                umask=0o077,
            )

    def _call(self, method: str, *arguments: object, fine: int | None = None) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self.socket}")
        # The address is a formality: the transport goes to the socket.
        remote = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(remote.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == fine:
                return None
            if fault.faultCode == Faults.SHUTDOWN_STATE:
                raise Stopping from None
            said = f"{method} {' '.join(map(str, arguments))}: {fault.faultString}"
            raise Failure(f"supervisord: {said}") from None
        except PermissionError:
            raise Failure(f"{self.socket}: no permission; run this as the owner of the home") from None
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError):
            raise NotRunning from None


def _process(item: Mapping[str, Any]) -> Process:
    alive = bool(item["pid"])
    return Process(
        name=item["name"],
        state=item["statename"],
        pid=item["pid"] if alive else None,
        uptime=max(0.0, float(item["now"] - item["start"])) if alive else None,
    )


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
