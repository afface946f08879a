"""XEP-0045 §6: discovery of the service, of rooms, of occupants; §7.12 reserved nicknames."""

import pytest

from components.common import disco
from tests.components.muc.conference import DOMAIN, OPEN, ROOM, Conference, Person

INFO, ITEMS = "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
MUC = "http://jabber.org/protocol/muc"


def asks(person: Person, to: str, namespace: str, node: str = "") -> Person:
    """Send a request for information or items."""
    attribute = f" node='{node}'" if node else ""
    return person.ignores().sends(
        f"<iq type='get' id='d' to='{to}'><query xmlns='{namespace}'{attribute}/></iq>"
    )


def refused(person: Person, condition: str) -> None:
    """The answer is this error."""
    person.receives(f"<iq type='error' id='d'><error><{condition} xmlns='{STANZAS}'/></error></iq>")


def test_service(carol: Person) -> None:
    """§6, §6.2, §7.4: identity and features."""
    asks(carol, DOMAIN, INFO).receives(
        f"<iq type='result' from='{DOMAIN}'><query xmlns='{INFO}'>"
        "<identity category='conference' type='text' name='*'/>"
        f"<feature var='{MUC}'/><feature var='{MUC}#stable_id'/><feature var='{INFO}'/>"
        f"<feature var='{ITEMS}'/><feature var='http://jabber.org/protocol/rsm'/>"
        "<feature var='urn:xmpp:ping'/><feature var='jabber:iq:version'/><feature var='vcard-temp'/>"
        "</query></iq>"
    )


def test_public_rooms(conference: Conference, alice: Person, carol: Person) -> None:
    """§6.3: public rooms with their names; not hidden ones, not locked ones."""
    alice.configures(roomname="Tea time")
    hidden, locked = f"hidden@{DOMAIN}", f"locked@{DOMAIN}"
    alice.enters("alice", room=hidden).sends(OPEN.replace(ROOM, hidden)).configures(hidden, publicroom="0")
    alice.enters("alice", room=locked)
    answer = asks(carol, DOMAIN, ITEMS).receives(
        f"<iq type='result'><query xmlns='{ITEMS}'><item jid='{ROOM}' name='Tea time'/></query></iq>"
    )
    assert len(answer[0]) == 1
    assert len(asks(alice, DOMAIN, ITEMS).receives("<iq type='result'/>")[0]) == 2


def test_more_rooms_than_fit(
    conference: Conference, alice: Person, carol: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§6.3: a list that is not all says so, be it asked for pages or not."""
    monkeypatch.setattr(disco, "MOST_ITEMS", 1)
    other = f"other@{DOMAIN}"
    alice.enters("alice", room=other).sends(OPEN.replace(ROOM, other))
    answer = asks(carol, DOMAIN, ITEMS).receives(
        f"<iq type='result'><query xmlns='{ITEMS}'><item jid='{ROOM}'/>"
        f"<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>{ROOM}</first><count>2</count></set>"
        "</query></iq>"
    )
    assert len(answer[0]) == 2


def test_room(alice: Person, carol: Person) -> None:
    """§6.4, §7.4: identity, features of the configuration, muc#roominfo form; never the password."""
    alice.configures(
        roomname="Tea", roomdesc="Leaves", membersonly="1", passwordprotectedroom="1", roomsecret="crumpet"
    )
    asks(carol, ROOM, INFO).receives(
        f"<iq type='result' from='{ROOM}'><query xmlns='{INFO}'>"
        "<identity category='conference' type='text' name='Tea'/>"
        f"<feature var='{MUC}'/><feature var='{MUC}#stable_id'/>"
        "<feature var='muc_membersonly'/><feature var='muc_passwordprotected'/>"
        "<feature var='muc_public'/><feature var='muc_temporary'/><feature var='muc_semianonymous'/>"
        "<feature var='muc_unmoderated'/><x xmlns='jabber:x:data' type='result'>"
        f"<field var='FORM_TYPE' type='hidden'><value>{MUC}#roominfo</value></field>"
        "<field var='muc#roominfo_description'><value>Leaves</value></field>"
        "<field var='muc#roominfo_occupants'><value>1</value></field></x></query></iq>",
        without=("crumpet",),
    )


@pytest.mark.parametrize("namespace", [INFO, ITEMS])
def test_no_such_room(carol: Person, namespace: str) -> None:
    """XEP-0030 §7: item-not-found."""
    asks(carol, f"none@{DOMAIN}", namespace)
    refused(carol, "item-not-found")


def test_occupants(alice: Person, bob: Person, carol: Person) -> None:
    """§6.5: listed for occupants; an empty list for others."""
    answer = asks(bob, ROOM, ITEMS).receives(
        f"<iq type='result'><query xmlns='{ITEMS}'><item jid='{ROOM}/alice'/></query></iq>"
    )
    assert len(answer[0]) == 2
    assert len(asks(carol, ROOM, ITEMS).receives("<iq type='result'/>")[0]) == 0


def test_occupants_who_are_not_shown(alice: Person, bob: Person, carol: Person) -> None:
    """§6.5, §7.2.2: the list has nobody whose presence is not broadcast, but for the asker."""
    alice.configures(presencebroadcast="moderator")
    carol.enters("carol")
    answer = asks(bob, ROOM, ITEMS).receives("<iq type='result'/>")
    assert [item.get("jid") for item in answer[0]] == [f"{ROOM}/alice", f"{ROOM}/bob"]


def test_occupant_by_a_stranger(alice: Person, carol: Person) -> None:
    """§6.6: bad-request."""
    asks(carol, f"{ROOM}/alice", INFO)
    refused(carol, "bad-request")


def test_reserved_nickname(alice: Person, bob: Person, carol: Person) -> None:
    """§7.12: as the name of an identity; an empty answer without one."""
    alice.administers("<item affiliation='member' jid='bob@example' nick='rob'/>")
    asks(bob, ROOM, INFO, "x-roomuser-item").receives(
        f"<iq type='result'><query xmlns='{INFO}' node='x-roomuser-item'>"
        "<identity category='conference' type='text' name='rob'/></query></iq>"
    )
    answer = asks(carol, ROOM, INFO, "x-roomuser-item").receives("<iq type='result'/>")
    assert len(answer[0]) == 0


def test_pubsub_node(alice: Person, carol: Person) -> None:
    """§6.4: the associated node of the configuration."""
    node = "xmpp:pubsub.example?;node=tea"
    alice.configures(pubsub=node)
    asks(carol, ROOM, INFO).receives(
        f"<iq type='result'><query xmlns='{INFO}'><x xmlns='jabber:x:data'>"
        f"<field var='muc#roomconfig_pubsub'><value>{node}</value></field></x></query></iq>"
    )


def test_allowable_traffic(carol: Person, alice: Person) -> None:
    """§18.1.1: service-unavailable where nothing is discarded."""
    asks(carol, ROOM, INFO, f"{MUC}#traffic")
    refused(carol, "service-unavailable")


@pytest.mark.parametrize("to", [DOMAIN, ROOM])
def test_unknown_node(alice: Person, carol: Person, to: str) -> None:
    """XEP-0030 §7: item-not-found."""
    asks(carol, to, INFO, "urn:unknown")
    refused(carol, "item-not-found")


def test_version_and_ping(carol: Person) -> None:
    """XEP-0092 §2 and XEP-0199 §4.4, at the service's address."""
    carol.sends(f"<iq type='get' id='v' to='{DOMAIN}'><query xmlns='jabber:iq:version'/></iq>").receives(
        "<iq type='result' id='v'><query xmlns='jabber:iq:version'><name>Stellwerk</name>"
        "<version/></query></iq>"
    )
    carol.sends(f"<iq type='get' id='p' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>").receives(
        f"<iq type='result' id='p' from='{DOMAIN}'/>"
    )


@pytest.mark.parametrize("to", [DOMAIN, ROOM])
def test_unknown_requests(alice: Person, carol: Person, to: str) -> None:
    """RFC 6120 §8.4: service-unavailable, or bad-request for what is no request."""
    carol.sends(f"<iq type='get' id='d' to='{to}'><query xmlns='urn:unknown'/></iq>")
    refused(carol, "service-unavailable")
    for broken in ("", "<a xmlns='x'/><b xmlns='x'/>"):
        carol.sends(f"<iq type='set' id='d' to='{to}'>{broken}</iq>")
        refused(carol, "bad-request")


def test_subject_and_contacts(alice: Person, carol: Person) -> None:
    """§6.4, §16.5.4: told to everybody where everybody may enter; the subject of others stays inside."""
    alice.sends(
        f"<message type='groupchat' to='{ROOM}'><subject>Biscuits</subject></message>",
        f"<iq type='set' id='c' to='{ROOM}'><query xmlns='{MUC}#owner'>"
        "<x xmlns='jabber:x:data' type='submit'>"
        "<field var='muc#roominfo_contactjid'><value>host@example</value></field></x></query></iq>",
    )
    form = (
        "<x xmlns='jabber:x:data'>%s<field var='muc#roominfo_contactjid'><value>host@example</value>"
        "</field></x>"
    )
    asks(carol, ROOM, INFO).receives(
        f"<iq type='result'><query xmlns='{INFO}'>"
        + form % "<field var='muc#roominfo_subject'><value>Biscuits</value></field>"
        + "</query></iq>"
    )
    alice.configures(membersonly="1")
    asks(carol, ROOM, INFO).receives(
        f"<iq type='result'><query xmlns='{INFO}'>{form % ''}</query></iq>", without=("Biscuits",)
    )
