"""XEP-0313: what an account answers that has nothing in its archive."""

from core_router.services.empty_archive import NAMESPACE
from tests.core_router.services.roster import condition
from tests.core_router.world import Client

PAGES = "http://jabber.org/protocol/rsm"


def page(content: str = "") -> str:
    return f"<query xmlns='{NAMESPACE}'><set xmlns='{PAGES}'><max>50</max>{content}</set></query>"


def test_it_is_announced_by_accounts_alone(alice: Client) -> None:
    """§7"""
    for entity, announced in (("localhost", False), ("alice@localhost", True)):
        answer = alice.asks("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=entity)
        assert (NAMESPACE in {feature.get("var") for feature in answer[0]}) is announced


def test_nothing_is_found(alice: Client) -> None:
    """§4.3: completely, with the <set/> that every result has; `<before/>` asks for the last page."""
    for query in (f"<query xmlns='{NAMESPACE}'/>", page(), page("<before/>")):
        answer = alice.asks(query, kind="set")
        fin = answer.find(f"{{{NAMESPACE}}}fin")
        assert fin is not None
        assert fin.get("complete") == "true"
        assert fin.findtext(f"{{{PAGES}}}set/{{{PAGES}}}count") == "0"


def test_no_message_has_neighbours(alice: Client) -> None:
    """§4.3: an id that is not in the archive."""
    for neighbour in ("<after>1</after>", "<before>1</before>"):
        assert condition(alice.asks(page(neighbour), kind="set")) == "item-not-found"


def test_what_can_be_searched_for(alice: Client) -> None:
    """§4.1"""
    answer = alice.asks(f"<query xmlns='{NAMESPACE}'/>")
    assert {field.get("var") for field in answer.iter("{jabber:x:data}field")} >= {"with", "start", "end"}


def test_nobody_searches_the_archive_of_somebody_else(alice: Client, bob: Client) -> None:
    """§8.1"""
    assert condition(bob.asks(page(), to="alice@localhost", kind="set")) == "service-unavailable"
