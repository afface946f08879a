"""A room with its owner alice in it, and the bot, which belongs there by configuration."""

import pytest

from components.bots.config import RoomSettings
from tests.components.bots.company import Company
from tests.components.muc.conference import ROOM, Conference, Person


@pytest.fixture
def conference() -> Conference:
    return Conference()


@pytest.fixture
def alice(conference: Conference) -> Person:
    """She owns the room and moderates it."""
    person = conference.person("alice@example/x").enters("alice")
    return person.configures(persistentroom="1").ignores()


@pytest.fixture
def company(conference: Conference, alice: Person) -> Company:
    made = Company(conference, rooms={ROOM: RoomSettings(greeting="Welcome, {nick}!")})
    alice.ignores()
    return made
