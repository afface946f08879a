"""A conference for each test, with a room that is open and its owner alice in it."""

import pytest

from tests.components.muc.conference import OPEN, Conference, Person


@pytest.fixture
def conference() -> Conference:
    """The service without any rooms."""
    return Conference()


@pytest.fixture
def alice(conference: Conference) -> Person:
    """The owner of the room, in it under the nickname alice."""
    return conference.person("alice@example/desk").enters("alice").sends(OPEN).ignores()


@pytest.fixture
def bob(conference: Conference, alice: Person) -> Person:
    """A user without affiliation, in the room under the nickname bob."""
    person = conference.person("bob@example/laptop").enters("bob").ignores()
    alice.ignores()
    return person


@pytest.fixture
def carol(conference: Conference, alice: Person) -> Person:
    """A user without affiliation, not in the room."""
    return conference.person("carol@example/phone")
