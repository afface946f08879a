"""What a running service answers on its control socket, or why it does not."""

from collections.abc import Mapping
from typing import Any

from ctl.control import Refused, Unreachable, ask
from ctl.failure import Failure
from ctl.programs import named
from ctl.services import services
from settings import Home

PATIENCE = 30.0  # seconds to wait for an answer


def ask_service(
    home: Home, name: str, command: str, /, *, patience: float = PATIENCE, **arguments: Any
) -> Mapping[str, Any]:
    """The service's answer. Raises `Failure` with what it objects to, or how to make it run."""
    named(home, [name])
    try:
        return ask(home.control_socket(name), command, patience=patience, **arguments)
    except Refused as error:
        raise Failure(str(error)) from None
    except Unreachable as error:
        raise Failure(_why_silent(home, name, error)) from None


def _why_silent(home: Home, name: str, error: Unreachable) -> str:
    [state] = [service.state for service in services(home) if service.name == name]
    if state == "disabled":
        return f"{name} is disabled: `stellwerk enable {name}` makes it run"
    if state == "stopped":
        return (
            f"{name} is not running: `stellwerk start {name}` starts it, `stellwerk up --detach` everything"
        )
    if state in ("starting", "stopping"):
        return f"{name} is {state}: try again in a moment"
    return f"{name} does not answer ({error}): see `stellwerk logs {name}`"
