"""Waiting until services serve, or until it is clear that they will not."""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from ctl.failure import Failure
from ctl.files import last_lines
from ctl.programs import ROUTER
from ctl.services import Service, services
from settings import Home

PATIENCE = 60.0  # seconds for a service to become ready; a large database may have to be migrated
INTERVAL = 0.1  # seconds between two looks
LINES_OF_LOG = 5
ENDS_TOLERATED = 3  # times a service may end while it is waited for


def until_ready(
    home: Home, names: Collection[str], patience: float = PATIENCE
) -> Iterator[Sequence[Service]]:
    """Every look at all services, until those named are ready. Raises `Failure` when one cannot be."""
    deadline = time.monotonic() + patience
    ends: Counter[str] = Counter()
    crashing: set[str] = set()
    while True:
        seen = services(home)
        yield seen
        missing = [service for service in seen if service.name in names and not _is_served(service, seen)]
        if not missing:
            # Services are asked one by one: only now is each one's view of the others settled.
            yield services(home)
            return
        crashing, before = {service.name for service in missing if service.state == "crashing"}, crashing
        ends.update(crashing - before)
        for service in missing:
            if ends[service.name] >= ENDS_TOLERATED:
                raise not_ready(home, service, "ends again and again")
        if time.monotonic() > deadline:
            raise not_ready(home, missing[0], f"is not ready after {patience:.0f} s ({missing[0].state})")
        time.sleep(INTERVAL)


def wait_until_ready(home: Home, names: Collection[str]) -> Sequence[Service]:
    """The services once those named are ready. Raises `Failure` when one cannot be."""
    *_, last = until_ready(home, names)
    return last


def _is_served(service: Service, seen: Sequence[Service]) -> bool:
    """Ready; or a component that is, but for the link to a router that is switched off."""
    router_runs = any(other.name == ROUTER and other.pid is not None for other in seen)
    return service.ready or (service.state == "running" and not router_runs)


def not_ready(home: Home, service: Service, why: str) -> Failure:
    """A failure that shows the end of the service's log."""
    log = home.logs / f"{service.name}.log"
    lines = [f"  {line}" for line in last_lines(log, LINES_OF_LOG)]
    return Failure(f"{service.name} {why}; the end of {log}:", *(lines or ["  (empty)"]))
