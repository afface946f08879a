"""What RFC 6120 §6.4 and XEP-0388 §2 write alike."""

import base64
import binascii
from collections.abc import Iterable

from core_router.streams.negotiation.exchange import SaslFailure
from core_router.xmpp.text import escape


def listed(mechanisms: Iterable[str]) -> str:
    """The mechanisms, an element each."""
    return "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)


def described(failure: SaslFailure) -> str:
    """The failure's text, if it has one (§6.5)."""
    return f"<text xml:lang='en'>{escape(failure.text)}</text>" if failure.text else ""


def encoded(data: bytes) -> str:
    """The data of a challenge."""
    return base64.b64encode(data).decode()


def decoded(text: bytes) -> bytes:
    """The data of a response. Raises SaslFailure `incorrect-encoding` (§13.9.1: nothing but Base 64)."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SaslFailure("incorrect-encoding") from None
