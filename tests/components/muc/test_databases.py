"""What is done to the archive by statements and queries, in every kind of database."""

import pytest
from sqlalchemy import URL

from components.muc.storage import metadata
from tests.components.muc.conference import OPEN, Conference
from tests.components.muc.features.test_archive import asks, bodies
from tests.components.muc.features.test_ids import stanza_id
from tests.components.muc.features.test_retraction import retracts


@pytest.fixture
def conference(database: URL) -> Conference:
    """A room service on that database."""
    made = Conference(database=database)
    made.person("alice@example/desk").enters("alice").sends(OPEN).configures(archive_days="10").ignores()
    return made


def test_archive(conference: Conference) -> None:
    """XEP-0313, XEP-0424: kept, found by everything one can search for, retracted, forgotten."""
    alice = conference.person("alice@example/desk")
    said = []
    for number in range(3):
        said.append(stanza_id(alice.ignores().says(f"m{number} 100% _").receives("<message/>")))
        conference.later(days=1)
    assert bodies(asks(alice)) == [f"m{number} 100% _" for number in range(3)]
    assert bodies(asks(alice, ids=said[1], with_="alice@example")) == ["m1 100% _"]
    assert bodies(asks(alice, start="2026-05-05T12:00:00Z", before_id=said[2])) == ["m1 100% _"]
    retracts(alice, said[1])
    assert bodies(asks(alice)) == ["m0 100% _", "m2 100% _", "retracted"]
    conference.later(days=8)
    conference.makes_rounds()
    assert bodies(asks(alice)) == ["m2 100% _", "retracted"]
    metadata.drop_all(conference.store)
    conference.store.dispose()
