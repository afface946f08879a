"""XEP-0045 §11.1: those who went away without a word."""

from tests.components.muc.conference import ENTER, ROOM, USER, Conference, Person

LOOK = f"<message type='groupchat' from='{ROOM}'><no-store xmlns='urn:xmpp:hints'/></message>"
GONE = (
    f"<message type='error' to='{ROOM}'><error type='cancel'>"
    "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
)


def test_a_quiet_room_looks_who_is_there(conference: Conference, alice: Person, bob: Person) -> None:
    conference.makes_rounds()
    conference.later(minutes=14)
    conference.makes_rounds()
    alice.receives_nothing()
    conference.later(minutes=1)
    conference.makes_rounds()
    alice.receives(LOOK)
    bob.receives(LOOK)
    conference.later(minutes=1)
    conference.makes_rounds()
    bob.receives_nothing()


def test_who_is_gone_is_removed(conference: Conference, alice: Person, bob: Person) -> None:
    """§18.1.2, §11.1: as if they had left, with 333."""
    conference.makes_rounds()
    conference.later(minutes=15)
    conference.makes_rounds()
    bob.sends(GONE)
    alice.receives(
        LOOK,
        f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'><status code='333'/></x>"
        "</presence>",
    )


def test_where_something_is_said_there_is_no_need(conference: Conference, alice: Person) -> None:
    conference.makes_rounds()
    conference.later(minutes=10)
    alice.says("hello").ignores()
    conference.later(minutes=10)
    conference.makes_rounds()
    alice.receives_nothing()
    conference.later(minutes=5)
    conference.makes_rounds()
    alice.receives(LOOK)


def test_soon_after_the_link_was_lost(conference: Conference, alice: Person) -> None:
    """But not at once: those who have to log in again shall find their place."""
    conference.makes_rounds()
    conference.renews_the_link()
    conference.makes_rounds()
    alice.receives_nothing()
    conference.later(minutes=1)
    conference.makes_rounds()
    alice.receives(LOOK)


def test_rooms_that_were_just_restored_wait(conference: Conference, alice: Person) -> None:
    """A restart that nobody notices sends nothing."""
    conference.restart()
    conference.later(hours=1)
    conference.makes_rounds()
    alice.receives_nothing()


def test_an_empty_room_looks_for_nobody(conference: Conference, alice: Person) -> None:
    alice.configures(persistentroom="1").sends(f"<presence type='unavailable' to='{ROOM}/alice'/>").ignores()
    conference.makes_rounds()
    conference.later(hours=1)
    conference.makes_rounds()
    assert conference.sent == []
    alice.sends(f"<presence to='{ROOM}/alice'>{ENTER}</presence>").ignores()
    conference.makes_rounds()
    alice.receives_nothing()
