"""XEP-0030: service discovery of the domain and of accounts, derived from the installed features.

The domain's information may have forms (XEP-0128), and is also found under the nodes by which its
capabilities are advertised (XEP-0115, XEP-0390).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from core_router.envelope import Envelope
from core_router.feature import Feature, InfoForm, Iq
from core_router.services.rosters import Rosters
from core_router.xmpp.element import attributes, write_text
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
_DATA = "jabber:x:data"
_INFO_QUERY, _ITEMS_QUERY = f"{{{INFO}}}query", f"{{{ITEMS}}}query"


@dataclass(frozen=True, slots=True)
class Info:
    """What an entity says of itself (XEP-0030 §3.1)."""

    category: str
    type: str
    features: tuple[str, ...]
    forms: tuple[InfoForm, ...] = ()
    name: str = "Stellwerk"

    def query(self, node: str | None = None) -> bytes:
        """The content of the answer."""
        identity = attributes(category=self.category, type=self.type, name=self.name)
        features = "".join(f"<feature{attributes(var=var)}/>" for var in self.features)
        forms = "".join(map(_form, self.forms))
        return (
            f"<query xmlns='{INFO}'{attributes(node=node)}><identity{identity}/>{features}{forms}</query>"
        ).encode()


def _form(form: InfoForm) -> str:
    """XEP-0128 §2."""
    fields = "".join(
        f"<field{attributes(var=var)}>{''.join(write_text('value', value) for value in values)}</field>"
        for var, values in form.fields
    )
    form_type = f"<field var='FORM_TYPE' type='hidden'>{write_text('value', form.type)}</field>"
    return f"<x xmlns='{_DATA}' type='result'>{form_type}{fields}</x>"


class Disco:
    """Answers for the server. `items` gives the component domains to list below a domain."""

    def __init__(self, items: Callable[[str], Iterable[str]], rosters: Rosters) -> None:
        self._items = items
        self._rosters = rosters
        self._domain: dict[str, bytes] = {}  # by node
        self._further: list[Callable[[JID], tuple[str, ...]]] = []  # features for some only
        self._account = b""
        self._information = Info("server", "im", ())

    def describe(self, features: Iterable[Feature], nodes: Callable[[Info], Iterable[str]]) -> Info:
        """Take in what the features advertise; called once all of them are known.

        The result is the domain's information; `nodes` says under which nodes it is found, too.
        """
        features = list(features)
        domain = Info(
            "server",
            "im",
            tuple(sorted({var for feature in features for var in feature.domain_features})),
            tuple(form for feature in features for form in feature.domain_forms),
        )
        self._information = domain
        self._further = [further for feature in features if (further := feature.domain_features_for)]
        self._domain = {"": domain.query(), **{node: domain.query(node) for node in nodes(domain)}}
        account = {var for feature in features for var in feature.account_features}
        self._account = Info("account", "registered", tuple(sorted(account))).query()
        return domain

    def feature(self) -> Feature:
        return Feature(
            name="service discovery",
            standards=("XEP-0030", "XEP-0128"),
            domain_features=(INFO, ITEMS),
            account_features=(INFO, ITEMS),
            iq=(
                Iq("domain", "get", _INFO_QUERY, self._domain_information),
                Iq("domain", "get", _ITEMS_QUERY, self._domain_items),
                Iq("account", "get", _INFO_QUERY, self._account_information, public=True),
                Iq("account", "get", _ITEMS_QUERY, self._account_items, public=True),
            ),
        )

    def _domain_information(self, request: Envelope) -> bytes:
        node = _node(request, _INFO_QUERY)
        if node not in self._domain:
            raise StanzaError("item-not-found")  # §7
        assert request.from_ is not None
        further = {feature for features in self._further for feature in features(request.from_)}
        if node or not further:
            return self._domain[node]
        known = self._information
        return replace(known, features=tuple(sorted({*known.features, *further}))).query()

    def _domain_items(self, request: Envelope) -> bytes:
        _no_node(request, _ITEMS_QUERY)
        assert request.to is not None
        items = "".join(f"<item{attributes(jid=jid)}/>" for jid in self._items(request.to.domain))
        return f"<query xmlns='{ITEMS}'>{items}</query>".encode()

    async def _account_information(self, request: Envelope) -> bytes:
        await self._check_authorized(request)
        _no_node(request, _INFO_QUERY)
        return self._account

    async def _account_items(self, request: Envelope) -> bytes:
        await self._check_authorized(request)
        _no_node(request, _ITEMS_QUERY)
        return f"<query xmlns='{ITEMS}'/>".encode()

    async def _check_authorized(self, request: Envelope) -> None:
        """§8: the owner, and who may see the owner's presence. Raises StanzaError for everybody else."""
        assert request.to is not None and request.from_ is not None
        if request.from_.bare != request.to.bare:
            roster = await self._rosters.load(request.to.bare)
            item = roster.items.get(request.from_.bare) if roster is not None else None
            if item is None or not item.receives:
                raise StanzaError("service-unavailable")


def _node(request: Envelope, query: str) -> str:
    element = request.element(query)
    return element.get("node", "") if element is not None else ""


def _no_node(request: Envelope, query: str) -> None:
    """There are no nodes here (§3.2, §7)."""
    if _node(request, query):
        raise StanzaError("item-not-found")
