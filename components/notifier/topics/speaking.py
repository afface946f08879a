"""What people say about topics: `topics`, `subscribe NAME`, `read NAME`, `publish NAME …`."""

from typing import get_args

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.text import Said, Verb
from components.notifier.topics.board import Board
from components.notifier.topics.config import Mode
from components.notifier.topics.topic import Draft, Topic

MODES: tuple[Mode, ...] = get_args(Mode)
_MOST_READ = 20  # items in one reply
_SHORTENED = 600  # characters of a text in a list


class Speaking:
    """The verbs."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def verbs(self) -> tuple[Verb, ...]:
        """For `Part.verbs`."""
        return (
            Verb("topics", "topics", "what can be subscribed to, and what is unread", self._topics),
            Verb(
                "subscribe",
                "subscribe TOPIC [show | keep | forward]",
                "be told at once, read it later, or have it by e-mail",
                self._subscribe,
            ),
            Verb("unsubscribe", "unsubscribe TOPIC", "hear no more of it", self._unsubscribe),
            Verb("read", "read TOPIC", "what was kept for you", self._read),
            Verb("publish", "publish TOPIC TITLE", "tell all who have subscribed", self._publish),
        )

    def _topics(self, said: Said, transaction: Transaction) -> str:
        topics = self._board.visible(said.by.address)
        lines = [listed(topic, said.by.address) for topic in topics]
        return "\n".join(lines) or "There are no topics; they stand in the configuration, [notifier.topics]."

    def _subscribe(self, said: Said, transaction: Transaction) -> str:
        name, _, mode = said.rest.partition(" ")
        topic = self._board.find(name, _person(said))
        wanted = mode_of(mode.strip().lower()) if mode.strip() else None
        subscription = self._board.subscribe(topic, said.by.address, wanted, transaction)
        return f"{topic.name}: {_WAYS[subscription.mode].format(topic.name)}"

    def _unsubscribe(self, said: Said, transaction: Transaction) -> str:
        topic = self._board.find(said.rest, _person(said))
        self._board.unsubscribe(topic, said.by.address, transaction)
        return f"{topic.name}: you hear no more of it"

    def _read(self, said: Said, transaction: Transaction) -> str:
        topic = self._board.find(said.rest, _person(said))
        unread = self._board.read(topic, said.by.address, transaction)
        items = unread or list(topic.items)[-3:]
        head = (
            f"{topic.name}, {len(unread)} unread:" if unread else f"{topic.name}, nothing unread; the last:"
        )
        if not items:
            return f"{topic.name}: nothing was told yet"
        bodies = [
            f"{item.at:%Y-%m-%d %H:%M} UTC {item.body(topic.name)[:_SHORTENED]}"
            for item in items[-_MOST_READ:]
        ]
        return "\n".join([head, *bodies])

    def _publish(self, said: Said, transaction: Transaction) -> str:
        name, _, title = said.rest.partition(" ")
        topic = self._board.find(name, _person(said))
        if not self._board.may_publish(topic, said.by.address):
            raise StanzaError("forbidden", f"you do not publish in {topic.name}; its publishers do")
        head, _, text = title.strip().partition("\n")
        item, _ = self._board.publish(topic, Draft(head, text), said.by.address, transaction)
        return f"{topic.name}: told as number {item.number}"


_WAYS = {
    "show": "you are told at once",
    "keep": "it is kept for you; say: read {}",
    "forward": "you have it by e-mail",
}


def mode_of(word: str) -> Mode:
    """Raises `bad-request`."""
    for mode in MODES:
        if word == mode:
            return mode
    raise StanzaError("bad-request", f"{word!r} is none of {', '.join(MODES)}")


def listed(topic: Topic, jid: str) -> str:
    """One line of the list."""
    subscription = topic.subscriptions.get(jid)
    unread = len(topic.unread(jid))
    mine = f" ({subscription.mode}{f', {unread} unread' if unread else ''})" if subscription else ""
    described = f" – {topic.settings.description}" if topic.settings.description else ""
    return f"{topic.name}{mine}{described}"


def _person(said: Said) -> str:
    """Raises `not-allowed` for somebody in a room."""
    if said.by.room:
        raise StanzaError("not-allowed", "subscriptions are somebody's own: write to me directly")
    return said.by.address
