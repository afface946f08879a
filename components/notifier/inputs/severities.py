"""The words of monitoring systems for how grave something is."""

from components.notifier.alerts.event import Severity

_WORDS: dict[str, Severity] = {
    "critical": "critical",
    "emergency": "critical",
    "emerg": "critical",
    "fatal": "critical",
    "alert": "critical",
    "page": "critical",
    "disaster": "critical",
    "crit": "critical",
    "p1": "critical",
    "high": "error",
    "error": "error",
    "err": "error",
    "major": "error",
    "p2": "error",
    "warning": "warning",
    "warn": "warning",
    "minor": "warning",
    "average": "warning",
    "p3": "warning",
    "info": "info",
    "informational": "info",
    "information": "info",
    "notice": "info",
    "none": "info",
    "ok": "info",
    "low": "info",
    "debug": "info",
    "p4": "info",
    "p5": "info",
}


def severity(word: str, otherwise: Severity = "error") -> Severity:
    """What a word means; of one that is not known, `otherwise`."""
    return _WORDS.get(word.strip().lower(), otherwise)
