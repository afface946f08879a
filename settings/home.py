"""The layout of a home: the directory that holds one installation's files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one installation's directory; nothing is created here."""

    path: Path

    @property
    def configuration(self) -> Path:
        """The one configuration file."""
        return self.path / "stellwerk.toml"

    @property
    def state(self) -> Path:
        """Databases and whatever else must survive a restart."""
        return self.path / "state"

    @property
    def secrets(self) -> Path:
        """One file per component secret, readable by the owner only."""
        return self.path / "secrets"

    @property
    def certificates(self) -> Path:
        """`DOMAIN.crt` and `DOMAIN.key`, PEM."""
        return self.path / "certificates"

    @property
    def run(self) -> Path:
        """Sockets and process ids, meaningful only while the processes run."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.path / "logs"

    def control_socket(self, process: str) -> Path:
        """Where the process of that name answers the operator's command."""
        return self.run / f"{process}.sock"
