"""All topics: subscriptions, and what becomes of what is published."""

import uuid

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.recipients import People
from components.notifier.topics import storage
from components.notifier.topics.config import Mode, TopicSettings
from components.notifier.topics.delivery import Delivery
from components.notifier.topics.storage import TopicsStored
from components.notifier.topics.topic import (
    LONGEST_ID,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Draft,
    Item,
    Subscription,
    Topic,
)

MOST_EVENTS = 10_000  # JIDs that get events of one topic


class Board:
    """Raises `StanzaError` with an explanation for people wherever something is refused."""

    def __init__(
        self, people: People, delivery: Delivery, administrators: frozenset[str], stored: TopicsStored
    ) -> None:
        self._people, self._delivery, self._administrators = people, delivery, administrators
        self._topics: dict[str, Topic] = {}  # those of the configuration, and what is stored of others
        self._configured: dict[str, TopicSettings] = {}
        for row in stored.subscriptions:
            self._topic(row.topic).subscriptions[row.jid] = Subscription(row.mode, row.read)
        for row in stored.events:
            self._topic(row.topic).events[row.jid] = None
        for row in stored.items:
            self._topic(row.topic).items.append(Item.restored(row))

    def configure(self, topics: dict[str, TopicSettings], transaction: Transaction) -> None:
        """The topics there are; a topic that is gone keeps what it has, in case it returns."""
        transaction.assign(self, "_configured", topics)
        for name, settings in topics.items():
            transaction.assign(self._topic(name), "settings", settings)

    def find(self, name: str, jid: str = "") -> Topic:
        """The topic, if `jid` may read it (empty: who may everything). Raises `item-not-found`."""
        name = name.lower()
        if name not in self._configured or (jid and not self._may_read(self._topics[name], jid)):
            raise StanzaError("item-not-found", f"there is no topic {name!r}; say: topics")
        return self._topics[name]

    def visible(self, jid: str = "") -> list[Topic]:
        """The topics somebody may read, by name."""
        topics = [self._topics[name] for name in sorted(self._configured)]
        return [topic for topic in topics if not jid or self._may_read(topic, jid)]

    def may_publish(self, topic: Topic, jid: str) -> bool:
        """Whether this bare JID may."""
        return jid in self._administrators or jid in topic.settings.publishers

    # -- subscriptions ------------------------------------------------------------------------------

    def subscribe(self, topic: Topic, jid: str, mode: Mode | None, transaction: Transaction) -> Subscription:
        """Subscribe, or in another way than before."""
        mode = mode or topic.settings.mode
        person = self._people.find(jid)
        if mode == "forward" and (person is None or not person.mail):
            raise StanzaError(
                "not-acceptable", "your e-mail address is not known: it stands in [notifier.people.persons]"
            )
        before = topic.subscriptions.get(jid)
        subscription = Subscription(mode, before.read if before is not None else topic.last)
        self._put(topic, jid, subscription, transaction)
        return subscription

    def unsubscribe(self, topic: Topic, jid: str, transaction: Transaction) -> None:
        """Raises `item-not-found` if there is no subscription."""
        if jid not in topic.subscriptions:
            raise StanzaError("item-not-found", f"you have not subscribed to {topic.name}")
        transaction.remove(topic.subscriptions, jid)
        transaction.delete(storage.subscriptions, (topic.name, jid))

    def read(self, topic: Topic, jid: str, transaction: Transaction) -> list[Item]:
        """What somebody has not had; they have it now."""
        unread = topic.unread(jid)
        if unread:
            subscription = topic.subscriptions[jid]
            self._put(topic, jid, Subscription(subscription.mode, unread[-1].number), transaction)
        return unread

    def send_events(self, topic: Topic, jid: str, transaction: Transaction) -> None:
        """Pubsub events go to that JID from now on. Raises `policy-violation`."""
        if jid in topic.events:
            return
        if len(topic.events) >= MOST_EVENTS:
            raise StanzaError("policy-violation", "too many subscribe to this node")
        transaction.put(topic.events, jid, None)
        transaction.write(storage.events, (topic.name, jid), {"since": transaction.now.isoformat()})

    def send_no_events(self, topic: Topic, jid: str, transaction: Transaction) -> bool:
        """They do no more; False if they did not."""
        if jid not in topic.events:
            return False
        transaction.remove(topic.events, jid)
        transaction.delete(storage.events, (topic.name, jid))
        return True

    # -- items --------------------------------------------------------------------------------------

    def publish(self, topic: Topic, draft: Draft, by: str, transaction: Transaction) -> tuple[Item, bool]:
        """Show, forward and keep it; the item, and whether it is new: the same id is told once."""
        _require_fitting(draft)
        known = topic.find(draft.id) if draft.id else None
        if known is not None:
            return known, False
        item = Item(
            topic.last + 1,
            draft.id or str(uuid.uuid4()),
            draft.title.strip(),
            draft.text.strip(),
            draft.url,
            by,
            transaction.now,
        )
        item, had = self._delivery.deliver(topic, item, transaction)
        self._keep(topic, item, transaction)
        for jid in had:
            mode = topic.subscriptions[jid].mode
            self._put(topic, jid, Subscription(mode, item.number), transaction)
        return item, True

    def _keep(self, topic: Topic, item: Item, transaction: Transaction) -> None:
        topic.items.append(item)
        transaction.changed(topic.items.pop)
        values = {
            "id": item.id,
            "title": item.title,
            "text": item.text,
            "url": item.url,
            "by": item.by,
            "at": item.at.isoformat(),
            "prompt": item.prompt,
        }
        transaction.write(storage.items, (topic.name, item.number), values)
        while len(topic.items) > topic.settings.keep:
            self._drop(topic, topic.items.popleft(), transaction)

    def _drop(self, topic: Topic, old: Item, transaction: Transaction) -> None:
        transaction.changed(lambda: topic.items.appendleft(old))
        transaction.delete(storage.items, (topic.name, old.number))
        if old.prompt:
            self._delivery.forget(old, transaction)

    def _put(self, topic: Topic, jid: str, subscription: Subscription, transaction: Transaction) -> None:
        transaction.replace(topic.subscriptions, jid, subscription)
        values = {"mode": subscription.mode, "read": subscription.read}
        transaction.write(storage.subscriptions, (topic.name, jid), values)

    def _may_read(self, topic: Topic, jid: str) -> bool:
        readers = topic.settings.readers
        allowed = self._people.belongs(jid, readers) if readers else self._people.may_use(jid)
        return allowed or self.may_publish(topic, jid)

    def _topic(self, name: str) -> Topic:
        return self._topics.setdefault(name, Topic(name, TopicSettings()))


def _require_fitting(draft: Draft) -> None:
    if not draft.title.strip():
        raise StanzaError("bad-request", "a title is missing")
    for name, value, most in (
        ("title", draft.title, LONGEST_TITLE),
        ("text", draft.text, LONGEST_TEXT),
        ("url", draft.url, LONGEST_TITLE * 5),
        ("id", draft.id, LONGEST_ID),
    ):
        if len(value) > most:
            raise StanzaError("bad-request", f"{name}: at most {most} characters")
    if draft.url and not draft.url.startswith(("https://", "http://")):
        raise StanzaError("bad-request", "url: expected https://…")
