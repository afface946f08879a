"""The tables `[notifier.topics.NAME]`."""

import re
from dataclasses import dataclass, field
from typing import Literal

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
Mode = Literal["show", "keep", "forward"]


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """One topic."""

    description: str = ""
    mode: Mode = "show"  # of a subscription that says nothing else
    readers: list[str] = field(default_factory=list)  # targets who may subscribe; empty: everybody
    publishers: list[str] = field(default_factory=list)  # bare JIDs, besides administrators and programs
    show: list[str] = field(default_factory=list)  # targets who are told without having subscribed
    forward: list[str] = field(default_factory=list)  # URLs and e-mail addresses it goes on to
    keep: int = 100  # items for those who read later

    def __post_init__(self) -> None:
        if not 1 <= self.keep <= 10_000:
            raise ValueError("keep: expected 1 to 10000")
        for address in self.forward:
            if not address.startswith(("https://", "http://")) and "@" not in address:
                raise ValueError(f"forward: expected https://… or an e-mail address, not {address!r}")


def require_names(topics: dict[str, TopicSettings]) -> None:
    """Raises `ValueError` for a topic that cannot be called so."""
    for name in topics:
        if not NAME.fullmatch(name):
            raise ValueError(f"topics.{name}: expected lower-case letters, digits and . _ - (at most 60)")
