"""What events a rule, a silence, an inhibition or a maintenance window is about.

`label=value` and `label!=value`; a value may hold `*` for any text, and alternatives separated by `|`.
Beside its labels an event has `severity`, `source`, `key` and `title`. A label that is missing is empty.
No regular expressions: people write these in chat, and one can be written that never ends.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_MATCHER = re.compile(r"([A-Za-z_][\w.:/-]{0,199})(!?=)(.{0,500})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    label: str
    values: tuple[str, ...]  # alternatives, with `*`
    equal: bool

    @classmethod
    def read(cls, text: str) -> "Matcher":
        """Raises `ValueError` with what would be right."""
        found = _MATCHER.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"expected label=value or label!=value, found {text!r}")
        return cls(found[1], tuple(found[3].split("|")), found[2] == "=")

    def __str__(self) -> str:
        return f"{self.label}{'=' if self.equal else '!='}{'|'.join(self.values)}"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the condition holds."""
        found = labels.get(self.label, "")
        return any(_fits(value, found) for value in self.values) is self.equal


Matchers = tuple[Matcher, ...]


def read_all(texts: Iterable[str]) -> Matchers:
    """Raises `ValueError`."""
    return tuple(Matcher.read(text) for text in texts)


def all_match(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all hold; none hold for everything."""
    return all(matcher.matches(labels) for matcher in matchers)


def words(text: str) -> list[str]:
    """The words of a line that people have written; quotes keep a value with spaces together."""
    try:
        return shlex.split(text)
    except ValueError:  # a quote without its other half
        return text.split()


def _fits(pattern: str, text: str) -> bool:
    """`*` stands for any text; takes at most as many steps as the pattern has parts."""
    if "*" not in pattern:
        return pattern == text
    first, *middle, last = pattern.split("*")
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
