"""What strangers send ends in the log as part of an entry, never as one."""

import logging

import pytest

from settings.logs import Entry
from tests.core_router import login
from tests.core_router.world import World

FORGED = "x&#10;2026-05-04 12:00:00,000 INFO core_router: mallory has authenticated&#155;2J&#8232;"


def test_entries_cannot_be_forged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """In names, namespaces, addresses, mechanisms; before the login, after it, and from components."""
    caplog.set_level(logging.DEBUG, "core_router")
    for header in ({"to": FORGED}, {"to": "localhost", "from": f"{FORGED}@localhost", "version": "1.0"}):
        world.stranger().opens(**header)
        world.caller().opens("jabber:component:accept", **header)
    for said in (
        f"<x xmlns='{FORGED}'/>",
        f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{FORGED}'/>",
        f"<iq type='get' id='{FORGED}' to='localhost'><x xmlns='{FORGED}'/></iq>",
        f"<message to='a@localhost/{FORGED}' type='{FORGED}'/>",
    ):
        for peer in (world.stranger(), world.client("alice@localhost/home")):
            if peer.header.get("id") is None:
                login.open_stream(peer, world.domain)
            peer.sends(said)
    entries = [Entry("%(asctime)s %(message)s").format(record) for record in caplog.records]
    assert any("mallory" in entry for entry in entries), "nothing of it was logged at all"
    for entry in entries:
        assert entry.isprintable()
