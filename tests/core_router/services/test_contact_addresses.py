"""XEP-0157: contact addresses, in the form of XEP-0128."""

from core_router.config import Contact
from core_router.services.disco import INFO
from tests.core_router.world import Client, World
from tests.scenarios.matching import Element

DATA = "{jabber:x:data}"


def forms(client: Client) -> list[Element]:
    return client.asks(f"<query xmlns='{INFO}'/>", to="localhost")[0].findall(f"{DATA}x")


def test_they_are_found_with_the_servers_information() -> None:
    contact = Contact(
        admin=["mailto:a@example.org", "xmpp:a@example.org?message"], status=["https://s.example/&"]
    )
    alice = World(contact=contact).client("alice@localhost/home")
    [form] = forms(alice)
    assert form.get("type") == "result"
    fields = {field.get("var"): (field.get("type"), [value.text for value in field]) for field in form}
    assert fields == {
        "FORM_TYPE": ("hidden", ["http://jabber.org/network/serverinfo"]),
        "admin-addresses": (None, ["mailto:a@example.org", "xmpp:a@example.org?message"]),
        "status-addresses": (None, ["https://s.example/&"]),
    }


def test_without_any_there_is_no_form(alice: Client) -> None:
    assert forms(alice) == []
