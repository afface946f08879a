"""What an operator asks of a running component: health, figures, reload, stop."""

import asyncio
import logging
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from components.common.config import Configuration
from components.common.control import Arguments, Command, CommandError
from components.common.entrance import NotCommitted, Perform
from components.common.errors import StanzaError
from components.common.figures import Figure, Figures
from components.common.link import Link
from components.common.program import OperatorCommand, Program, Reloaded, Service
from components.common.store import Store
from components.common.transaction import Transaction
from settings import VERSION, SettingsError

log = logging.getLogger(__name__)

# Addresses and tables belong to these: a change needs another process.
FIXED = ("domain", "database")
# A change of these needs another connection, on which the link is resumed.
OF_THE_STREAM = ("router", "secret")


class Stream(Protocol):
    """The stream to the router."""

    def move(self, router: tuple[str, int], secret: str) -> None:
        """Connect again, to that router and with that secret; what is on its way waits."""


class Operation:
    """The life of the process as the operator sees it."""

    def __init__(
        self,
        program: Program[Any],
        configuration: Configuration[Any],
        service: Service[Any],
        link: Link,
        store: Store,
        stream: Stream,
        perform: Perform,
        read_again: Callable[[], Configuration[Any]],
    ) -> None:
        self._name = program.name
        self._configuration, self._service, self._link = configuration, service, link
        self._stream, self._read_again = stream, read_again
        own = program.commands(service) if program.commands is not None else {}
        self._own = {name: _performed(command, perform) for name, command in own.items()}
        if program.long_commands is not None:
            self._own.update(program.long_commands(service, perform))
        self._started = time.monotonic()
        self.state: Literal["starting", "ready", "stopping"] = "starting"
        self._stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._figures = Figures(program.name, [*_common_figures(link, store), *service.figures()])

    def commands(self) -> Mapping[str, Command]:
        """The commands of the control socket."""
        return {
            "health": self._health,
            "figures": self._tell_figures,
            "metrics": self._metrics,
            "reload": self._reload,
            "stop": self._stop,
            **self._own,
        }

    async def ends(self) -> int:
        """The exit status, when it is time to stop."""
        self.state = "ready"
        status = await self._stopped
        self.state = "stopping"
        return status

    def stop(self) -> None:
        """End in order."""
        if not self._stopped.done():
            self._stopped.set_result(0)

    def fail(self, error: BaseException) -> None:
        """End because nothing more can be done; the supervisor starts the process again."""
        if not self._stopped.done():
            self._stopped.set_result(1)

    def reload(self) -> Reloaded:
        """Read the configuration again and apply what can be.

        Raises `SettingsError`; nothing changes then.
        """
        new, old = self._read_again(), self._configuration
        transaction = Transaction(datetime.now(UTC))
        reloaded = self._service.configure(new.settings, transaction)
        self._link.perform(transaction)
        changed = [key for key in (*FIXED, *OF_THE_STREAM) if getattr(new, key) != getattr(old, key)]
        reloaded.restart_needed += [f"{self._name}.{key}" for key in changed if key in FIXED]
        if moved := [f"{self._name}.{key}" for key in changed if key in OF_THE_STREAM]:
            self._stream.move(new.router, new.secret)
            reloaded.applied += moved
        if new.common.log_level != old.common.log_level:
            logging.getLogger().setLevel(new.common.log_level.upper())
            reloaded.applied.append("log_level")
        self._configuration = replace(new, **{key: getattr(old, key) for key in FIXED})
        log.info(
            "reloaded; applied: %s; restart needed for: %s",
            ", ".join(reloaded.applied) or "nothing",
            ", ".join(reloaded.restart_needed) or "nothing",
        )
        return reloaded

    def reload_on_signal(self) -> None:
        """The same for SIGHUP, where nobody awaits an answer."""
        try:
            self.reload()
        except SettingsError as error:
            log.error("not reloaded, nothing changed: %s", error)

    async def _health(self, arguments: Arguments) -> Mapping[str, Any]:
        return {
            "name": self._name,
            "pid": os.getpid(),
            "state": self.state,
            "uptime": round(time.monotonic() - self._started, 3),
            "memory": resident_memory(),
            "version": VERSION,
            "link": "up" if self._link.is_up else "down",
        }

    async def _tell_figures(self, arguments: Arguments) -> Mapping[str, Any]:
        return self._figures.values()

    async def _metrics(self, arguments: Arguments) -> Mapping[str, Any]:
        return {"text": self._figures.openmetrics()}

    async def _reload(self, arguments: Arguments) -> Mapping[str, Any]:
        try:
            reloaded = self.reload()
        except SettingsError as error:
            raise CommandError(f"not reloaded, nothing changed: {error}") from None
        return {"applied": reloaded.applied, "restart_needed": reloaded.restart_needed}

    async def _stop(self, arguments: Arguments) -> Mapping[str, Any]:
        # After the answer is on its way.
        asyncio.get_running_loop().call_soon(self.stop)
        return {}


def _performed(command: OperatorCommand, perform: Perform) -> Command:
    async def run(arguments: Arguments) -> Mapping[str, Any]:
        try:
            return await perform(lambda transaction: command(arguments, transaction))
        except StanzaError as error:
            raise CommandError(str(error)) from None
        except NotCommitted:
            raise CommandError("nothing was changed: the database takes nothing; see the log") from None

    return run


def resident_memory() -> int:
    """Bytes of this process in memory."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # no /proc: the largest it ever was
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()


def _common_figures(link: Link, store: Store) -> list[Figure]:
    return [
        Figure("link_up", "1 while connected to the router", lambda: int(link.is_up)),
        Figure("stanzas_received", "stanzas from the router", lambda: link.received, counter=True),
        Figure("stanzas_sent", "stanzas to the router, each copy counted", lambda: link.sent, counter=True),
        Figure(
            "stanzas_unacknowledged",
            "stanzas to the router it has not acknowledged, or not got yet",
            lambda: link.unacknowledged,
        ),
        Figure(
            "acknowledgements",
            "requests and answers of stream management to and from the router",
            lambda: link.acknowledgements,
            counter=True,
        ),
        Figure("commits", "transactions of the database", lambda: store.commits, counter=True),
        Figure("committed_jobs", "pieces of work in these transactions", lambda: store.jobs, counter=True),
        Figure("memory_bytes", "resident memory", resident_memory),
    ]
