"""XEP-0030 Service Discovery, XEP-0128 extensions: results, and the component's own address."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.errors import StanzaError
from components.common.feature import Feature
from components.common.result_sets import NAMESPACE as RSM
from components.common.result_sets import SET, Page
from components.common.stanza import Stanza
from components.common.transaction import Transaction

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
INFO_QUERY = f"{{{INFO}}}query"
MOST_ITEMS = 200  # in one answer
ITEMS_QUERY = f"{{{ITEMS}}}query"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identity:
    """Category and type from the registry of XEP-0030, name for people."""

    category: str
    type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Info:
    """What disco#info tells about an address."""

    identities: tuple[Identity, ...] = ()
    features: Iterable[str] = ()
    forms: tuple[Element, ...] = ()  # XEP-0128


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of disco#items."""

    jid: str
    name: str = ""
    node: str = ""


def info_result(info: Info, node: str = "") -> Element:
    """The payload for disco#info; features sorted, each once."""
    query = Element(INFO_QUERY, {"node": node} if node else {})
    for identity in info.identities:
        named = {"name": identity.name} if identity.name else {}
        child(query, f"{{{INFO}}}identity", category=identity.category, type=identity.type, **named)
    for feature in sorted(set(info.features)):
        child(query, f"{{{INFO}}}feature", var=feature)
    query.extend(info.forms)
    return query


def items_result(items: Iterable[Item], node: str = "") -> Element:
    """The payload for disco#items."""
    query = Element(ITEMS_QUERY, {"node": node} if node else {})
    for item in items:
        optional = {key: value for key, value in (("name", item.name), ("node", item.node)) if value}
        child(query, f"{{{ITEMS}}}item", jid=item.jid, **optional)
    return query


class Nodes(Protocol):
    """What stands at nodes of an address; each is None for a node that is not one of these (§7)."""

    def info(self, stanza: Stanza, node: str) -> Info | None:
        """What disco#info tells about the node."""

    def items(self, stanza: Stanza, node: str) -> Iterable[Item] | None:
        """What disco#items lists there."""


@dataclass(slots=True)
class Discovery:
    """The component's own address: identity, what its features announce, items it may list."""

    identity: Callable[[], Identity]  # by its name, which may change
    items: Callable[[Stanza], Iterable[Item]] = lambda stanza: ()
    nodes: Nodes | None = None
    forms: Callable[[], tuple[Element, ...]] = tuple  # XEP-0128, of the address itself
    _features: list[Feature] = field(default_factory=list)

    def announce(self, features: Iterable[Feature]) -> None:
        """List the namespaces of these features."""
        self._features.extend(features)

    def feature(self) -> Feature:
        """The declaration of service discovery itself."""
        return Feature(
            name="disco",
            xeps=("XEP-0030", "XEP-0059"),
            namespaces=(INFO, ITEMS, RSM),
            requests={("get", INFO_QUERY): self._info, ("get", ITEMS_QUERY): self._items},
        )

    def _info(self, stanza: Stanza, query: Element, transaction: Transaction) -> Element:
        if node := query.get("node", ""):
            return info_result(_at_node(self.nodes.info(stanza, node) if self.nodes else None), node)
        namespaces = [namespace for feature in self._features for namespace in feature.namespaces]
        return info_result(Info((self.identity(),), namespaces, self.forms()))

    def _items(self, stanza: Stanza, query: Element, transaction: Transaction) -> Element:
        if node := query.get("node", ""):
            found = _at_node(self.nodes.items(stanza, node) if self.nodes else None)
            return items_result(found, node)
        items = list(self.items(stanza))
        page, described = Page.read(query, MOST_ITEMS).of(items, lambda item: item.jid)
        result = items_result(page)
        if len(page) < len(items) or query.find(SET) is not None:
            result.append(described)  # XEP-0059 §2.1: who did not ask for pages gets the first one, too
        return result


def _at_node(found: T | None) -> T:
    if found is None:
        raise StanzaError("item-not-found", "there is no such node")  # XEP-0030 §7
    return found
