"""XEP-0045 §7.5: private messages."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def refused(person: Person, condition: str) -> None:
    """The answer is this error."""
    person.receives(f"<message type='error'><error><{condition} xmlns='{STANZAS}'/></error></message>")
    person.receives_nothing()


def test_delivered_to_one(alice: Person, bob: Person, conference: Conference) -> None:
    """§7.5: to the recipient's full JID, from the occupant JID, marked as coming from a room."""
    carol = conference.person("carol@example/phone").enters("carol").ignores()
    alice.ignores(), bob.ignores()
    bob.sends(f"<message type='chat' id='p1' to='{ROOM}/alice'><body>psst</body></message>")
    alice.receives(
        f"<message type='chat' id='p1' from='{ROOM}/bob'><body>psst</body><x xmlns='{USER}'/></message>",
        without=("bob@example",),
    )
    for person in (bob, carol):
        person.receives_nothing()
    bob.sends(f"<message type='chat' to='{ROOM}/alice'><body>x</body><x xmlns='{USER}'/></message>")
    assert len(alice.receives("<message><body>x</body></message>").findall(f"{{{USER}}}x")) == 1


def test_to_all_sessions(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.2.8: recommended to reach all sessions of the recipient."""
    phone = conference.person("bob@example/phone").enters("bob").ignores()
    bob.ignores()
    alice.sends(f"<message type='chat' to='{ROOM}/bob'><body>psst</body></message>")
    for session in (bob, phone):
        session.receives("<message type='chat'><body>psst</body></message>")


def test_groupchat_to_one_occupant(alice: Person, bob: Person) -> None:
    """§7.5: bad-request for the type groupchat, by the room."""
    bob.sends(f"<message type='groupchat' to='{ROOM}/alice'><body>x</body></message>")
    bob.receives(
        f"<message type='error' from='{ROOM}/alice'><error by='{ROOM}' type='modify'>"
        f"<bad-request xmlns='{STANZAS}'/></error></message>"
    )
    alice.receives_nothing()


def test_nobody_of_that_name(bob: Person) -> None:
    """§7.5: item-not-found."""
    bob.sends(f"<message type='chat' to='{ROOM}/zoe'><body>x</body></message>")
    refused(bob, "item-not-found")


def test_from_outside(alice: Person, carol: Person) -> None:
    """§7.5, §17.2: not-acceptable from somebody who is not in the room."""
    carol.sends(f"<message type='chat' to='{ROOM}/alice'><body>x</body></message>")
    refused(carol, "not-acceptable")
    alice.receives_nothing()


@pytest.mark.parametrize(
    ("allowed", "bob_may"), [("participants", True), ("moderators", False), ("none", False)]
)
def test_who_may(alice: Person, bob: Person, allowed: str, bob_may: bool) -> None:
    """§7.5: as muc#roomconfig_allowpm says."""
    alice.configures(allowpm=allowed).ignores()
    bob.ignores().sends(f"<message type='chat' to='{ROOM}/alice'><body>x</body></message>")
    if bob_may:
        alice.receives("<message type='chat'/>")
    else:
        refused(bob, "forbidden")
