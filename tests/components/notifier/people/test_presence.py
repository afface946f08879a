"""RFC 6121 §4: what people show decides how they are reached."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import StaticPool, create_engine

from components.common.elements import STREAM
from components.common.rows import apply
from components.common.stanza import Stanza
from components.common.transaction import RowKey, Transaction
from components.notifier.people import presence
from components.notifier.people.presence import MOST_RESOURCES, Availability, Presences

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ANN = "ann@example"


class World:
    """The presences, and a store that they are read from again."""

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        presence.metadata.create_all(self.engine)
        self.restart()

    def restart(self) -> None:
        """A new process."""
        with self.engine.connect() as connection:
            stored = presence.load(connection)
        self.presences = Presences("alerts.example", lambda bare: bare.endswith("@example"), stored)

    def shows(self, jid: str, attributes: str = "", content: str = "") -> str:
        """Presence from somebody; what is sent then."""
        [element] = fromstring(
            f"<s xmlns='{STREAM}'><presence from='{jid}' to='alerts.example' {attributes}>{content}"
            "</presence></s>"
        )
        transaction = Transaction(NOW)
        self.presences.take(Stanza.read(element), transaction)
        return self.commit(transaction)

    def commit(self, transaction: Transaction) -> str:
        """Its rows are written."""
        with self.engine.begin() as connection:
            apply(connection, transaction.rows.values())
        return transaction.render()


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("", Availability.ONLINE),
        ("<show>chat</show>", Availability.CHATTY),
        ("<show>away</show>", Availability.AWAY),
        ("<show>xa</show>", Availability.EXTENDED_AWAY),
        ("<show>dnd</show>", Availability.BUSY),
        ("<show>nonsense</show>", Availability.ONLINE),
    ],
)
def test_each_show(world: World, show: str, expected: Availability) -> None:
    """§4.7.2.1."""
    world.shows(f"{ANN}/phone", content=show)
    assert world.presences.of(ANN) is expected


def test_the_best_resource_counts(world: World) -> None:
    world.shows(f"{ANN}/phone", content="<show>xa</show>")
    world.shows(f"{ANN}/desk")
    assert world.presences.of(ANN) is Availability.ONLINE
    world.shows(f"{ANN}/desk", "type='unavailable'")
    assert world.presences.of(ANN) is Availability.EXTENDED_AWAY


def test_who_is_not_to_be_disturbed_is_busy_everywhere(world: World) -> None:
    world.shows(f"{ANN}/phone")
    world.shows(f"{ANN}/desk", content="<show>dnd</show>")
    assert world.presences.of(ANN) is Availability.BUSY


def test_nobody_is_not_away(world: World) -> None:
    """Who shows nothing at all is not known to be offline."""
    assert world.presences.of(ANN) is Availability.UNKNOWN
    world.shows(f"{ANN}/desk")
    world.shows(f"{ANN}/desk", "type='unavailable'")
    assert world.presences.of(ANN) is Availability.OFFLINE


def test_the_answer_to_a_probe_of_somebody_who_is_away(world: World) -> None:
    """§4.3.2.1: unavailable presence from the bare address ends all resources."""
    world.shows(f"{ANN}/desk")
    world.shows(ANN, "type='unavailable'")
    assert world.presences.of(ANN) is Availability.OFFLINE


def test_a_new_process_knows_what_was_shown(world: World) -> None:
    world.shows(f"{ANN}/desk", content="<show>dnd</show>")
    world.shows("bob@example/desk")
    world.shows("bob@example/desk", "type='unavailable'")
    world.restart()
    assert world.presences.of(ANN) is Availability.BUSY
    assert world.presences.since(ANN) == NOW
    assert world.presences.of("bob@example") is Availability.OFFLINE
    assert world.presences.offline_since("bob@example") == NOW
    assert world.presences.offline_since(ANN) is None
    world.shows("bob@example/desk")
    world.restart()
    assert world.presences.offline_since("bob@example") is None
    assert world.presences.of("bob@example") is Availability.ONLINE


def test_subscriptions(world: World) -> None:
    """§3.1: asked once; those who granted it are probed."""
    transaction = Transaction(NOW)
    world.presences.subscribe([ANN], transaction)
    assert world.commit(transaction) == f"<presence from='alerts.example' to='{ANN}' type='subscribe'/>"
    assert (
        world.shows(ANN, "type='subscribed'") == f"<presence from='alerts.example' to='{ANN}' type='probe'/>"
    )
    transaction = Transaction(NOW)
    world.presences.subscribe([ANN], transaction)
    assert world.commit(transaction) == f"<presence from='alerts.example' to='{ANN}' type='probe'/>"
    world.shows(f"{ANN}/desk")
    world.shows(ANN, "type='unsubscribed'")
    assert world.presences.of(ANN) is Availability.UNKNOWN
    world.restart()
    assert world.presences.of(ANN) is Availability.UNKNOWN


def test_who_subscribes_is_asked_in_return(world: World) -> None:
    """§3.1: but a stranger is not, and nobody twice."""
    assert world.shows(ANN, "type='subscribe'") == (
        f"<presence from='alerts.example' to='{ANN}' type='subscribe'/>"
    )
    world.shows(f"{ANN}/desk")
    assert world.shows(ANN, "type='subscribe'") == ""
    assert world.shows("mallory@elsewhere", "type='subscribe'") == ""


def test_strangers_take_no_memory(world: World) -> None:
    world.shows("mallory@elsewhere/x")
    assert world.presences.of("mallory@elsewhere") is Availability.UNKNOWN
    for number in range(MOST_RESOURCES + 5):
        world.shows(f"{ANN}/{number}")
    with world.engine.connect() as connection:
        assert len(presence.load(connection)) == MOST_RESOURCES


def test_a_change_that_fails_is_taken_back(world: World) -> None:
    world.shows(f"{ANN}/desk")
    transaction = Transaction(NOW)
    [element] = fromstring(
        f"<s xmlns='{STREAM}'><presence from='{ANN}/desk' to='alerts.example'><show>dnd</show></presence></s>"
    )
    world.presences.take(Stanza.read(element), transaction)
    transaction.roll_back()
    rows: Mapping[RowKey, Any] = transaction.rows
    assert not rows
    assert world.presences.of(ANN) is Availability.ONLINE
