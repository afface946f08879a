"""A real SMTP server that keeps what it is given."""

from collections import Counter
from email import message_from_bytes
from email.message import Message
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.servers.ports import free_ports


class Mailbox:
    """Listens while the context lasts."""

    def __init__(self) -> None:
        [self.port] = free_ports(1)
        self.received: Counter[str] = Counter()  # by message id
        self.mails: list[Message] = []
        self.refuse = ""  # what to answer instead of taking a mail, such as "550 no such user"
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        """Be a dead server."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Called by the server, with a whole mail."""
        if self.refuse:
            return self.refuse
        mail = message_from_bytes(envelope.content)
        self.mails.append(mail)
        self.received[str(mail["Message-ID"])] += 1
        return "250 OK"
