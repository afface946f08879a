"""`up` in the foreground: as a person meets it at a terminal, and as a service of the system runs it."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ctl.conftest import Operator
from tests.waiting import until

COMMAND = "from pathlib import Path; from ctl import shipped; shipped.SHIPPED_IN = (Path({directory!r}),); "
COMMAND += "from ctl.__main__ import main; main()"


class Terminal:
    """A command that runs at a terminal of its own, and what it has shown so far."""

    def __init__(self, words: list[str]) -> None:
        self.shown = ""
        self.end, theirs = pty.openpty()
        os.set_blocking(self.end, False)
        self.process = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=take_terminal,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        )
        os.close(theirs)

    def shows(self, text: str) -> None:
        """Wait until the text has been shown."""
        until(lambda: text in self._read())

    def types(self, text: str) -> None:
        os.write(self.end, text.encode())

    def ends(self) -> int:
        """Wait for its end; the exit status."""
        until(lambda: self._read() != "" and self.process.poll() is not None)
        return self.process.returncode

    def _read(self) -> str:
        try:
            self.shown += os.read(self.end, 65536).decode()
        except OSError:  # nothing new, or the other end is closed
            pass
        return self.shown


def take_terminal() -> None:
    """Make standard input the terminal from which Ctrl-C reaches the process."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(operator: Operator, shipped_files: Path) -> Iterator[Terminal]:
    code = COMMAND.format(directory=str(shipped_files))
    opened = Terminal([sys.executable, "-c", code, "up", "--home", str(operator.home)])
    yield opened
    if opened.process.poll() is None:
        opened.process.terminate()
        opened.process.wait()
    os.close(opened.end)


def test_a_live_table_then_how_to_connect_then_what_changes(operator: Operator, terminal: Terminal) -> None:
    terminal.shows("SERVICE")
    terminal.shows("running")
    terminal.shows("compare")
    terminal.shows("What changes from now on:")

    os.kill(operator.services()["muc"]["pid"], signal.SIGKILL)

    terminal.shows("muc running")


def test_ctrl_c_stops_everything(operator: Operator, terminal: Terminal) -> None:
    terminal.shows("Ctrl-C stops everything")

    terminal.types("\x03")

    terminal.shows("Stopping")
    assert terminal.ends() == 0
    assert operator.services()["muc"]["state"] == "stopped"


def test_ctrl_c_while_starting_stops_what_was_started(operator: Operator, terminal: Terminal) -> None:
    terminal.shows("SERVICE")

    terminal.types("\x03")

    assert terminal.ends() == 1
    assert operator.services()["muc"]["pid"] is None


def test_sigterm_stops_everything(operator: Operator, terminal: Terminal) -> None:
    terminal.shows("Ctrl-C stops everything")

    terminal.process.send_signal(signal.SIGTERM)

    assert terminal.ends() == 0
    assert operator.services()["muc"]["state"] == "stopped"


def test_down_from_elsewhere_ends_it_in_order(operator: Operator, terminal: Terminal) -> None:
    terminal.shows("Ctrl-C stops everything")

    operator.succeeds("down")

    assert terminal.ends() == 0
