"""Accounts, through the router's control socket or, while it is off, through a short-lived router."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from ctl.control import Refused, Unreachable, ask, result_of
from ctl.failure import Failure
from ctl.programs import ROUTER, environment, named
from ctl.supervisor import NotRunning, Supervisor
from settings import Home

TIME_FOR_OFFLINE = 120  # seconds: it may have to create or migrate the database first


def ask_router(home: Home, command: str, **arguments: object) -> Mapping[str, Any]:
    """The router's answer, whether it runs or not. Raises `Failure` with what it objects to."""
    try:
        return ask(home.control_socket(ROUTER), command, patience=30, **arguments)
    except Refused as error:
        raise Failure(str(error)) from None
    except Unreachable as error:
        if _router_lives(home):
            raise Failure(f"the router does not answer ({error}): see `stellwerk logs {ROUTER}`") from None
    return ask_offline(home, command, **arguments)


def ask_offline(home: Home, command: str, **arguments: object) -> Mapping[str, Any]:
    """The answer of a router started for this one request. Raises `Failure`."""
    (router,) = named(home, [ROUTER])
    request = json.dumps({"command": command, **arguments})
    try:
        answer = subprocess.run(
            [*router.command, "--offline"],
            input=request + "\n",
            cwd=home.path,
            env={**os.environ, **environment(home)},
            capture_output=True,
            text=True,
            timeout=TIME_FOR_OFFLINE,
            umask=0o077,
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"{ROUTER} --offline did not answer in {TIME_FOR_OFFLINE} s") from None
    try:
        return result_of(answer.stdout.encode(), ROUTER)
    except Refused as error:
        raise Failure(str(error)) from None
    except Unreachable:
        said = (answer.stdout + answer.stderr).splitlines()
        reasons = [line for line in said if line.strip()] or ["no reason given"]
        if answer.returncode == 2:
            raise Failure(*reasons, status=2) from None
        raise Failure(f"{ROUTER} --offline failed: {reasons[-1]}") from None


def _router_lives(home: Home) -> bool:
    try:
        process = Supervisor(home).processes().get(ROUTER)
    except NotRunning:
        return False
    return process is not None and process.pid is not None
