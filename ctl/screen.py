"""What commands show: tables, durations, sizes."""

import itertools
from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ctl.services import Service, State

COLOURS: Mapping[State, str] = {
    "running": "green",
    "starting": "yellow",
    "stopping": "yellow",
    "crashing": "red",
    "silent": "red",
    "stopped": "dim",
    "disabled": "dim",
}
MEBIBYTE = 1024 * 1024
ENDLESS = 100_000  # columns


def console() -> Console:
    """Standard output; plain lines, as long as they are, when that is not a terminal."""
    made = Console(highlight=False, soft_wrap=True)
    return made if made.is_terminal else Console(highlight=False, soft_wrap=True, width=ENDLESS)


def service_table(services: Sequence[Service]) -> RenderableType:
    """One line a service, and below them what is wrong, where something is."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("SERVICE", "STATE"):
        table.add_column(heading, no_wrap=True)
    for heading in ("PID", "UPTIME", "MEMORY"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("LINK")
    for service in services:
        table.add_row(
            service.name,
            f"[{COLOURS[service.state]}]{service.state}[/]",
            str(service.pid or ""),
            duration(service.uptime),
            size(service.memory),
            link(service.link),
        )
    notes = [Text(f"{service.name}: {service.note}") for service in services if service.note]
    return Group(table, *notes)


def duration(seconds: float | None) -> str:
    """A span as its two largest units: `3 d 4 h`."""
    if seconds is None:
        return ""
    whole = int(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    for (name, unit), (smaller, part) in itertools.pairwise(units):
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // part} {smaller}"
    return f"{whole} s"


def size(octets: int | None) -> str:
    """Bytes as mebibytes."""
    return "" if octets is None else f"{octets / MEBIBYTE:.0f} MiB"


def link(state: str | Mapping[str, str] | None) -> str:
    """A component's link to the router; or how many components the router has, and which it misses."""
    if state is None:
        return ""
    if isinstance(state, str):
        return state
    missed = sorted(domain for domain, link in state.items() if link != "up")
    up = [f"{len(state) - len(missed)} up"] if len(state) > len(missed) else []
    down = [f"down: {', '.join(missed)}"] if missed else []
    return ", ".join([*up, *down])


def changes(before: Sequence[Service], after: Sequence[Service]) -> list[str]:
    """A line for each service that is in another state, or another process, than before."""
    known = {service.name: service for service in before}
    lines = []
    for service in after:
        old = known.get(service.name)
        if old is None or (old.state, old.pid, old.ready) != (service.state, service.pid, service.ready):
            lines.append(_change(service))
    return lines


def _change(service: Service) -> str:
    pid = f" (process {service.pid})" if service.pid else ""
    unlinked = ", no link to the router" if service.state == "running" and not service.ready else ""
    note = f": {service.note}" if service.note else ""
    return f"{service.name} {service.state}{pid}{unlinked}{note}"
