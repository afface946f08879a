"""XEP-0045 §11.1 and §18.1.2: occupants that are no more."""

import pytest

from tests.components.muc.conference import ROOM, USER, Person

ERROR = "<error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
GONE = (
    f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'><item role='none'/>"
    "<status code='333'/></x></presence>"
)


@pytest.mark.parametrize("kind", ["message", "presence"])
@pytest.mark.parametrize(
    "condition",
    [
        "gone",
        "item-not-found",
        "recipient-unavailable",
        "remote-server-not-found",
        "remote-server-timeout",
        "redirect",
        "service-unavailable",
    ],
)
def test_delivery_errors_remove(alice: Person, bob: Person, kind: str, condition: str) -> None:
    """§18.1.2, §11.1: removed with 333, without 307, as if it had left."""
    bob.sends(f"<{kind} type='error' to='{ROOM}'>{ERROR % ('cancel', condition)}</{kind}>")
    alice.receives(GONE, without=('code="307"',))
    alice.says("gone?")
    assert all(stanza.findtext("{jabber:client}body") is None for stanza in bob.inbox)


@pytest.mark.parametrize("condition", ["not-acceptable", "policy-violation", "bad-request"])
def test_other_errors_do_not(alice: Person, bob: Person, condition: str) -> None:
    """§18.1.2 names the errors that mean delivery; a client that dislikes a message stays."""
    bob.sends(f"<message type='error' to='{ROOM}'>{ERROR % ('modify', condition)}</message>")
    alice.receives_nothing()


def test_errors_of_strangers(alice: Person, carol: Person) -> None:
    """An error is never answered (RFC 6120 §8.3.1), and removes nobody but its sender."""
    for to in (ROOM, f"{ROOM}/alice", "none@chat.example"):
        carol.sends(
            f"<message type='error' to='{to}'>{ERROR % ('cancel', 'gone')}</message>"
        ).receives_nothing()
    alice.receives_nothing()


def test_a_private_message_that_came_back(alice: Person, bob: Person) -> None:
    """The sender of the private message learns of the error; the ghost goes."""
    bob.sends(
        f"<message type='error' id='p1' to='{ROOM}/alice'>{ERROR % ('cancel', 'item-not-found')}</message>"
    )
    alice.receives(
        f"<message type='error' id='p1' from='{ROOM}/bob'>{ERROR % ('cancel', 'item-not-found')}</message>",
        GONE,
    )
