"""E-mails of monitoring systems: the subject says what is wrong, and the same subject that it is over."""

import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from components.notifier.alerts.event import Event
from components.notifier.inputs.severities import severity
from components.notifier.inputs.shapes import event, moment

LONGEST_TEXT = 2000  # characters of the text that are kept

_OVER = re.compile(r"\b(resolved|recovery|recovered|ok|cleared|closed)\b", re.IGNORECASE)
_WRONG = re.compile(r"\b(problem|firing|triggered|failed)\b", re.IGNORECASE)
_NOISE = re.compile(
    r"\b(alert|alarm|down|up|is)\b|:\d+\b", re.IGNORECASE
)  # says nothing about what it is about
_LEVEL = re.compile(r"\b(emergency|critical|crit|fatal|error|warning|warn|info|notice)\b", re.IGNORECASE)
_SIGNS = re.compile(r"[\[\](){}*!:#\-–—\s]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail as an event, and what is the same when it is delivered again."""

    id: str  # Message-ID; empty if it has none
    event: Event


def read(content: bytes) -> Mail:
    """Raises `ValueError` or `StanzaError` for what is no e-mail with a subject."""
    try:
        parsed = BytesParser(policy=policy.default).parsebytes(content)
        subject, sender = str(parsed.get("subject", "")), parseaddr(str(parsed.get("from", "")))[1]
        identity, date = str(parsed.get("message-id", "")).strip(), str(parsed.get("date", ""))
        body = _text(parsed)
    except (MessageError, LookupError, AttributeError, IndexError, TypeError) as error:
        raise ValueError(f"not an e-mail: {error}") from None
    if not subject.strip():
        raise ValueError("an e-mail without a subject")
    level = _LEVEL.search(subject)
    try:
        at = moment(parsedate_to_datetime(date).isoformat()) if date else None
    except (ValueError, TypeError, IndexError):
        at = None
    made = event(
        "mail",
        f"{sender.lower()} {_about(subject)}",
        subject,
        status="resolved" if _OVER.search(subject) and not _WRONG.search(subject) else "firing",
        severity=severity(level[0]) if level else "error",
        labels={"from": sender.lower()},
        annotations={"text": body} if body else {},
        started_at=at,
    )
    return Mail(identity, made)


def _about(subject: str) -> str:
    """The subject without what differs between the beginning and the end of the same trouble."""
    for words in (_OVER, _WRONG, _LEVEL, _NOISE):
        subject = words.sub(" ", subject)
    subject = re.sub(r"^\s*((re|fwd?|aw|wg)\s*:\s*)+", "", subject, flags=re.IGNORECASE)
    return _SIGNS.sub(" ", subject).strip().lower() or "no subject"


def _text(parsed: EmailMessage) -> str:
    part = parsed.get_body(("plain",))
    if part is None:
        return ""
    content = part.get_content()
    return str(content).strip()[:LONGEST_TEXT]
