"""XEP-0060 topics as pubsub nodes: subscribe, unsubscribe, retrieve items, publish; XEP-0030 their discovery.

Nodes stand in the configuration, so nobody creates or configures one here. Payloads are Atom entries.
"""

from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from components.common.disco import Identity, Info, Item, Nodes
from components.common.elements import attribute, child
from components.common.errors import StanzaError
from components.common.feature import RequestHandler, RequestName
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.notifier.topics.board import Board
from components.notifier.topics.delivery import ATOM, entry, event
from components.notifier.topics.topic import Draft, Topic

NAMESPACE = "http://jabber.org/protocol/pubsub"
PUBSUB = f"{{{NAMESPACE}}}pubsub"
_PUBLISH, _SUBSCRIPTIONS = f"{{{NAMESPACE}}}publish", f"{{{NAMESPACE}}}subscriptions"
ERRORS = f"{NAMESPACE}#errors"
NAMESPACES = (
    NAMESPACE,
    *(
        f"{NAMESPACE}#{feature}"
        for feature in (
            "subscribe",
            "retrieve-subscriptions",
            "retrieve-items",
            "publish",
            "persistent-items",
            "item-ids",
            "last-published",
        )
    ),
)


class TopicNodes:
    """Requests to nodes; also the nodes of service discovery, beside others' of the same address."""

    def __init__(self, domain: str, board: Board) -> None:
        self._domain, self._board = domain, board

    def requests(self) -> dict[RequestName, RequestHandler]:
        """For `Part.requests`."""
        return {("set", PUBSUB): self._set, ("get", PUBSUB): self._get}

    def _set(self, stanza: Stanza, pubsub: Element, transaction: Transaction) -> Element | None:
        for action in pubsub:
            if action.tag == f"{{{NAMESPACE}}}subscribe":
                return self._subscribe(stanza, action, transaction)
            if action.tag == f"{{{NAMESPACE}}}unsubscribe":
                self._unsubscribe(stanza, action, transaction)
                return None
            if action.tag == _PUBLISH:
                return self._publish(stanza, action, transaction)
        raise _unsupported()

    def _get(self, stanza: Stanza, pubsub: Element, transaction: Transaction) -> Element | None:
        for action in pubsub:
            if action.tag == f"{{{NAMESPACE}}}items":
                return self._retrieve(stanza, action)
            if action.tag == _SUBSCRIPTIONS:
                return self._subscriptions(stanza, action)
        raise _unsupported()

    def _subscribe(self, stanza: Stanza, action: Element, transaction: Transaction) -> Element:
        """§6.1; §6.1.7: a new subscriber has the last item."""
        topic, jid = self._topic(stanza, action), _subscriber(stanza, action)
        new = jid not in topic.events
        self._board.send_events(topic, jid, transaction)
        result = Element(PUBSUB)
        child(result, f"{{{NAMESPACE}}}subscription", node=topic.name, jid=jid, subscription="subscribed")
        if new and topic.items:
            transaction.place_result()
            before, after = event(self._domain, topic, [topic.items[-1]])
            transaction.send(before, after, [attribute(jid)])
        return result

    def _unsubscribe(self, stanza: Stanza, action: Element, transaction: Transaction) -> None:
        """§6.2."""
        topic, jid = self._topic(stanza, action), _subscriber(stanza, action)
        if not self._board.send_no_events(topic, jid, transaction):
            raise _refused("unexpected-request", "not-subscribed", "there is no such subscription")

    def _subscriptions(self, stanza: Stanza, action: Element) -> Element:
        """§5.6: the requester's own, of all nodes or one."""
        result = Element(PUBSUB)
        listed = child(result, _SUBSCRIPTIONS)
        bare = stanza.sender.bare
        topics = [self._topic(stanza, action)] if action.get("node") else self._board.visible(bare)
        for topic in topics:
            for jid in [jid for jid in topic.events if jid.partition("/")[0] == bare]:
                state = {"node": topic.name, "jid": jid, "subscription": "subscribed"}
                child(listed, f"{{{NAMESPACE}}}subscription", **state)
        return result

    def _retrieve(self, stanza: Stanza, action: Element) -> Element:
        """§6.5: all that are kept, the most recent ones, or those of certain ids."""
        topic = self._topic(stanza, action)
        items = list(topic.items)
        wanted = {item.get("id") for item in action}
        most = action.get("max_items", "")
        if wanted:
            items = [item for item in items if item.id in wanted]
        elif most.isdecimal():
            items = items[-int(most) :] if int(most) else []
        inner = "".join([entry(item) for item in items])
        return ElementTree.fromstring(
            f"<pubsub xmlns='{NAMESPACE}'><items node='{topic.name}'>{inner}</items></pubsub>"
        )

    def _publish(self, stanza: Stanza, action: Element, transaction: Transaction) -> Element:
        """§7.1: one item, an Atom entry, by those who may."""
        topic = self._topic(stanza, action)
        if not self._board.may_publish(topic, stanza.sender.bare):
            raise StanzaError("forbidden", "this topic has other publishers")
        if len(action) != 1:
            raise _refused("bad-request", "item-required", "publish one item at a time")
        found = action[0].find(f"{{{ATOM}}}entry")
        if found is None:
            raise _refused("bad-request", "invalid-payload", f"expected an entry of {ATOM}")
        link = found.find(f"{{{ATOM}}}link")
        draft = Draft(
            found.findtext(f"{{{ATOM}}}title") or "",
            found.findtext(f"{{{ATOM}}}content") or found.findtext(f"{{{ATOM}}}summary") or "",
            link.get("href", "") if link is not None else "",
            action[0].get("id", ""),
        )
        item, _ = self._board.publish(topic, draft, stanza.sender.bare, transaction)
        result = Element(PUBSUB)
        child(child(result, _PUBLISH, node=topic.name), f"{{{NAMESPACE}}}item", id=item.id)
        return result

    def _topic(self, stanza: Stanza, action: Element) -> Topic:
        node = action.get("node")
        if not node:
            raise _refused("bad-request", "nodeid-required", "say which node")
        return self._board.find(node, stanza.sender.bare)

    # -- discovery ----------------------------------------------------------------------------------

    def list(self, stanza: Stanza) -> Iterable[Item]:
        """§5.2: the nodes, as items of the service."""
        topics = self._board.visible(stanza.sender.bare)
        return [Item(self._domain, topic.settings.description or topic.name, topic.name) for topic in topics]

    def info(self, stanza: Stanza, node: str) -> Info | None:
        """§5.3; see `disco.Nodes`."""
        if node not in {topic.name for topic in self._board.visible(stanza.sender.bare)}:
            return None
        return Info((Identity("pubsub", "leaf", self._board.find(node).settings.description),), (NAMESPACE,))

    def items(self, stanza: Stanza, node: str) -> Iterable[Item] | None:
        """§5.5; see `disco.Nodes`."""
        if self.info(stanza, node) is None:
            return None
        return [Item(self._domain, item.id) for item in self._board.find(node).items]


class Either:
    """The nodes of two parts at one address."""

    def __init__(self, first: Nodes, second: Nodes) -> None:
        self._both = (first, second)

    def info(self, stanza: Stanza, node: str) -> Info | None:
        """See `disco.Nodes`."""
        return next((i for nodes in self._both if (i := nodes.info(stanza, node)) is not None), None)

    def items(self, stanza: Stanza, node: str) -> Iterable[Item] | None:
        """See `disco.Nodes`."""
        return next((i for nodes in self._both if (i := nodes.items(stanza, node)) is not None), None)


def _subscriber(stanza: Stanza, action: Element) -> str:
    """§6.1.3.1: the requester's bare JID, or a full one of theirs."""
    jid = action.get("jid", "")
    if jid.partition("/")[0] != stanza.sender.bare:
        raise _refused("bad-request", "invalid-jid", "somebody else's address cannot subscribe")
    return jid


def _refused(condition: str, detail: str, why: str) -> StanzaError:
    error = StanzaError(condition, why)
    error.detail = Element(f"{{{ERRORS}}}{detail}")
    return error


def _unsupported() -> StanzaError:
    why = "here one subscribes, unsubscribes, publishes, and retrieves items and subscriptions"
    return _refused("feature-not-implemented", "unsupported", why)
