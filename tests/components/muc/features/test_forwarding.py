"""XEP-0045 §17.4: requests from one occupant to another."""

import pytest

from tests.components.muc.conference import ROOM, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
VERSION = f"<iq type='get' id='v' to='{ROOM}/alice'><query xmlns='jabber:iq:version'/></iq>"


def test_there_and_back(conference: Conference, alice: Person, bob: Person) -> None:
    """§17.4: neither side sees the other's address; over a restart of the service, too."""
    asked = bob.sends(VERSION).receives_nothing() and alice.receives(
        f"<iq type='get' from='{ROOM}/bob'><query xmlns='jabber:iq:version'/></iq>",
        without=("example/laptop",),
    )
    conference.restart()
    id = asked.get("id")
    alice.sends(
        f"<iq type='result' id='{id}' to='{ROOM}/bob'><query xmlns='jabber:iq:version'><name>"
        "x</name></query></iq>"
    )
    bob.receives(
        f"<iq type='result' id='v' from='{ROOM}/alice'><query xmlns='jabber:iq:version'><name>x</name>"
        "</query></iq>",
        without=("alice@example",),
    )


def test_an_error_comes_back(alice: Person, bob: Person) -> None:
    """§17.4: what the other says is passed on, an error too; nobody is taken for gone."""
    asked = bob.sends(VERSION) and alice.receives("<iq type='get'/>")
    alice.sends(
        f"<iq type='error' id='{asked.get('id')}' to='{ROOM}/bob'><error type='cancel'>"
        f"<service-unavailable xmlns='{STANZAS}'/></error></iq>"
    )
    bob.receives(f"<iq type='error' id='v'><error><service-unavailable xmlns='{STANZAS}'/></error></iq>")
    bob.says("still here?")
    alice.receives("<message/>")


@pytest.mark.parametrize(
    "payload", ["<vCard xmlns='vcard-temp'/>", "<pubsub xmlns='http://jabber.org/protocol/pubsub'/>"]
)
def test_what_the_account_answers(conference: Conference, alice: Person, bob: Person, payload: str) -> None:
    """XEP-0054 §3.2: a request for a vCard goes to the bare JID, and comes back from it."""
    account = conference.person("alice@example")
    asked = bob.sends(f"<iq type='get' id='c' to='{ROOM}/alice'>{payload}</iq>") and account.receives("<iq/>")
    account.sends(f"<iq type='result' id='{asked.get('id')}' to='{ROOM}/bob'>{payload}</iq>")
    bob.receives(f"<iq type='result' id='c' from='{ROOM}/alice'>{payload}</iq>")


def test_results_nobody_asked_for(alice: Person, bob: Person, carol: Person) -> None:
    """A guessed id, or the right one from somebody else, leads nowhere."""
    asked = bob.sends(VERSION) and alice.receives("<iq/>")
    carol.sends(f"<iq type='result' id='{asked.get('id')}' to='{ROOM}/bob'/>")
    for id in ("v", "", "AAAA", "\u00e9"):
        alice.sends(f"<iq type='result' id='{id}' to='{ROOM}/bob'/>")
    bob.receives_nothing()


def test_who_asked_has_left(alice: Person, bob: Person) -> None:
    """The answer is dropped."""
    asked = bob.sends(VERSION) and alice.receives("<iq/>")
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'/>").ignores()
    alice.sends(f"<iq type='result' id='{asked.get('id')}' to='{ROOM}/bob'/>")
    bob.receives_nothing()


def test_strangers_may_not_ask(alice: Person, carol: Person) -> None:
    """Only occupants: nobody outside gets through to them."""
    carol.sends(VERSION)
    carol.receives(f"<iq type='error'><error><not-acceptable xmlns='{STANZAS}'/></error></iq>")
    alice.receives_nothing()
