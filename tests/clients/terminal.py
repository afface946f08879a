"""A program in a pseudo terminal of its own: typed to, and read from its screen, as a person would.

The terminal is a private tmux: nothing of the user's configuration, no other session is touched.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers.requirements import require
from tests.waiting import until

COLUMNS, LINES = 160, 50


class Terminal:
    """One program on one screen."""

    def __init__(self, directory: Path, command: list[str], environment: Mapping[str, str]) -> None:
        """`directory` takes tmux's socket; its path must be short."""
        self._tmux = [require("tmux", "tmux"), "-f", "/dev/null", "-S", str(directory / "tmux")]
        variables = [f"{name}={value}" for name, value in environment.items()]
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        # `env -i`: the program sees this environment and no other.
        self._run("new-session", "-d", *size, "env", "-i", "TERM=screen-256color", *variables, *command)
        self._run("set-option", "remain-on-exit", "on")  # the last words stay readable

    def types(self, line: str) -> None:
        """Type a line and press Enter."""
        self._run("send-keys", "-l", line)
        self._run("send-keys", "Enter")

    def screen(self) -> str:
        """What is on the screen now; lines the program wrapped are joined."""
        return self._run("capture-pane", "-p", "-J")

    def shows(self, *texts: str) -> None:
        """Wait until all of the texts are on the screen."""
        try:
            until(lambda: all(text in self.screen() for text in texts))
        except AssertionError:
            missing = [text for text in texts if text not in self.screen()]
            raise AssertionError(f"not on the screen: {missing}\n{self.screen()}") from None

    def close(self) -> None:
        """End the program, if it still runs, and its terminal."""
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"tmux {arguments[0]}: {done.stderr}"
        return done.stdout
