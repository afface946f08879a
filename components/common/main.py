"""A component's process from its first line to its exit status.

0 is an orderly stop, 1 a failure at run time, 2 a configuration that cannot be used.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.util import CommandError as MigrationError
from sqlalchemy.exc import SQLAlchemyError

from components.common import link_store
from components.common.app import ComponentStream
from components.common.config import Configuration, read_configuration
from components.common.control import ControlSocket
from components.common.entrance import Performer
from components.common.link import Link
from components.common.operation import Operation
from components.common.program import Program, Service
from components.common.queries import Queries
from components.common.rounds import Rounds
from components.common.store import Store
from components.common.transaction import Transaction
from settings import SettingsError
from settings.logs import log_to_stderr

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
    os.umask(0o077)  # what is written, such as what was said in rooms, is for the owner only
    log_to_stderr(configuration.common.log_level, quiet=("alembic", "slixmpp"))
    return asyncio.run(_run(program, options.config, configuration))


def _read(program: Program[Any], path: Path) -> Configuration[Any]:
    return read_configuration(path, program.name, program.label, program.settings)


async def _run(program: Program[Any], path: Path, configuration: Configuration[Any]) -> int:
    # What was opened last is closed first, whatever happens.
    async with AsyncExitStack() as opened:
        store = Store(configuration.database, program.name, program.migrations)
        opened.push_async_callback(store.close)
        try:
            await asyncio.get_running_loop().run_in_executor(None, store.open)
            stored, state = await store.read(program.load), await store.read(link_store.load)
        except (SQLAlchemyError, MigrationError, OSError) as error:
            database = configuration.database.render_as_string()  # without the password
            log.critical("the database %s cannot be opened: %s", database, getattr(error, "orig", error))
            return FAILED
        service = program.build(configuration, stored)
        stream = ComponentStream(configuration.domain, configuration.secret, configuration.router)
        loop = asyncio.get_running_loop()
        later, domain = loop.call_later, configuration.common.domain
        link = Link(service.handle, store, stream.transmit, later, loop.time, state, domain)
        queries = Queries(store, link.perform)
        if program.asks is not None:
            program.asks(service, queries.ask)
        perform = Performer(link)
        operation = Operation(
            program, configuration, service, link, store, stream, perform, lambda: _read(program, path)
        )
        control = ControlSocket(configuration.home.control_socket(program.name), operation.commands())
        opened.push_async_callback(control.close)
        try:
            await control.open()
        except OSError as error:
            log.critical("the control socket cannot be opened: %s", error)
            return FAILED
        _join(stream, link, operation, perform)
        Rounds(service, link, later).begin()
        _heed_signals(operation)
        opened.push_async_callback(_hang_up, stream, queries, link)
        _begin(service, configuration, link)
        try:
            for entrance in program.entrances(service, configuration, perform) if program.entrances else ():
                await entrance.open()
                opened.push_async_callback(entrance.close)
        except OSError as error:
            log.critical("%s", error)
            return FAILED
        stream.start()
        return await operation.ends()


def _join(stream: ComponentStream, link: Link, operation: Operation, perform: Performer) -> None:
    stream.receive, stream.manage = link.receive, link.manage
    stream.up, stream.down, stream.erred = link.connected, link.disconnected, link.stream_error
    link.commits.throttle = lambda stop: stream.read(not stop)
    link.reconnect = stream.abort

    def failed(error: BaseException) -> None:
        perform.fail()
        operation.fail(error)

    link.failed = failed


def _heed_signals(operation: Operation) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, operation.stop)
    loop.add_signal_handler(signal.SIGHUP, operation.reload_on_signal)


def _begin(service: Service[Any], configuration: Configuration[Any], link: Link) -> None:
    """What the configuration asks for, committed like anything else."""
    transaction = Transaction(datetime.now(UTC))
    service.configure(configuration.settings, transaction)
    link.perform(transaction)


async def _hang_up(stream: ComponentStream, queries: Queries, link: Link) -> None:
    """Read nothing more; what was read takes its full effect; then the stream is closed."""
    stream.read(False)
    await queries.drain()
    await link.drain()
    await stream.stop()
