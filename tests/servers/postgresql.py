"""A private PostgreSQL cluster on loopback, made from Debian's package, run as an unprivileged user."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_ports
from tests.servers.requirements import absent

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # the tests do not cut the power
    "max_connections": "40",
}


class PostgreSQL:
    """One cluster; use `temporary`, or `start` and `stop`."""

    def __init__(self, directory: Path) -> None:
        """The cluster's files go to `directory`, which the unprivileged user must be able to reach."""
        self._binaries = _binaries()
        self._directory = directory
        self._cluster = directory / "cluster"
        self._numbers = itertools.count(1)
        [self.port] = free_ports(1)

    @classmethod
    @contextmanager
    def temporary(cls) -> Iterator["PostgreSQL"]:
        """A running cluster that leaves nothing behind."""
        # Not below pytest's own directory, which is closed to the unprivileged user.
        directory = Path(tempfile.mkdtemp(prefix="stw-pg-"))
        try:
            cluster = cls(directory)
            cluster.start()
            yield cluster
            cluster.crash()  # what it would still write is deleted anyway
        finally:
            shutil.rmtree(directory)

    def database(self) -> str:
        """The URL, for SQLAlchemy, of a database that was just made."""
        name = f"test_{next(self._numbers)}"
        self._run("createdb", "--host=127.0.0.1", f"--port={self.port}", "--username=stellwerk", name)
        return f"postgresql+psycopg2://stellwerk@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Make the cluster if it is not there yet, and start it."""
        if not self._cluster.exists():
            if os.geteuid() == 0:
                shutil.chown(self._directory, "postgres")
            self._run(
                "initdb", "--auth=trust", "--username=stellwerk", "--no-sync", f"--pgdata={self._cluster}"
            )
        options = " ".join(
            f"-c {key}={value!r}" for key, value in (_SETTINGS | {"port": str(self.port)}).items()
        )
        self._control("start", "--wait", f"--log={self._directory}/log", f"--options={options}")

    def stop(self) -> None:
        """End it, cutting the connections."""
        if (self._cluster / "postmaster.pid").exists():
            self._control("stop", "--wait", "--mode=fast")

    def crash(self) -> None:
        """End it as a power cut would, as far as clients can tell."""
        self._control("stop", "--wait", "--mode=immediate")

    def _control(self, command: str, *arguments: str) -> None:
        self._run("pg_ctl", command, f"--pgdata={self._cluster}", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        # initdb and postgres refuse to run as root.
        user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
        done = subprocess.run(
            [self._binaries / program, *arguments],
            user=user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # pg_ctl's child keeps a pipe open for ever
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"{program} exited with {done.returncode}; see {self._directory}/log"


def _binaries() -> Path:
    """Where the newest installed version has its programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True
    )
    if not found:
        absent("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return found[0].parent
