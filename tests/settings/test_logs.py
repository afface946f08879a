"""The log: what strangers have had written into it looks like nothing else (CWE-117)."""

import logging
import sys

import pytest

from settings.logs import Entry, printable

FORGED = "alice\n2026-05-04 12:00:00 INFO core_router: mallory has authenticated"


def entry(message: str, error: Exception | None = None) -> str:
    record = logging.LogRecord("core_router", logging.INFO, "", 0, "login of %s", (message,), None)
    if error is not None:
        try:
            raise error
        except type(error):
            record.exc_info = sys.exc_info()
    return Entry("%(levelname)s %(name)s: %(message)s").format(record)


def test_an_entry_is_one_line() -> None:
    assert entry(FORGED) == (
        "INFO core_router: login of alice\\n2026-05-04 12:00:00 INFO core_router: mallory has authenticated"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe 漢字 🚂", "Größe 漢字 🚂"),
        ("no\N{NO-BREAK SPACE}break", "no\N{NO-BREAK SPACE}break"),
        ("\r\n\t\0", "\\r\\n\\t\\x00"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J\x85", "\\x9b2J\\x85"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_not_for_reading_is_escaped(text: str, shown: str) -> None:
    """Ends of lines, commands for terminals, marks that turn text around, halves of characters."""
    assert printable(text) == shown
    assert entry(text).isprintable() or "\N{NO-BREAK SPACE}" in text


def test_of_a_traceback_nothing_begins_at_the_margin() -> None:
    first, *others = entry("somebody", ValueError(FORGED)).splitlines()
    assert first == "INFO core_router: login of somebody"
    assert any("ValueError: alice" in line for line in others)
    assert all(line.startswith("    ") for line in others)
