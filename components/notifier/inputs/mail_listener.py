"""An SMTP server (RFC 5321) for e-mails that become alerts: it says 250 after the commit, never before."""

import asyncio
import logging
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, Envelope, Session

from components.common.entrance import NotCommitted, Perform
from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.inputs.config import MailInputSettings
from components.notifier.inputs.mail import Mail, read
from settings import VERSION

log = logging.getLogger(__name__)

IDLE = 60.0  # seconds after which a connection is closed
MOST_RECIPIENTS = 50  # of one e-mail

TakeMail = Callable[[Mail, list[str], Transaction], object]  # with the recipients before their @


class MailListener:
    """An entrance."""

    def __init__(self, settings: MailInputSettings, domain: str, take: TakeMail, perform: Perform) -> None:
        self._settings, self._domain = settings, domain
        self._handler = _Handler(settings, take, perform)
        self._servers: list[asyncio.Server] = []

    async def open(self) -> None:
        """Listen, unless the port is 0. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        for address in self._settings.addresses if self._settings.port else ():
            self._servers.append(await loop.create_server(self._protocol, address, self._settings.port))

    async def close(self) -> None:
        """Take nothing more; an e-mail whose end was not answered comes again."""
        for server in self._servers:
            server.close()

    def _protocol(self) -> SMTP:
        return SMTP(
            self._handler,
            data_size_limit=self._settings.bytes,
            enable_SMTPUTF8=True,
            hostname=self._domain,
            ident=f"Stellwerk {VERSION}",
            timeout=IDLE,
        )


class _Handler:
    """What is said to each command; the names are those of aiosmtpd."""

    def __init__(self, settings: MailInputSettings, take: TakeMail, perform: Perform) -> None:
        self._settings, self._take, self._perform = settings, take, perform

    async def handle_RCPT(  # noqa: N802 - see above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._settings.recipients and _local(address) not in self._settings.recipients:
            return "550 5.1.1 nobody here has this address"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = [_local(address) for address in envelope.rcpt_tos]
        try:
            mail = read(content)
            await self._perform(lambda transaction: self._take(mail, recipients, transaction))
        except (ValueError, StanzaError) as error:
            return f"554 5.6.0 {_in_one_line(str(error))}"
        except NotCommitted:
            return "451 4.3.0 nothing is taken now; try again"
        return "250 2.0.0 OK, told"


def _local(address: str) -> str:
    return address.rpartition("@")[0].lower()


def _in_one_line(text: str) -> str:
    """Of ASCII, as RFC 5321 §4.2 wants of replies."""
    return " ".join(text.split()).encode("ascii", "replace").decode()[:400]
