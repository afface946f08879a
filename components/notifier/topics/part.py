"""Topics as a part of the notifier: everything by which they are reached."""

from collections.abc import Iterable

from components.common.errors import StanzaError
from components.common.figures import Figure
from components.common.transaction import Transaction
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.http import Call, Reply, Route
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.topics.board import Board
from components.notifier.topics.commands import TopicCommands
from components.notifier.topics.config import TopicSettings
from components.notifier.topics.delivery import Delivery, told
from components.notifier.topics.pubsub import NAMESPACES, TopicNodes
from components.notifier.topics.speaking import Speaking
from components.notifier.topics.storage import TopicsStored
from components.notifier.topics.topic import Draft
from components.notifier.work import Work

SCOPE = "topics"


class TopicsPart:
    """Its declaration, and what joins its pieces."""

    def __init__(
        self,
        domain: str,
        address: str,
        administrators: frozenset[str],
        people: People,
        prompts: Prompts,
        work: Work,
        stored: TopicsStored,
    ) -> None:
        """`domain` has the nodes, messages to people come from `address`."""
        self._board = Board(people, Delivery(domain, address, people, prompts, work), administrators, stored)
        self.nodes = TopicNodes(domain, self._board)
        self._speaking = Speaking(self._board)
        self._commands = TopicCommands(self._board, people.may_use, administrators)
        self._settings: dict[str, TopicSettings] | None = None

    def part(self) -> Part:
        """See `feature.Part`."""
        return Part(
            "topics",
            xeps=("XEP-0060", "XEP-0050"),
            namespaces=NAMESPACES,
            requests=self.nodes.requests(),
            verbs=self._speaking.verbs(),
            commands=self._commands.commands(),
            routes=(
                Route("POST", "/v1/topics/{topic}", self._post, SCOPE),
                Route("GET", "/v1/topics/{topic}", self._get, SCOPE),
                Route("GET", "/v1/topics", self._list, SCOPE),
            ),
            figures=tuple(self._figures()),
            configure=self._configure,
        )

    def _post(self, call: Call, transaction: Transaction) -> Reply:
        given = call.object()
        if unknown := given.keys() - {"title", "text", "url", "id"}:
            raise StanzaError("bad-request", f"{', '.join(sorted(unknown))}: expected title, text, url, id")
        for name, value in given.items():
            if not isinstance(value, str):
                raise StanzaError("bad-request", f"{name}: expected a text")
        topic = self._board.find(call.path["topic"])
        item, new = self._board.publish(topic, Draft(**{"title": "", **given}), call.token, transaction)
        return Reply({"topic": topic.name, **told(item)}, 201 if new else 200)

    def _get(self, call: Call, transaction: Transaction) -> Reply:
        topic = self._board.find(call.path["topic"])
        return Reply({"topic": topic.name, "items": [told(item) for item in topic.items]})

    def _list(self, call: Call, transaction: Transaction) -> Reply:
        topics = [
            {"topic": topic.name, "description": topic.settings.description, "last": topic.last}
            for topic in self._board.visible()
        ]
        return Reply({"topics": topics})

    def _configure(self, settings: NotifierSettings, transaction: Transaction) -> Iterable[str]:
        before = self._settings
        transaction.assign(self, "_settings", settings.topics)
        self._board.configure(settings.topics, transaction)
        return ["topics"] if before is not None and before != settings.topics else []

    def _figures(self) -> Iterable[Figure]:
        board = self._board
        yield Figure("topics", "topics of the configuration", lambda: len(board.visible()))
        yield Figure(
            "topic_subscriptions",
            "subscriptions of people to them",
            lambda: sum(len(topic.subscriptions) + len(topic.events) for topic in board.visible()),
        )
