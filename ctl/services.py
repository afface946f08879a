"""The services of a home as the operator sees them: what supervisord and each process say, together."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from ctl.control import Refused, Unreachable, ask
from ctl.files import last_lines
from ctl.programs import Program, programs
from ctl.supervisor import NotRunning, Process, Stopping, Supervisor
from settings import Home

TIME_TO_SPEAK = 30.0  # seconds a process may take from its start until it has its control socket

State = Literal["running", "starting", "stopping", "crashing", "stopped", "disabled", "silent"]


@dataclass(frozen=True, slots=True)
class Service:
    """One line of `stellwerk status`.

    `running` means that the process says it is ready, `silent` that it lives but does not answer,
    `crashing` that it ended by itself and will be started again after a pause. `link` is "up" or
    "down" in a component; in the router, the same for each component's domain. `note` is the reason
    for a state that is not as it should be.
    """

    name: str
    state: State
    enabled: bool
    pid: int | None = None
    uptime: float | None = None  # seconds
    memory: int | None = None  # bytes, resident
    link: str | Mapping[str, str] | None = None
    version: str | None = None
    note: str = ""

    @property
    def ready(self) -> bool:
        """It serves, and a component has its link to the router."""
        return self.state == "running" and self.link != "down"


def services(home: Home) -> Sequence[Service]:
    """Every service of the home, as it is now."""
    every = programs(home)
    try:
        processes = Supervisor(home).processes()
    except NotRunning:
        processes = {}
    except Stopping:
        return [Service(one.name, "stopping" if one.enabled else "disabled", one.enabled) for one in every]
    with ThreadPoolExecutor(max_workers=16) as asking:
        return list(asking.map(lambda program: _service(home, program, processes), every))


def _service(home: Home, program: Program, processes: Mapping[str, Process]) -> Service:
    name, enabled = program.name, program.enabled
    process = processes.get(name)
    if process is None or process.state == "STOPPED":
        return Service(name, "stopped" if enabled else "disabled", enabled)
    if process.pid is None:
        note = "".join(f"its log ends: {line}" for line in last_lines(home.logs / f"{name}.log", 1))
        return Service(name, "crashing", enabled, note=note)
    try:
        health = ask(home.control_socket(name), "health", patience=2)
    except Refused as error:
        return Service(name, "silent", enabled, process.pid, process.uptime, note=str(error))
    except Unreachable as error:
        states: Mapping[str, State] = {"STARTING": "starting", "STOPPING": "stopping"}
        state = "starting" if _is_new(home, process) else states.get(process.state, "silent")
        note = str(error) if state == "silent" else ""
        return Service(name, state, enabled, process.pid, process.uptime, note=note)
    return Service(
        name=name,
        state="stopping" if process.state == "STOPPING" else _state(health),
        enabled=enabled,
        pid=process.pid,
        uptime=health.get("uptime", process.uptime),
        memory=health.get("memory"),
        link=health.get("link"),
        version=health.get("version"),
    )


def _is_new(home: Home, process: Process) -> bool:
    """Whether it cannot be expected to answer yet, however busy the machine is."""
    has_socket = home.control_socket(process.name).exists()
    return process.state == "RUNNING" and not has_socket and (process.uptime or 0.0) < TIME_TO_SPEAK


def _state(health: Mapping[str, Any]) -> State:
    states: Mapping[str, State] = {"ready": "running", "stopping": "stopping"}
    return states.get(str(health.get("state")), "starting")
