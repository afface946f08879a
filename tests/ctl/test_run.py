"""`up`, `down`, `status`: everything starts, or nothing does and one line says why."""

import os
import signal
import socket
from pathlib import Path

from ctl.running import alone
from settings import Home
from tests.ctl.conftest import Operator, free_port
from tests.waiting import until


def test_up_returns_when_all_enabled_services_are_ready(operator: Operator) -> None:
    said = operator.succeeds("up", "--detach")

    services = operator.services()
    assert {name: service["state"] for name, service in services.items()} == {
        "core_router": "running",
        "muc": "running",
        "irc": "disabled",
    }
    assert services["muc"]["pid"] and services["muc"]["uptime"] >= 0 and services["muc"]["memory"] > 0
    assert services["muc"]["link"] == "up"
    assert "admin@localhost" in said and "Ready" in said


def test_up_a_second_time_leaves_everything_as_it_is(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    before = operator.services()

    assert "is up already" in operator.succeeds("up", "--detach")

    assert pids(operator.services()) == pids(before)


def test_down_leaves_no_process(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    running = pids(operator.services())

    operator.succeeds("down")

    assert not [pid for pid in running.values() if pid and Path(f"/proc/{pid}").exists()]
    assert operator.services()["muc"]["state"] == "stopped"
    assert "Nothing runs" in operator.succeeds("down")


def test_a_port_in_use_is_named_with_its_key_and_its_holder(operator: Operator) -> None:
    port = free_port()
    operator.configures("core_router", port=port)
    with socket.create_server(("127.0.0.1", port)):
        said = operator.fails("up", "--detach")

    assert said.count("\n") == 1
    assert f"port {port} on 127.0.0.1 (core_router.port) is in use" in said
    assert f"(process {os.getpid()})" in said
    assert nothing_runs(operator)


def test_a_refused_configuration_is_reported_before_anything_is_started(operator: Operator) -> None:
    operator.configures("muc", refuse="expected something else")

    said = operator.fails("up", "--detach", status=2)

    assert said == f"stellwerk: {operator.home}/stellwerk.toml: muc.refuse: expected something else\n"
    assert nothing_runs(operator)


def test_a_table_no_service_reads_is_reported(operator: Operator) -> None:
    file = operator.home / "stellwerk.toml"
    file.write_text(file.read_text() + "\n[mcu]\n")

    assert "[mcu]: no service of that name; did you mean [muc]?" in operator.fails("up", status=2)


def test_a_service_that_ends_while_starting_takes_the_others_with_it(operator: Operator) -> None:
    operator.configures("muc", crash=1)

    said = operator.fails("up", "--detach")

    assert "muc ends again and again" in said and "muc cannot go on" in said
    assert nothing_runs(operator)


def test_a_file_that_cannot_be_written_is_named(operator: Operator) -> None:
    (operator.home / "logs").rmdir()
    (operator.home / "logs").write_text("in the way")

    said = operator.fails("up")

    assert f"{operator.home}/logs" in said and said.count("\n") == 1


def test_processes_without_supervision_are_taken_over(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    orphans = pids(operator.services())
    supervisord = int((operator.home / "run" / "supervisord.pid").read_text())
    os.kill(supervisord, signal.SIGKILL)
    until(lambda: operator.services()["muc"]["pid"] is None)

    operator.succeeds("up", "--detach")

    services = operator.services()
    assert services["muc"]["state"] == "running"
    assert not set(filter(None, orphans.values())) & set(pids(services).values())


def test_a_crash_loop_is_visible_with_its_reason(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    operator.configures("muc", crash=1)
    os.kill(operator.services()["muc"]["pid"], signal.SIGKILL)

    until(lambda: operator.services()["muc"]["note"] == "its log ends: muc cannot go on")

    crashed = operator.services()["muc"]
    assert crashed["state"] == "crashing" and crashed["pid"] is None
    assert operator.services()["core_router"]["state"] == "running"


def test_a_killed_service_is_started_again(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    before = operator.services()["muc"]["pid"]

    os.kill(before, signal.SIGKILL)

    until(lambda: operator.services()["muc"]["pid"] not in (None, before))
    until(lambda: operator.services()["muc"]["state"] == "running")


def test_a_second_up_at_the_same_moment_is_kept_out(operator: Operator) -> None:
    with alone(Home(operator.home)):
        assert "another `stellwerk up` is starting" in operator.fails("up", "--detach")

    operator.succeeds("up", "--detach")


def pids(services: dict[str, dict]) -> dict[str, int | None]:
    return {name: service["pid"] for name, service in services.items()}


def nothing_runs(operator: Operator) -> bool:
    return not any(pids(operator.services()).values())
