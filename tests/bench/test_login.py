"""The load's login, without a network."""

import pytest

from bench.login import Account, Login, LoginError

STREAM = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>"
)
FEATURES = b"<stream:features/>"
SUCCESS = b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
BOUND = (
    b"<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    b"<jid>romeo@localhost/1</jid></bind></iq>"
)


def begun() -> Login:
    login = Login(Account("romeo", "secret"), mechanism="PLAIN")
    assert login.start().startswith(b"<stream:stream")
    return login


def test_the_way_to_a_session() -> None:
    login = begun()
    assert b">AHJvbWVvAHNlY3JldA==</auth>" in login.receive(STREAM + FEATURES)
    assert login.receive(SUCCESS).startswith(b"<stream:stream")
    assert b"<bind" in login.receive(STREAM + FEATURES)
    assert b"jabber:iq:roster" in login.receive(BOUND)
    # What comes in between, such as somebody else's presence request, is passed over.
    assert login.receive(b"<message/><iq type='result' id='roster'/>") == b"<presence/>"
    login.receive(b"<presence from='romeo@localhost/1'/>")
    assert login.done
    assert login.jid == "romeo@localhost/1"


def test_the_bytes_may_come_one_by_one() -> None:
    login = begun()
    answers = [login.receive(bytes((byte,))) for byte in STREAM + FEATURES]
    assert b"<auth" in b"".join(answers)


def test_a_refusal_says_what_the_server_said() -> None:
    login = begun()
    login.receive(STREAM + FEATURES)
    with pytest.raises(LoginError, match="not-authorized"):
        login.receive(b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
