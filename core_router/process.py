"""The router as a process: sockets, signals, the control socket, start, reload and stop.

`app` says what the router consists of; this is when each part is there.
"""

import gc
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread
from twisted.python import log as twisted_log

from core_router.app import Server
from core_router.config import Config, read_config
from core_router.routing.admission import Admission
from core_router.routing.delivery import Router
from core_router.runtime import control
from core_router.runtime.control import Arguments, Command
from core_router.runtime.database import Database, sql_stores
from core_router.runtime.database.accounts import SqlAccounts
from core_router.runtime.http import HttpFactory
from core_router.runtime.key import kept_key
from core_router.runtime.listeners import ListenError, bind, serve
from core_router.runtime.reload import applicable, changed_keys, is_reloadable
from core_router.runtime.strangers import Strangers
from core_router.runtime.sweep import INTERVAL, REST_INTERVAL, Sweep, rest
from core_router.runtime.tcp import Batch, ConnectionFactory
from core_router.runtime.tls import Certificates
from core_router.runtime.users import UserCommands
from settings import VERSION, SettingsError
from settings.engines import database_url

reactor: Any = _reactor

log = logging.getLogger(__name__)

NAME = "core_router"
_FLUSH_TIME = 0.5  # seconds ended streams get to send their last words
_LOOK_AGAIN = 0.01  # seconds until the next look whether they have


class StartError(Exception):
    """The router cannot start; the message is for the operator."""


class Process:
    """One router process, from start to stop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._has_guests = config.router.login.guests > 0
        self._started = time.monotonic()
        self._state = "starting"
        self._database = open_database(config)
        self._batch = Batch()
        self._server = Server(
            config,
            stores=sql_stores(self._database),
            key=_key(config),
            now=lambda: datetime.now(UTC),
            in_thread=deferToThread,
            call_later=reactor.callLater,
            send_later=self._batch.add,
        )
        self._certificates = _certificates(config)
        self._admission = Admission(config.router.rates, reactor.seconds)
        self._strangers = Strangers(config.router.limits.unauthenticated_connections)
        self._sweep = Sweep(config.router.clients)
        self._clients = self._factory(self._server.new_client, tls_at_once=False)
        self._tls_clients = self._factory(self._server.new_client, tls_at_once=True)
        self._components = self._factory(self._server.new_component, limited=False)
        self._http = self._factory(self._server.web.stream, kind=HttpFactory)
        self._factories = (self._clients, self._tls_clients, self._components, self._http)
        self._listening: list[Any] = []  # Twisted's ports

    def _factory(
        self,
        make_stream: Callable[[Any], Any],
        *,
        limited: bool = True,
        tls_at_once: bool = False,
        kind: type[ConnectionFactory] = ConnectionFactory,
    ) -> ConnectionFactory:
        unsent = self._config.router.limits.unsent_bytes
        return kind(
            reactor,
            self._batch,
            make_stream,
            self._certificates,
            self._admission if limited else None,
            self._config.router.rates,
            tls_at_once=tls_at_once,
            unsent_bytes=unsent,
            strangers=self._strangers if limited else None,
        )

    # -- life ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until a signal or the operator says stop. Raises StartError."""
        twisted_log.PythonLoggingObserver("twisted").start()
        self._batch.by_turns(reactor)
        try:
            sockets = self._bind()
        except ListenError as error:
            self._database.close()
            raise StartError(str(error)) from None
        signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(self._reload_on_signal))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: reactor.callFromThread(self.stop))
        reactor.callWhenRunning(self._begin, sockets)
        reactor.run(installSignalHandlers=False)
        self._database.close()

    def _bind(self) -> list[tuple[ConnectionFactory, list[socket.socket]]]:
        router = self._config.router
        clients, components, http = router.clients, router.components, router.http
        return [
            (factory, bind(addresses, port, f"{NAME}.{key}"))
            for factory, addresses, port, key in (
                (self._clients, clients.addresses, clients.port, "clients.port"),
                (self._tls_clients, clients.addresses, clients.tls_port, "clients.tls_port"),
                (self._components, components.addresses, components.port, "components.port"),
                (self._http, http.addresses, http.port, "http.port"),
            )
        ]

    def _begin(self, sockets: list[tuple[ConnectionFactory, list[socket.socket]]]) -> None:
        """Take up what the last run has left, and only then let anybody in."""
        taken_up = Deferred.fromCoroutine(self._server.begin())
        taken_up.addErrback(lambda failure: log.critical("what was stored is not taken up: %s", failure))
        taken_up.addCallback(lambda _done: self._serve(sockets))

    def _serve(self, sockets: list[tuple[ConnectionFactory, list[socket.socket]]]) -> None:
        for factory, bound in sockets:
            self._listening += serve(reactor, factory, bound)
        self._listening.append(
            control.listen(reactor, self._config.home.control_socket(NAME), self._commands())
        )
        LoopingCall(self._look_after_connections).start(INTERVAL, now=False)
        LoopingCall(self._let_rest).start(REST_INTERVAL, now=False)
        # What was made up to here lives as long as the process: the collector need not look at it.
        gc.collect()
        gc.freeze()
        self._state = "ready"
        log.info("ready: %s", ", ".join(self._server.domains))

    def stop(self) -> None:
        """Stop in order: listen no more, end all streams, let them send their last words."""
        if self._state == "stopping":
            return
        self._state = "stopping"
        log.info("stopping")
        # What is stored must stay true: whoever comes now is not let in, but waits at the door.
        for port in self._listening:
            port.stopReading()
        self._server.end_sessions()
        stored = Deferred.fromCoroutine(self._server.restart.suspend())
        self._close_connections()
        stored.addErrback(lambda failure: log.critical("the sessions cannot be stored: %s", failure))
        stored.addBoth(lambda _done: self._finish(reactor.seconds() + _FLUSH_TIME))

    def _finish(self, deadline: float) -> None:
        if reactor.seconds() < deadline and any(factory.connections for factory in self._factories):
            reactor.callLater(_LOOK_AGAIN, self._finish, deadline)
            return
        for port in self._listening:
            port.stopListening()
        reactor.stop()

    def _close_connections(self) -> None:
        """Those who were about to log in, too."""
        for factory in self._factories:
            for connection in list(factory.connections):
                connection.close()

    def _look_after_connections(self) -> None:
        self._sweep.run(self._clients.connections)
        self._sweep.run(self._tls_clients.connections)
        self._sweep.run(self._components.connections)
        self._sweep.run(self._http.connections)

    def _let_rest(self) -> None:
        rest(self._clients.connections)
        rest(self._tls_clients.connections)

    # -- the operator -------------------------------------------------------------------------------

    def _commands(self) -> dict[str, Command]:
        users = UserCommands(SqlAccounts(self._database), lambda: self._server.domains, self._server.router)
        return {
            "health": self._health,
            "figures": lambda _arguments: self._figures(),
            "metrics": self._metrics,
            "reload": self._reload,
            "stop": self._stop_by_command,
            **users.commands(),
        }

    def _health(self, _arguments: Arguments) -> Mapping[str, Any]:
        return {
            "name": NAME,
            "pid": os.getpid(),
            "state": self._state,
            "uptime": round(time.monotonic() - self._started, 1),
            "memory": _resident_bytes(),
            "version": VERSION,
            "link": {
                domain: "up" if component.connected else "down"
                for domain, component in self._server.components.items()
            },
        }

    def _figures(self) -> dict[str, float]:
        sessions, components = self._server.router.sessions, self._server.components.values()
        return {
            "sessions": len(sessions),
            "accounts_online": sessions.accounts(),
            "client_connections": len(self._clients.connections) + len(self._tls_clients.connections),
            "http_connections": len(self._http.connections),
            "bosh_sessions": len(self._server.web.bosh),
            "component_connections": len(self._components.connections),
            "queued_stanzas": sum(len(component.kept) for component in components),
            "queued_bytes": sum(component.kept.bytes for component in components),
            "stanzas_given_up": sum(component.stanzas_given_up for component in components),
            "connections_refused": self._admission.refused,
            "strangers_closed": self._strangers.closed,
            "logins_failed": self._server.guesses.failures,
            "logins_refused": self._server.guesses.refusals,
            "database_commits": self._database.commits,
            "database_waiting": self._database.waiting(),
            "memory_bytes": _resident_bytes(),
            "uptime_seconds": round(time.monotonic() - self._started, 1),
        }

    def _metrics(self, _arguments: Arguments) -> Mapping[str, Any]:
        registry = CollectorRegistry()
        for name, value in self._figures().items():
            Gauge(f"stellwerk_router_{name}", name.replace("_", " "), registry=registry).set(value)
        queue = Gauge(
            "stellwerk_router_component_queue_stanzas",
            "stanzas a component has not acknowledged, or not got yet",
            ["domain"],
            registry=registry,
        )
        for domain, component in self._server.components.items():
            queue.labels(domain).set(len(component.kept))
        return {"text": generate_latest(registry).decode()}

    def _stop_by_command(self, _arguments: Arguments) -> Mapping[str, Any]:
        reactor.callLater(0, self.stop)
        return {}

    def _reload_on_signal(self) -> None:
        try:
            log.info("reloaded: %s", self._reload({}))
        except control.CommandError as error:
            log.error("not reloaded: %s", error)

    def _reload(self, _arguments: Arguments) -> Mapping[str, Any]:
        """Take in what can change while running; a broken file changes nothing."""
        try:
            read = read_config(self._config.path)
            config = self._applicable(read)
            certificates = Certificates(config.certificates)
        except SettingsError as error:
            raise control.CommandError("; ".join(error.problems)) from None
        except ValueError as error:
            raise control.CommandError(str(error)) from None
        applied = _changed_keys(self._config, config).union(self._changed_files(config, certificates))
        for factory in self._factories:
            factory.certificates = certificates
            factory.unsent_bytes = config.router.limits.unsent_bytes
            factory.use(config.router.rates)
        self._strangers.most = config.router.limits.unauthenticated_connections
        self._admission.use(config.router.rates)
        self._sweep.rules = config.router.clients
        logging.getLogger().setLevel(config.common.log_level.upper())
        self._server.reconfigure(config)
        self._config, self._certificates = config, certificates
        return {"applied": sorted(applied), "restart_needed": sorted(_changed_keys(config, read))}

    def _applicable(self, read: Config) -> Config:
        """The configuration as far as it can be applied; the rest stays as it is."""
        reloadable = partial(is_reloadable, guests=self._has_guests)
        common = applicable(self._config.common, read.common, "", reloadable)
        router = applicable(self._config.router, read.router, NAME, reloadable)
        return replace(read, common=common, router=router)

    def _changed_files(self, config: Config, certificates: Certificates) -> Iterator[str]:
        """Secrets and certificates that are others now, under the same names."""
        for domain, secret in config.secrets.items():
            if self._config.secrets.get(domain, secret) != secret:
                yield f'{NAME}.component."{domain}"'
        for domain, digest in certificates.digests.items():
            if self._certificates.digests.get(domain, digest) != digest:
                yield str(config.certificates[domain][0])


def _changed_keys(before: Config, after: Config) -> set[str]:
    common = changed_keys(before.common, after.common, "")
    return {*common, *changed_keys(before.router, after.router, NAME)}


def open_database(config: Config) -> Database:
    """The database, its tables up to date. Raises StartError."""
    url = database_url(config.router.database, config.home.path)
    database = Database(url, reactor)
    try:
        database.open()
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise StartError(f"core_router.database: {url.render_as_string()}: {reason}") from None
    return database


def _key(config: Config) -> bytes:
    try:
        return kept_key(config.home.secrets / NAME)
    except (ValueError, OSError) as error:
        raise StartError(f"the router's key: {error}") from None


def _certificates(config: Config) -> Certificates:
    try:
        return Certificates(config.certificates)
    except ValueError as error:
        raise StartError(f"core_router.tls: {error}") from None


def run_offline(config: Config, request: bytes) -> dict[str, Any]:
    """The answer to one of the operator's account commands, the router not running. Raises StartError."""
    database = open_database(config)
    users = UserCommands(SqlAccounts(database), lambda: config.domains, Router())
    answers: list[dict[str, Any]] = []

    def answered(answer: dict[str, Any]) -> None:
        answers.append(answer)
        reactor.stop()

    reactor.callWhenRunning(
        lambda: Deferred.fromCoroutine(control.answer(users.commands(), request)).addCallback(answered)
    )
    reactor.run(installSignalHandlers=False)
    database.close()
    return answers[0]


def _resident_bytes() -> int:
    """Resident memory of this process."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux: the largest so far, which is what there is
        factor = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * factor
