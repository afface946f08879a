"""Where a published item goes: to people by chat and e-mail, to rooms, to programs, to pubsub subscribers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.common.elements import attribute, text
from components.common.transaction import Transaction
from components.notifier import chat
from components.notifier.chat import Note
from components.notifier.prompt import Kind
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.topics.topic import Item, Topic
from components.notifier.work import Work

KIND = "topic"  # of the prompts by which rooms show items: exactly once, whatever ends meanwhile
PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event"
ATOM = "http://www.w3.org/2005/Atom"


class Delivery:
    """Writes it down; what is written is sent after the commit."""

    def __init__(self, domain: str, address: str, people: People, prompts: Prompts, work: Work) -> None:
        """`domain` has the nodes, messages to people come from `address`."""
        self._domain, self._address = domain, address
        self._people, self._prompts, self._work = people, prompts, work
        prompts.register(Kind(KIND, (), lambda prompt, said, transaction: ""))

    def deliver(self, topic: Topic, item: Item, transaction: Transaction) -> tuple[Item, list[str]]:
        """The item, with the prompt it got; the subscribers who have it now."""
        choice = self._people.choose(topic.settings.show, 0, False, transaction.now)
        shown = {
            jid: None for jid, subscription in topic.subscriptions.items() if subscription.mode == "show"
        }
        mailed = {
            jid: None for jid, subscription in topic.subscriptions.items() if subscription.mode == "forward"
        }
        for recipient in choice.recipients:
            (mailed if recipient.channel == "mail" else shown).setdefault(recipient.person.jid)
        body = item.body(topic.name)
        for jid in shown:
            chat.send(self._address, Note(jid, body), transaction)
        for jid in mailed:
            person = self._people.find(jid)
            if person is not None and person.mail:
                self._mail(person.mail, topic, item, transaction)
        for address in topic.settings.forward:
            self._forward(address, topic, item, transaction)
        if topic.events:
            before, after = event(self._domain, topic, [item])
            transaction.send(before, after, [attribute(jid) for jid in topic.events])
        if choice.rooms:
            prompt = self._prompts.ask(KIND, topic.name, body, transaction, actions=())
            for room in choice.rooms:
                self._prompts.tell(prompt.number, room, transaction, in_room=True)
            item = replace(item, prompt=prompt.number)
        return item, [jid for jid in (*shown, *mailed) if jid in topic.subscriptions]

    def forget(self, item: Item, transaction: Transaction) -> None:
        """It is kept no longer."""
        self._prompts.forget(item.prompt, transaction)

    def _forward(self, address: str, topic: Topic, item: Item, transaction: Transaction) -> None:
        if "://" in address:
            value = {"type": "topic.item", "topic": topic.name, **told(item)}
            self._work.callback(address, value, _key(topic, item), transaction)
        else:
            self._mail(address, topic, item, transaction)

    def _mail(self, address: str, topic: Topic, item: Item, transaction: Transaction) -> None:
        content = "\n\n".join(part for part in (item.text, item.url) if part) or item.title
        key = f"{_key(topic, item)}-{address}"
        self._work.mail(address, f"[{topic.name}] {item.title}", content, key, transaction)


def _key(topic: Topic, item: Item) -> str:
    return f"topic-{topic.name}-{item.number}"


def told(item: Item) -> Mapping[str, Any]:
    """For programs."""
    return {
        "number": item.number,
        "id": item.id,
        "title": item.title,
        "text": item.text,
        "url": item.url,
        "by": item.by,
        "at": item.at.isoformat(),
    }


def event(domain: str, topic: Topic, items: list[Item]) -> tuple[str, str]:
    """XEP-0060 §7.1.2.1 a notification, before and after the address it goes to."""
    inner = "".join([entry(item) for item in items])
    return (
        f"<message from='{attribute(domain)}' type='headline' to='",
        f"'><event xmlns='{PUBSUB_EVENT}'><items node='{topic.name}'>{inner}</items></event></message>",
    )


def entry(item: Item) -> str:
    """An `<item/>` in its parent's namespace, with an Atom entry (RFC 4287)."""
    link = f"<link href='{attribute(item.url)}'/>" if item.url else ""
    content = f"<content type='text'>{text(item.text)}</content>" if item.text else ""
    stamp = item.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"<item id='{attribute(item.id)}'><entry xmlns='{ATOM}'><title>{text(item.title)}</title>{content}"
        f"{link}<id>{text(item.id)}</id><author><name>{text(item.by)}</name></author>"
        f"<published>{stamp}</published><updated>{stamp}</updated></entry></item>"
    )
