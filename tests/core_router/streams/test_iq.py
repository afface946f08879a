"""RFC 6120 §8.2.3: an IQ that is none is refused by the server, whoever it is for, and reaches nobody."""

import pytest

from tests.core_router.world import Client, World

ROOMS = "conference.localhost"
QUERY = "<query xmlns='urn:example'/>"
NONE = [
    pytest.param("id='1'", QUERY, id="no type (rule 2)"),
    pytest.param("id='1' type='question'", QUERY, id="an unknown type (rule 2)"),
    pytest.param("type='get'", QUERY, id="no id (rule 1)"),
    pytest.param("type='result'", "", id="an answer without an id (rule 1)"),
    pytest.param("id='1' type='set'", "", id="a request of nothing (rule 5)"),
    pytest.param("id='1' type='get'", QUERY + QUERY, id="two requests (rule 5)"),
]
BAD_REQUEST = "<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


@pytest.mark.parametrize(("attributes", "content"), NONE)
@pytest.mark.parametrize("to", ["bob@localhost/home", "bob@localhost", f"tea@{ROOMS}", "localhost"])
def test_a_clients(world: World, alice: Client, bob: Client, attributes: str, content: str, to: str) -> None:
    rooms = world.component(ROOMS)
    alice.sends(f"<iq to='{to}' {attributes}>{content}</iq>")
    if "result" not in attributes:
        alice.receives_next(f"<iq type='error' from='{to}'>{BAD_REQUEST}</iq>")
    for party in (alice, bob, rooms):
        party.receives_nothing()
        assert party.end is None


@pytest.mark.parametrize(("attributes", "content"), NONE)
def test_a_components(world: World, alice: Client, attributes: str, content: str) -> None:
    rooms = world.component(ROOMS)
    rooms.sends(f"<iq from='tea@{ROOMS}' to='{alice.jid}' {attributes}>{content}</iq>")
    if "result" not in attributes:
        rooms.receives_next(f"<iq type='error' to='tea@{ROOMS}' from='{alice.jid}'>{BAD_REQUEST}</iq>")
    rooms.receives_nothing()
    alice.receives_nothing()


@pytest.mark.parametrize("type", ["get", "set", "result", "error"])
def test_what_is_one_passes(alice: Client, bob: Client, type: str) -> None:
    alice.sends(f"<iq to='{bob.jid}' id='1' type='{type}'>{QUERY}</iq>")
    bob.receives_next(f"<iq from='{alice.jid}' id='1' type='{type}'>{QUERY}</iq>")
