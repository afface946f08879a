"""One topic: what was told of late, and who wants to hear of it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from components.notifier.topics.config import Mode, TopicSettings

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ID = 300, 20_000, 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody publishes."""

    title: str
    text: str = ""
    url: str = ""
    id: str = ""  # the publisher's: the same is told once


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was told."""

    number: int  # in its topic
    id: str
    title: str
    text: str
    url: str
    by: str
    at: datetime
    prompt: int = 0  # by which rooms show it

    @classmethod
    def restored(cls, row: Any) -> "Item":
        """From its row."""
        at = datetime.fromisoformat(row.at)
        return cls(row.number, row.id, row.title, row.text, row.url, row.by, at, row.prompt)

    def body(self, topic: str) -> str:
        """For people."""
        return "\n".join(part for part in (f"[{topic}] {self.title}", self.text, self.url) if part)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody's."""

    mode: Mode
    read: int  # the number of the last item they have had


@dataclass(slots=True)
class Topic:
    """`Board` changes it."""

    name: str
    settings: TopicSettings
    items: deque[Item] = field(default_factory=deque)  # kept, the oldest first
    subscriptions: dict[str, Subscription] = field(default_factory=dict)  # by bare JID
    events: dict[str, None] = field(default_factory=dict)  # JIDs that get pubsub events

    @property
    def last(self) -> int:
        """The number of the last item; 0 for none."""
        return self.items[-1].number if self.items else 0

    def find(self, id: str) -> Item | None:
        """The kept item of that id."""
        return next((item for item in self.items if item.id == id), None)

    def unread(self, jid: str) -> list[Item]:
        """The kept items somebody has not had."""
        subscription = self.subscriptions.get(jid)
        return [item for item in self.items if subscription is not None and item.number > subscription.read]
