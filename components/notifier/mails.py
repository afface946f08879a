"""E-mails, by SMTP (RFC 5321) to the server of the configuration."""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from aiosmtplib.errors import SMTPRecipientsRefused, SMTPResponseException

from components.notifier.callbacks import Unsent
from components.notifier.config import MailSettings
from components.notifier.work import Job


class Mails:
    """Sends e-mails."""

    def __init__(self, settings: MailSettings, password: str, domain: str, timeout: float) -> None:
        """`domain` is that of message ids, and of the sender unless one is configured."""
        self._settings, self._password, self._domain, self._timeout = settings, password, domain, timeout

    async def send(self, job: Job, now: datetime) -> None:
        """One attempt. Raises `Unsent`."""
        settings = self._settings
        if not settings.host:
            raise Unsent("no mail server is configured: set `host` in [notifier.mail]", final=True)
        try:
            await aiosmtplib.send(
                self._message(job),
                hostname=settings.host,
                port=settings.port,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                username=settings.user or None,
                password=self._password or None,
                timeout=self._timeout,
            )
        except SMTPRecipientsRefused as error:
            answers = [refused.code for refused in error.recipients]
            raise Unsent(f"the recipient is refused: {error}", final=min(answers, default=0) >= 500) from None
        except SMTPResponseException as error:
            raise Unsent(f"{error.code} {error.message}", final=False) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Unsent(f"{settings.host}: {error}") from None

    async def close(self) -> None:
        """Nothing to close: a connection lives for one e-mail."""

    def _message(self, job: Job) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.sender or f"notifier@{self._domain}"
        message["To"] = job.target
        message["Subject"] = " ".join(str(job.content["subject"]).split())
        message["Date"] = format_datetime(job.created)
        # The same for each attempt, so that a repetition is recognised (RFC 5322 §3.6.4).
        message["Message-ID"] = f"<{hashlib.sha256(job.key.encode()).hexdigest()[:32]}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no absence notes in return
        message.set_content(str(job.content["text"]))
        return message
