"""Stanza errors (RFC 6120 §8.3) and stream errors (§4.9): conditions, types, wire form."""

from enum import StrEnum

from core_router.xmpp.namespaces import STANZA_ERRORS, STREAM_ERRORS
from core_router.xmpp.text import escape

ErrorType = str

# RFC 6120 §8.3.3: the error type recommended for each condition.
_DEFAULT_TYPE: dict[str, ErrorType] = {
    "bad-request": "modify",
    "conflict": "cancel",
    "feature-not-implemented": "cancel",
    "forbidden": "auth",
    "gone": "cancel",
    "internal-server-error": "cancel",
    "item-not-found": "cancel",
    "jid-malformed": "modify",
    "not-acceptable": "modify",
    "not-allowed": "cancel",
    "not-authorized": "auth",
    "policy-violation": "modify",
    "recipient-unavailable": "wait",
    "redirect": "modify",
    "registration-required": "auth",
    "remote-server-not-found": "cancel",
    "remote-server-timeout": "wait",
    "resource-constraint": "wait",
    "service-unavailable": "cancel",
    "subscription-required": "auth",
    "undefined-condition": "cancel",
    "unexpected-request": "wait",
}


class StanzaError(Exception):
    """A stanza cannot be handled; the dispatcher answers it with this error (RFC 6120 §8.3).

    `application` is an application-specific condition, as XML (§8.3.4).
    """

    def __init__(
        self, condition: str, text: str = "", *, type: ErrorType | None = None, application: bytes = b""
    ) -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text
        self.type = type or _DEFAULT_TYPE[condition]
        self.application = application

    def wire(self) -> bytes:
        """The `<error/>` element, in whatever content namespace surrounds it."""
        said = f"<text xmlns='{STANZA_ERRORS}'>{escape(self.text)}</text>" if self.text else ""
        return (
            f"<error type='{self.type}'><{self.condition} xmlns='{STANZA_ERRORS}'/>{said}".encode()
            + self.application
            + b"</error>"
        )


class StreamCondition(StrEnum):
    """The conditions of RFC 6120 §4.9.3."""

    BAD_FORMAT = "bad-format"
    BAD_NAMESPACE_PREFIX = "bad-namespace-prefix"
    CONFLICT = "conflict"
    CONNECTION_TIMEOUT = "connection-timeout"
    HOST_GONE = "host-gone"
    HOST_UNKNOWN = "host-unknown"
    IMPROPER_ADDRESSING = "improper-addressing"
    INTERNAL_SERVER_ERROR = "internal-server-error"
    INVALID_FROM = "invalid-from"
    INVALID_NAMESPACE = "invalid-namespace"
    INVALID_XML = "invalid-xml"
    NOT_AUTHORIZED = "not-authorized"
    NOT_WELL_FORMED = "not-well-formed"
    POLICY_VIOLATION = "policy-violation"
    REMOTE_CONNECTION_FAILED = "remote-connection-failed"
    RESET = "reset"
    RESOURCE_CONSTRAINT = "resource-constraint"
    RESTRICTED_XML = "restricted-xml"
    SYSTEM_SHUTDOWN = "system-shutdown"
    UNDEFINED_CONDITION = "undefined-condition"
    UNSUPPORTED_ENCODING = "unsupported-encoding"
    UNSUPPORTED_FEATURE = "unsupported-feature"
    UNSUPPORTED_STANZA_TYPE = "unsupported-stanza-type"
    UNSUPPORTED_VERSION = "unsupported-version"


class StreamError(Exception):
    """The stream must end, with this error as its last word (RFC 6120 §4.9)."""

    def __init__(self, condition: StreamCondition, text: str = "", *, application: bytes = b"") -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text
        self.application = application  # an application-specific condition, as XML (§4.9.4)

    def wire(self) -> bytes:
        """The `<stream:error/>` element."""
        said = f"<text xmlns='{STREAM_ERRORS}'>{escape(self.text)}</text>" if self.text else ""
        return (
            f"<stream:error><{self.condition} xmlns='{STREAM_ERRORS}'/>{said}".encode()
            + self.application
            + b"</stream:error>"
        )
