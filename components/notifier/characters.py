"""Characters that no database takes: NUL, and half of a surrogate pair, as JSON's escapes can bring them in.

A commit that is refused ends the process, and whoever gets no answer sends the same again.
"""

import json
import re

from components.common.errors import StanzaError

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def storable(text: str) -> str:
    """The text, with a replacement character for each of them."""
    return _UNSTORABLE.sub("\ufffd", text)


def require_storable(body: bytes) -> None:
    """Raises `bad-request` for JSON that holds one of them; hardly any body has to be looked into."""
    if _SUSPECT.search(body) is None:
        return
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return  # no JSON: its route says so, or reads it otherwise
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and _UNSTORABLE.search(item):
            raise StanzaError("bad-request", "the body has a NUL character, or half of a surrogate pair")
