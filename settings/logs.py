"""Log entries that are what they seem: one line each, whatever strangers have had written into them."""

import logging
import sys
import unicodedata
from collections.abc import Iterable
from types import TracebackType
from typing import Final

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_INDENT: Final = "    "  # of what follows an entry: only entries begin at the margin

_Exception = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def log_to_stderr(level: str, *, quiet: Iterable[str] = ()) -> None:
    """Log from that level on; of the `quiet` libraries, warnings and worse alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Entry(_FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for library in quiet:
        logging.getLogger(library).setLevel(logging.WARNING)


class Entry(logging.Formatter):
    """Escapes what would begin another line, move the cursor of a terminal, or turn text around."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return printable(super().formatMessage(record))

    def formatException(self, ei: _Exception) -> str:  # noqa: N802
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _indented(super().formatStack(stack_info))


def printable(text: str) -> str:
    """`text` on one line, with everything that is not for reading escaped as Python would."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    # Spaces of all kinds are fine, marks that change the direction or are no characters are not.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _indented(text: str) -> str:
    return "\n".join(_INDENT + printable(line) for line in text.split("\n"))
