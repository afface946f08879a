"""Profanity, a client for the terminal, as somebody uses it who has just installed it."""

import asyncio
import re
from pathlib import Path

from tests.clients.terminal import Terminal
from tests.servers.requirements import require

_SETTINGS = """\
[ui]
splash=false
[notifications]
message=off
room=off
invite=off
"""
_ACCOUNT = """\
[{user}]
enabled=true
jid={jid}
resource=terminal
server=127.0.0.1
port={port}
password={password}
"""


class Profanity:
    """One profanity with one account, told what the person types and asked what the person sees."""

    def __init__(self, directory: Path, jid: str, password: str, port: int) -> None:
        """All of its files go below `directory`, which must be empty and have a short path."""
        program = require("profanity", "profanity")
        self.user, _, self.domain = jid.partition("@")
        configuration, data = directory / "config", directory / "data"
        for path in (configuration / "profanity", data / "profanity"):
            path.mkdir(parents=True)
        (configuration / "profanity" / "profrc").write_text(_SETTINGS)
        account = _ACCOUNT.format(user=self.user, jid=jid, port=port, password=password)
        (data / "profanity" / "accounts").write_text(account)
        environment = {
            "HOME": str(directory),
            "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(configuration),
            "XDG_DATA_HOME": str(data),
        }
        self.terminal = Terminal(directory, [program], environment)
        self.terminal.shows("Type '/help' to show complete help.")

    def types(self, line: str) -> None:
        """Type a line: a command, or something to say in the open window."""
        self.terminal.types(line)

    async def sees(self, *texts: str) -> None:
        """Wait until all of this is in the open window."""
        await asyncio.to_thread(self.terminal.shows, *texts)

    async def logs_in(self, fingerprint: str) -> None:
        """Connect, compare the certificate's fingerprint (SHA-1, in hex) and trust it from now on."""
        self.types(f"/connect {self.user}")
        await self.sees("TLS certificate verification failed", fingerprint)
        self.types("/tls always")
        await self.sees("logged in successfully")

    async def opens_chat(self, jid: str) -> None:
        """Open the window of a conversation."""
        self.types(f"/msg {jid}")
        await self.sees(f" {jid} [")

    def enters(self, room: str, password: str) -> None:
        """Ask to be let into a room; what comes of it is on the screen."""
        self.types(f"/join {room} nick {self.user} password {password}")

    async def makes_room(self, room: str, **values: str) -> None:
        """Create a room and fill in its form: the field's label, with `_` for spaces, and the value."""
        self.types(f"/join {room} nick {self.user}")
        await self.sees("Room locked, requires configuration.")
        self.types("/room config")
        await self.sees("Use '/form submit' to save changes.")
        for label, value in values.items():
            field = await self._field(label.replace("_", " "))
            self.types(f"/{field} {value}")
            await self.sees(f"[{field}]")
        self.types("/form submit")
        await self.sees("Room configuration successful")

    async def _field(self, label: str) -> str:
        """What the form calls the field: field1, field2 …"""
        shown = re.search(rf"\[(field[0-9]+)\] {label}", self.terminal.screen())
        assert shown is not None, f"no field {label!r}\n{self.terminal.screen()}"
        return shown[1]

    def quits(self) -> None:
        """Leave, as a person does, and put the terminal away."""
        self.types("/quit")
        self.terminal.close()
