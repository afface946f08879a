"""A program that sends quotes by line, as the manual tells it to: from where the notifier says it is."""

import asyncio
from collections.abc import Sequence


class LineFeed:
    """One source; `open` again after the connection has ended."""

    def __init__(self, port: int, token: str, source: str = "") -> None:
        self._port, self._login = port, f"token {token} {source}".strip()
        self.committed = 0  # lines that were acknowledged
        self.bad: list[str] = []
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> int:
        """Connect; how many lines of the source were taken already. Raises `OSError`."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.send([self._login])
        self.committed = int((await self.answer()).removeprefix("ok "))
        return self.committed

    def send(self, lines: Sequence[str]) -> None:
        """Write lines."""
        self.send_bytes("".join(f"{line}\n" for line in lines).encode())

    def send_bytes(self, content: bytes) -> None:
        """Write what may be no line."""
        self._writer.write(content)

    async def answer(self) -> str:
        """The next line of the notifier's. Raises `ConnectionError` when there is none."""
        line = await asyncio.wait_for(self._reader.readline(), 30)
        if not line.endswith(b"\n"):
            raise ConnectionResetError
        return line.decode().rstrip("\n")

    async def settle(self, count: int) -> None:
        """Wait until so many lines are committed. Raises `ConnectionError`."""
        while self.committed < count:
            answer = await self.answer()
            if answer.startswith("ok "):
                self.committed = int(answer.removeprefix("ok "))
            else:
                self.bad.append(answer)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
