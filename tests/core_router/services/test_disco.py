"""XEP-0030: what the domain and the accounts say of themselves."""

import pytest

from core_router.config import Component as ComponentTable
from core_router.services.disco import INFO, ITEMS
from core_router.services.ping import NAMESPACE as PING
from core_router.services.version import NAMESPACE as VERSION
from core_router.xmpp.namespaces import STANZA_ERRORS
from tests.core_router.world import SECRET, Client, World
from tests.scenarios.matching import Element


def query(client: Client, namespace: str, to: str, node: str = "") -> Element:
    written = f" node='{node}'" if node else ""
    return client.asks(f"<query xmlns='{namespace}'{written}/>", to=to)


def features(client: Client, to: str) -> list[str]:
    found = query(client, INFO, to)[0]
    return [str(feature.get("var")) for feature in found.iterfind(f"{{{INFO}}}feature")]


class TestDomain:
    def test_it_is_an_instant_messaging_server(self, alice: Client) -> None:
        """XEP-0030 §3.1."""
        identity = query(alice, INFO, "localhost")[0].find(f"{{{INFO}}}identity")
        assert identity is not None
        assert (identity.get("category"), identity.get("type")) == ("server", "im")

    def test_it_names_what_it_can(self, alice: Client) -> None:
        assert {INFO, ITEMS, PING, VERSION, "msgoffline"} <= set(features(alice, "localhost"))

    def test_nothing_is_named_twice(self, alice: Client) -> None:
        named = features(alice, "localhost")
        assert len(set(named)) == len(named)

    def test_its_items_are_the_components_unless_hidden(self) -> None:
        """§4: connected or not."""
        world = World(
            component={
                "conference.localhost": ComponentTable(secret=SECRET),
                "hidden.localhost": ComponentTable(secret=SECRET, hidden=True),
            }
        )
        alice = world.client("alice@localhost/home")
        items = query(alice, ITEMS, "localhost")[0]
        assert [item.get("jid") for item in items] == ["conference.localhost"]
        world.reconfigure(component={"hidden.localhost": ComponentTable(secret=SECRET)})
        items = query(alice, ITEMS, "localhost")[0]
        assert [item.get("jid") for item in items] == ["hidden.localhost"]

    def test_without_components_there_are_none(self, alice: Client) -> None:
        assert len(query(alice, ITEMS, "localhost")[0]) == 0


class TestAccount:
    def test_ones_own_is_a_registered_account(self, alice: Client) -> None:
        """XEP-0030 §8, registry: account/registered."""
        identity = query(alice, INFO, "alice@localhost")[0].find(f"{{{INFO}}}identity")
        assert identity is not None
        assert (identity.get("category"), identity.get("type")) == ("account", "registered")
        assert {INFO, ITEMS, PING} <= set(features(alice, "alice@localhost"))

    def test_without_an_address_it_is_ones_own(self, alice: Client) -> None:
        """RFC 6120 §10.3.3."""
        assert features(alice, "") == features(alice, "alice@localhost")

    def test_it_has_no_items(self, alice: Client) -> None:
        assert len(query(alice, ITEMS, "alice@localhost")[0]) == 0

    @pytest.mark.parametrize("namespace", [INFO, ITEMS])
    @pytest.mark.parametrize("to", ["bob@localhost", "nobody@localhost"])
    def test_of_others_nothing_is_said(self, alice: Client, bob: Client, namespace: str, to: str) -> None:
        """§8: whether there is such an account is not revealed."""
        answer = query(alice, namespace, to)
        assert answer.find(f"{{jabber:client}}error/{{{STANZA_ERRORS}}}service-unavailable") is not None
        bob.receives_nothing()

    def test_who_may_see_the_presence_may_see_this(self, alice: Client, bob: Client) -> None:
        """§8: a subscription, in the right direction."""
        alice.sends("<presence type='subscribe' to='bob@localhost'/>")
        bob.sends("<presence type='subscribed' to='alice@localhost'/>")
        alice.ignores()
        assert features(alice, "bob@localhost") == features(alice, "alice@localhost")
        answer = query(bob.ignores(), INFO, "alice@localhost")
        assert answer.get("type") == "error"

    def test_a_resource_answers_for_itself(self, alice: Client, bob: Client) -> None:
        alice.sends(f"<iq type='get' id='1' to='{bob.jid}'><query xmlns='{INFO}'/></iq>")
        bob.receives_next(f"<iq type='get' id='1' from='{alice.jid}'><query xmlns='{INFO}'/></iq>")


@pytest.mark.parametrize("namespace", [INFO, ITEMS])
@pytest.mark.parametrize("to", ["localhost", "alice@localhost"])
def test_there_are_no_nodes(alice: Client, namespace: str, to: str) -> None:
    """§7: item-not-found."""
    answer = query(alice, namespace, to, node="urn:example:node")
    assert answer.find(f"{{jabber:client}}error/{{{STANZA_ERRORS}}}item-not-found") is not None
