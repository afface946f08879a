"""XEP-0124 §7: what client and server agree on when a BOSH session begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from core_router.xmpp.errors import StreamCondition, StreamError

_VERSION: Final = (1, 11)  # of XEP-0124
_WAIT: Final = 60  # seconds at most until a request is answered
_HOLD: Final = 1  # requests at most that wait at a time
POLLING: Final = 5  # seconds at least between two empty requests
_INACTIVITY: Final = 30  # seconds at most without a request, …
_POLLING_INACTIVITY: Final = 75  # … in a session without requests that wait
MAX_PAUSE: Final = 120  # seconds at most that a client may announce to be inactive
# A client may choose the type of the responses. Not every type: a page of somebody else's could have a
# browser show them to its user, with whatever it had us say, as a page of ours.
_CONTENT_TYPES: Final = ("text/xml", "application/xml", "text/plain")
_LARGEST: Final = 2**53 - 1  # of request ids (§14.1)


def request_id(attributes: Mapping[str, str]) -> int:
    """The request id of a body. Raises StreamError."""
    written = attributes.get("rid", "")
    if not (
        written.isascii() and written.isdecimal() and len(written) <= 16 and 0 < int(written) <= _LARGEST
    ):
        raise StreamError(StreamCondition.BAD_FORMAT, "`rid` is a positive number of at most 53 bits")
    return int(written)


@dataclass(frozen=True, slots=True)
class Terms:
    """Times in seconds."""

    wait: int
    hold: int
    version: str  # of XEP-0124; "" for a client that named none, which gets errors as HTTP status (§17.1)
    content_type: str

    @classmethod
    def agreed(cls, asked: Mapping[str, str]) -> Self:
        """What is granted of what the first body asks for. Raises StreamError."""
        return cls(
            min(_number(asked, "wait", _WAIT), _WAIT),
            min(_number(asked, "hold", _HOLD), _HOLD),
            _version(asked.get("ver", "")),
            _content_type(asked.get("content", "")),
        )

    @property
    def polls(self) -> bool:
        """Whether no request waits (§12)."""
        return not self.wait or not self.hold

    @property
    def requests(self) -> int:
        """How many requests may be under way at a time."""
        return self.hold + 1

    @property
    def inactivity(self) -> int:
        """How long a client may be silent."""
        return _POLLING_INACTIVITY if self.polls else _INACTIVITY

    def attributes(self) -> dict[str, str]:
        """As they stand in the answer to the first body (§7.2)."""
        agreed = {
            "wait": self.wait,
            "requests": self.requests,
            "hold": self.hold,
            "polling": POLLING,
            "inactivity": self.inactivity,
            "maxpause": MAX_PAUSE,
        }
        version = {"ver": self.version} if self.version else {}
        return {name: str(value) for name, value in agreed.items()} | version


def _content_type(asked: str) -> str:
    kind, _, parameter = asked.lower().replace(" ", "").partition(";")
    if kind in _CONTENT_TYPES and parameter in ("", "charset=utf-8"):
        return f"{kind}; charset=utf-8"
    return "text/xml; charset=utf-8"


def pause(attributes: Mapping[str, str]) -> int:
    """The pause a body announces (§10), 0 for none that is permitted."""
    written = attributes.get("pause", "")
    return int(written) if _is_number(written, 4) and int(written) <= MAX_PAUSE else 0


def _is_number(written: str, digits: int) -> bool:
    return written.isascii() and written.isdecimal() and len(written) <= digits


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    written = asked.get(name)
    if written is None:
        return default
    if not _is_number(written, 9):
        raise StreamError(StreamCondition.BAD_FORMAT, f"`{name}` is a number of seconds or requests")
    return int(written)


def _version(asked: str) -> str:
    """The lower of the client's and ours."""
    major, dot, minor = asked.partition(".")
    numbers = (major, minor) if dot else (major,)
    if not all(_is_number(number, 4) for number in numbers):
        return ""
    if (int(major), int(minor or 0)) > _VERSION:
        return ".".join(map(str, _VERSION))
    return asked
