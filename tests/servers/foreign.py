"""A server of another maker with our room service: what is run is what the manual shows."""

import re
from dataclasses import dataclass
from pathlib import Path

from settings import Home
from tests.components.process import ComponentProcess
from tests.servers.peer import Peer

ROOMS, SECRET = "conference.localhost", "mellon"
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "manual" / "foreign-servers.md"


@dataclass(frozen=True, slots=True)
class Foreign:
    """The server, its directory, and the home of the room service."""

    server: Peer
    directory: Path
    home: Home

    def rooms(self) -> ComponentProcess:
        """The room service, not started, with the configuration the manual shows."""
        return ComponentProcess("muc", self.home, self.shown("toml"))

    def shown(self, language: str) -> str:
        """The manual's example in that language, with this server's names, port and secret."""
        example = re.search(rf"^```{language}\n(.*?)^```$", MANUAL.read_text(), re.MULTILINE | re.DOTALL)
        assert example is not None, f"{MANUAL}: no example in {language}"
        text = example[1].replace("example.org", self.server.domain).replace("long random text", SECRET)
        return text.replace("5347", str(self.server.component_port))
