"""RFC 5424 syslog messages, and the older ones of RFC 3164; framing over TCP (RFC 6587, RFC 5425)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from components.notifier.alerts.event import Event, Severity
from components.notifier.inputs.shapes import event, moment

LONGEST = 65536  # bytes of one message
# RFC 5424 §6.2.1, by number.
_SEVERITIES: tuple[Severity, ...] = (
    "critical",
    "critical",
    "critical",
    "error",
    "warning",
    "info",
    "info",
    "info",
)
_PRIORITY = re.compile(rb"<(\d{1,3})>")
_HEADER = re.compile(
    r"1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<process>\S+) (?P<id>\S+) "
    r"(?P<data>-|(?:\[(?:[^\]\"\\]|\"(?:[^\"\\]|\\.)*\"|\\.)*\])+)(?: (?P<text>.*))?",
    re.DOTALL,
)
_OLD = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )?(?:(?P<host>[^\s:\[\]]+) )?"
    r"(?P<app>[^\s:\[\]]{1,48})(?:\[(?P<process>[^\]]*)\])?: ?(?P<text>.*)",
    re.DOTALL,
)


class Malformed(Exception):
    """No syslog message; or framing that is none, after which the stream cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; what it does not say is empty (NILVALUE, §6)."""

    facility: int
    severity: int
    text: str
    host: str = ""
    app: str = ""
    process: str = ""
    id: str = ""
    time: datetime | None = None

    def event(self) -> Event:
        """The same application on the same host is the same thing, unless it tells kinds apart (MSGID)."""
        labels = {"host": self.host, "app": self.app, "msgid": self.id, "facility": str(self.facility)}
        return event(
            "syslog",
            f"{self.host} {self.app} {self.id}",
            f"{self.host} {self.app}: {self.text}".strip(),
            severity=_SEVERITIES[self.severity],
            labels={name: value for name, value in labels.items() if value},
            started_at=self.time,
        )


def message(line: bytes) -> Message:
    """Raises `Malformed`."""
    found = _PRIORITY.match(line)
    priority = int(found[1]) if found else 999
    if found is None or priority > 191:  # §6.2.1
        raise Malformed("it does not begin with a priority such as <34>")
    rest = line[found.end() :].removesuffix(b"\n").decode("utf-8", "replace")
    facility, severity = divmod(priority, 8)
    new = _HEADER.fullmatch(rest)
    if new is not None:
        fields = {name: "" if value in ("-", None) else value for name, value in new.groupdict().items()}
        said = fields["text"].removeprefix("\ufeff")  # §6.4: a BOM says that it is UTF-8
        return Message(
            facility,
            severity,
            said,
            fields["host"],
            fields["app"],
            fields["process"],
            fields["id"],
            moment(fields["time"]),
        )
    old = _OLD.match(rest)
    if old is None:
        return Message(facility, severity, rest.strip())
    return Message(
        facility, severity, old["text"].strip(), old["host"] or "", old["app"], old["process"] or ""
    )


class Frames:
    """Messages in a stream: counted octets (RFC 6587 §3.4.1), or ended by a line feed (§3.4.2)."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, received: bytes) -> Iterator[bytes]:
        """The messages that are complete. Raises `Malformed` for one that is too long or not framed."""
        self._buffer += received
        while (found := self._next()) is not None:
            if found:
                yield found
        if len(self._buffer) > LONGEST + 8:
            raise Malformed(f"a message of more than {LONGEST} bytes")

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if buffer[:1].isdigit():
            count, space, rest = buffer.partition(b" ")
            if not space and len(count) <= 6 and count.isdigit():
                return None
            if not count.isdigit() or len(count) > 6 or int(count) > LONGEST:
                raise Malformed(f"expected the length of a message, up to {LONGEST}")
            if len(rest) < int(count):
                return None
            self._buffer = rest[int(count) :]
            return rest[: int(count)]
        line, feed, rest = buffer.partition(b"\n")
        if not feed:
            return None
        self._buffer = rest
        return line.rstrip(b"\r\0")
