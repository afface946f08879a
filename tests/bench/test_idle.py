"""What an idle session says, and when it is taken for one."""

from typing import cast

import pytest

from bench.load import Connection, LoadError, Receive, Session
from bench.route.idle import IdleSession

CARBONS = b"<iq type='result' id='carbons' to='a@localhost/1'/>"
ENABLED = b'<enabled xmlns="urn:xmpp:sm:3" id="x" resume="true"/>'


class Line:
    """A connection in memory."""

    def __init__(self) -> None:
        self.sent = b""
        self.receive: Receive

    def send(self, data: bytes) -> None:
        self.sent += data


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def idle(line: Line) -> IdleSession:
    made = IdleSession(Session(cast(Connection, line), "a@localhost/1"))
    assert line.sent.startswith(b"<iq type='set' id='carbons'>")
    line.sent = b""
    return made


def test_it_is_ready_when_both_are_switched_on(idle: IdleSession, line: Line) -> None:
    line.receive(CARBONS)
    assert not idle.ready
    line.receive(ENABLED)
    assert idle.ready


@pytest.mark.parametrize("refusal", [b"<iq type='error' id='carbons'/>", b'<iq type="error"/>', b"<failed/>"])
def test_a_server_that_has_neither_is_told_of(idle: IdleSession, line: Line, refusal: bytes) -> None:
    line.receive(refusal)
    with pytest.raises(LoadError, match="not to be had"):
        assert idle.ready


def test_it_answers_pings_and_says_what_it_has_handled(idle: IdleSession, line: Line) -> None:
    line.receive(b"<iq type='get' id='ping' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
    assert line.sent == b"<iq type='result' id='ping'/>"
    line.receive(b"<r xmlns='urn:xmpp:sm:3'/>")
    assert line.sent.endswith(b"<a xmlns='urn:xmpp:sm:3' h='1'/>")


def test_it_knows_what_it_has_read(idle: IdleSession, line: Line) -> None:
    line.receive(b"<message from='b@localhost/2'><body>roll call 1")
    assert not idle.has_read("roll call 1")
    line.receive(b"</body></message>")
    assert idle.has_read("roll call 1")
    assert not idle.has_read("roll call 2")
