"""Waiting until services serve, or until it is clear that they will not."""

import time
from collections.abc import Collection, Iterator, Sequence

from ctl.failure import Failure
from ctl.files import last_lines
from ctl.services import CONFIGURATION_REFUSED, Service, services, waits_for_router
from settings import Home

PATIENCE = 60.0  # seconds for a service to become ready; a large database may have to be migrated
INTERVAL = 0.1  # seconds between two looks
LINES_OF_LOG = 5


def until_ready(
    home: Home, names: Collection[str], patience: float = PATIENCE
) -> Iterator[Sequence[Service]]:
    """Every look at all services, until those named are ready. Raises `Failure` when one cannot be."""
    deadline = time.monotonic() + patience
    while True:
        seen = services(home)
        yield seen
        missing = [
            service
            for service in seen
            if service.name in names and not (service.ready or waits_for_router(service, seen))
        ]
        if not missing:
            return
        for service in missing:
            if service.state == "crashing" and service.exit_status == CONFIGURATION_REFUSED:
                raise not_ready(home, service, "refuses its configuration")
        if time.monotonic() > deadline:
            raise not_ready(home, missing[0], f"is not ready after {patience:.0f} s ({missing[0].state})")
        time.sleep(INTERVAL)


def wait_until_ready(home: Home, names: Collection[str]) -> Sequence[Service]:
    """The services once those named are ready. Raises `Failure` when one cannot be."""
    *_, last = until_ready(home, names)
    return last


def not_ready(home: Home, service: Service, why: str) -> Failure:
    """A failure that shows the end of the service's log."""
    log = home.logs / f"{service.name}.log"
    lines = [f"  {line}" for line in last_lines(log, LINES_OF_LOG)]
    return Failure(f"{service.name} {why}; the end of {log}:", *(lines or ["  (empty)"]))
