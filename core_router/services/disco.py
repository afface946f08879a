"""XEP-0030: service discovery of the domain and of accounts, derived from the installed features."""

from collections.abc import Callable, Iterable

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq
from core_router.xmpp.element import attributes
from core_router.xmpp.errors import StanzaError

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
_INFO_QUERY, _ITEMS_QUERY = f"{{{INFO}}}query", f"{{{ITEMS}}}query"


class Disco:
    """Answers for the server. `items` gives the component domains to list, as (address, name)."""

    def __init__(self, items: Callable[[str], Iterable[str]]) -> None:
        self._items = items
        self._domain_info = b""
        self._account_info = b""

    def describe(self, features: Iterable[Feature]) -> None:
        """Take in what the features advertise; called once all of them are known."""
        features = list(features)
        self._domain_info = _info(
            ("server", "im"), {f for feature in features for f in feature.domain_features}
        )
        self._account_info = _info(
            ("account", "registered"), {f for feature in features for f in feature.account_features}
        )

    def feature(self) -> Feature:
        return Feature(
            name="service discovery",
            standards=("XEP-0030",),
            domain_features=(INFO, ITEMS),
            account_features=(INFO, ITEMS),
            iq=(
                Iq("domain", "get", _INFO_QUERY, self._domain_information),
                Iq("domain", "get", _ITEMS_QUERY, self._domain_items),
                Iq("account", "get", _INFO_QUERY, self._account_information),
                Iq("account", "get", _ITEMS_QUERY, self._account_items),
            ),
        )

    def _domain_information(self, request: Envelope) -> bytes:
        _no_node(request, _INFO_QUERY)
        return self._domain_info

    def _domain_items(self, request: Envelope) -> bytes:
        _no_node(request, _ITEMS_QUERY)
        assert request.to is not None
        items = "".join(f"<item{attributes(jid=jid)}/>" for jid in self._items(request.to.domain))
        return f"<query xmlns='{ITEMS}'>{items}</query>".encode()

    def _account_information(self, request: Envelope) -> bytes:
        _no_node(request, _INFO_QUERY)
        return self._account_info

    def _account_items(self, request: Envelope) -> bytes:
        _no_node(request, _ITEMS_QUERY)
        return f"<query xmlns='{ITEMS}'/>".encode()


def _no_node(request: Envelope, query: str) -> None:
    """There are no nodes here (XEP-0030 §3.2, §7: item-not-found)."""
    element = request.element(query)
    if element is not None and element.get("node"):
        raise StanzaError("item-not-found")


def _info(identity: tuple[str, str], features: set[str]) -> bytes:
    category, type = identity
    listed = "".join(f"<feature{attributes(var=var)}/>" for var in sorted(features))
    return (
        f"<query xmlns='{INFO}'><identity{attributes(category=category, type=type, name='Stellwerk')}/>"
        f"{listed}</query>"
    ).encode()
