"""The sessions of local accounts."""

import pytest

from core_router.envelope import Envelope
from core_router.routing.sessions import Session, Sessions
from core_router.xmpp.errors import StreamError
from core_router.xmpp.jid import parse_jid


class Resource(Session):
    """A session that remembers how it was ended."""

    def __init__(self, jid: str, *, available: bool = True) -> None:
        super().__init__(parse_jid(jid), lambda envelope: None, self._end)
        self.ends: list[StreamError | None] = []
        self.presence = Envelope("presence", None, self.jid) if available else None

    def _end(self, error: StreamError | None) -> None:
        self.ends.append(error)


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


def test_they_are_found_by_full_and_bare_address(sessions: Sessions) -> None:
    home, work = Resource("alice@localhost/home"), Resource("alice@localhost/work", available=False)
    for session in (home, work, Resource("bob@localhost/desk")):
        sessions.add(session)
    assert sessions.get(parse_jid("alice@localhost/home")) is home
    assert sessions.get(parse_jid("alice@localhost/gone")) is None
    assert sessions.get(parse_jid("alice@localhost")) is None
    assert sessions.get(parse_jid("nobody@localhost/home")) is None
    assert sessions.of("alice@localhost") == [home, work]
    assert sessions.available("alice@localhost") == [home]
    assert sessions.of("nobody@localhost") == []


def test_resources_differ_in_case_accounts_do_not(sessions: Sessions) -> None:
    sessions.add(Resource("alice@localhost/home"))
    assert sessions.get(parse_jid("ALICE@localhost/home")) is not None
    assert sessions.get(parse_jid("alice@localhost/HOME")) is None


def test_an_address_is_taken_once(sessions: Sessions) -> None:
    sessions.add(Resource("alice@localhost/home"))
    with pytest.raises(ValueError, match="alice@localhost/home is taken"):
        sessions.add(Resource("alice@localhost/home"))


def test_they_are_counted(sessions: Sessions) -> None:
    made = [Resource(f"{name}@localhost/{resource}") for name in "ab" for resource in "xyz"]
    for session in made:
        sessions.add(session)
    assert (len(sessions), sessions.accounts()) == (6, 2)
    for session in made[:4]:
        assert sessions.remove(session)
    assert (len(sessions), sessions.accounts()) == (2, 1)
    assert list(sessions) == made[4:]


def test_one_that_was_replaced_does_not_take_out_the_new_one(sessions: Sessions) -> None:
    old, new = Resource("alice@localhost/home"), Resource("alice@localhost/home")
    sessions.add(old)
    sessions.remove(old)
    sessions.add(new)
    assert not sessions.remove(old)
    assert sessions.of("alice@localhost") == [new]


def test_they_may_go_while_one_goes_through_them(sessions: Sessions) -> None:
    for number in range(5):
        sessions.add(Resource(f"alice@localhost/{number}"))
    for session in sessions:
        sessions.remove(session)
    assert len(sessions) == 0


def test_a_barred_account_has_none_and_gets_none_until_it_is_admitted(sessions: Sessions) -> None:
    home = Resource("alice@localhost/home")
    sessions.add(home)
    sessions.bar("alice@localhost", "removed")
    [error] = home.ends
    assert error is not None and error.condition == "not-authorized"
    assert sessions.barred("alice@localhost")
    assert not sessions.barred("bob@localhost")
    sessions.admit("alice@localhost")
    assert not sessions.barred("alice@localhost")
