"""A component's process from its first line to its exit status.

0 is an orderly stop, 1 a failure at run time, 2 a configuration that cannot be used.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.util import CommandError as MigrationError
from sqlalchemy.exc import SQLAlchemyError

from components.common.app import ComponentStream
from components.common.config import Configuration, read_configuration
from components.common.control import ControlSocket
from components.common.link import Link
from components.common.operation import Operation
from components.common.program import Program
from components.common.store import Store
from components.common.transaction import Transaction
from settings import SettingsError

log = logging.getLogger(__name__)

STOPPED, FAILED, MISCONFIGURED = 0, 1, 2


def main(program: Program[Any], arguments: Sequence[str] | None = None) -> int:
    """Run the component until it is told to stop; the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m components.{program.name}")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="stellwerk.toml")
    parser.add_argument("--check", action="store_true", help="report every mistake in FILE and exit")
    options = parser.parse_args(arguments)
    try:
        configuration = _read(program, options.config)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return MISCONFIGURED
    if options.check:
        return STOPPED
    _log_to_stderr(configuration.common.log_level)
    return asyncio.run(_run(program, options.config, configuration))


def _read(program: Program[Any], path: Path) -> Configuration[Any]:
    return read_configuration(path, program.name, program.label, program.settings)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("slixmpp").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


async def _run(program: Program[Any], path: Path, configuration: Configuration[Any]) -> int:
    store = Store(configuration.database, program.name, program.migrations)
    loop = asyncio.get_running_loop()
    try:
        await loop.run_in_executor(None, store.open)
        stored = await store.read(program.load)
    except (SQLAlchemyError, MigrationError, OSError) as error:
        log.critical("the database %s cannot be opened: %s", configuration.database, error)
        await store.close()
        return FAILED
    stream = ComponentStream(configuration.domain, configuration.secret, configuration.router)
    service = program.build(configuration, stored)
    link = Link(service.handle, store, stream.transmit)
    operation = Operation(program, configuration, service, stream, link, store, lambda: _read(program, path))
    control = ControlSocket(configuration.home.control_socket(program.name), operation.commands())
    stream.receive, stream.up = link.receive, link.flush
    link.throttle, link.failed = lambda stop: stream.read(not stop), operation.fail
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, operation.stop)
    loop.add_signal_handler(signal.SIGHUP, operation.reload_on_signal)
    try:
        await control.open()
        start = Transaction(datetime.now(UTC))
        service.configure(configuration.settings, start)
        link.perform(start)
        stream.start()
        operation.state = "ready"
        return await operation.stopped
    except OSError as error:
        log.critical("the control socket cannot be opened: %s", error)
        return FAILED
    finally:
        operation.state = "stopping"
        stream.read(False)
        await link.drain()
        await stream.stop()
        await control.close()
        await store.close()
