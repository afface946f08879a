"""Escaping of text and attribute values on their way to the wire (XML 1.0 §2.4, §3.3.3)."""

import re

_UNSAFE = re.compile("[&<>'\"\t\n\r]").search
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "'": "&apos;",
        '"': "&quot;",
        "\t": "&#9;",  # white space in an attribute would come out as spaces at the other end
        "\n": "&#10;",
        "\r": "&#13;",
    }
)


def escape(text: str) -> str:
    """`text` as it may stand between tags or in quotes of either kind."""
    return text.translate(_ESCAPES) if _UNSAFE(text) else text
