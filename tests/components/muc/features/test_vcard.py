"""XEP-0054, XEP-0486: a room's vCard and avatar."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
PHOTO = "<PHOTO><TYPE>image/png</TYPE><BINVAL>aGVsbG8=</BINVAL></PHOTO>"
SHA1 = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"  # of `hello`
GET = f"<iq type='get' id='g' to='{ROOM}'><vCard xmlns='vcard-temp'/></iq>"
INFO = f"<iq type='get' id='i' to='{ROOM}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"


def sets(person: Person, inner: str) -> Person:
    """Set the vCard."""
    return person.ignores().sends(
        f"<iq type='set' id='s' to='{ROOM}'><vCard xmlns='vcard-temp'>{inner}</vCard></iq>"
    )


def test_avatar(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """XEP-0486 §3: set by an owner, told by 104, found by its hash in muc#roominfo; after a restart too."""
    sets(alice, f"<FN>Tea</FN>{PHOTO}").receives("<iq type='result' id='s'/>")
    bob.receives(
        f"<message from='{ROOM}' type='groupchat'><x xmlns='{USER}'><status code='104'/></x></message>"
    )
    conference.restart()
    carol.sends(GET).receives(
        f"<iq type='result' id='g'><vCard xmlns='vcard-temp'><FN>Tea</FN>{PHOTO}</vCard></iq>"
    )
    carol.sends(INFO).receives(
        "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='vcard-temp'/>"
        f"<x xmlns='jabber:x:data'><field var='muc#roominfo_avatarhash'><value>{SHA1}</value></field></x>"
        "</query></iq>"
    )


def test_avatar_in_presence(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """XEP-0153 §3, XEP-0486 §5.2: the room's own presence tells the hash, after all that entering brings."""
    shown = f"<presence from='{ROOM}'><x xmlns='vcard-temp:x:update'><photo>%s</photo></x></presence>"
    sets(alice, PHOTO)
    bob.receives("<message/>", shown % SHA1)
    conference.restart()
    carol.enters("carol").receives(*["<presence/>"] * 3, "<message><subject/></message>", shown % SHA1)
    sets(alice, "")
    carol.receives("<message/>", shown % "", without=(SHA1,))
    carol.enters("carol").receives(*["<presence/>"] * 3, "<message><subject/></message>").get("id")
    carol.receives_nothing()


def test_removed(conference: Conference, alice: Person, carol: Person) -> None:
    """XEP-0486 §3.2: an empty vCard takes it back; nothing of it is left, nor of the room's at its end."""
    sets(alice, PHOTO)
    sets(alice, "")
    carol.sends(INFO).receives("<iq type='result'/>", without=("avatarhash",))
    found = carol.sends(GET).receives("<iq type='result'><vCard xmlns='vcard-temp'/></iq>")
    assert len(found[0]) == 0
    sets(alice, PHOTO).sends(f"<presence type='unavailable' to='{ROOM}/alice'/>")
    assert not conference.rooms_rows


def test_only_owners(alice: Person, bob: Person) -> None:
    """XEP-0486 §3.2: forbidden for others."""
    sets(bob, PHOTO).receives(f"<iq type='error'><error><forbidden xmlns='{STANZAS}'/></error></iq>")


@pytest.mark.parametrize(
    ("inner", "condition"),
    [
        ("<PHOTO><BINVAL>!!</BINVAL></PHOTO>", "bad-request"),
        (f"<NOTE>{'x' * 140_000}</NOTE>", "policy-violation"),
    ],
)
def test_bad_vcards(alice: Person, inner: str, condition: str) -> None:
    """What is no picture, and what is too much."""
    sets(alice, inner).receives(f"<iq type='error'><error><{condition} xmlns='{STANZAS}'/></error></iq>")
