"""XEP-0313: the archive of a room."""

import pytest

from tests.components.muc.conference import OWNER, ROOM, USER, Conference, Element, Person

MAM, RSM = "urn:xmpp:mam:2", "http://jabber.org/protocol/rsm"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def asks(person: Person, *rsm: str, queryid: str = "", more: str = "", **fields: object) -> Person:
    """Search the archive; of a field with a tuple all values are sent."""
    written = "".join(
        f"<field var='{name.strip('_').replace('_', '-')}'>{values_of(value)}</field>"
        for name, value in fields.items()
    )
    form = (
        f"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{MAM}</value></field>"
        f"{written}</x>"
    )
    mark = f" queryid='{queryid}'" if queryid else ""
    return person.ignores().sends(
        f"<iq type='set' id='q' to='{ROOM}'><query xmlns='{MAM}'{mark}>{form if fields else ''}"
        f"<set xmlns='{RSM}'>{''.join(rsm)}</set>{more}</query></iq>"
    )


def values_of(value: object) -> str:
    """As elements of a field."""
    values = value if isinstance(value, tuple) else (value,)
    return "".join(f"<value>{one}</value>" for one in values)


def results(person: Person) -> list[Element]:
    """The `<result/>`s that came, and that `<fin/>` came after them."""
    *messages, fin = person.inbox
    assert fin.get("type") == "result", "fin comes last"
    person.inbox = [fin]
    found = [message.find(f"{{{MAM}}}result") for message in messages]
    return [result for result in found if result is not None]


def bodies(person: Person) -> list[str]:
    """What was said in the results."""
    return [str(body.text) for result in results(person) for body in result.iter("{jabber:client}body")]


def refused(person: Person, condition: str) -> None:
    """The answer is this error, and nothing else."""
    person.receives(f"<iq type='error' id='q'><error><{condition} xmlns='{STANZAS}'/></error></iq>")
    person.receives_nothing()


@pytest.fixture
def talk(conference: Conference, alice: Person, bob: Person) -> Conference:
    """Five messages, a minute after another, and a restart."""
    for number in range(5):
        (alice, bob)[number % 2].says(f"m{number}")
        conference.later(minutes=1)
    conference.restart()
    return conference


def test_everything(talk: Conference, bob: Person) -> None:
    """§4.2: each message as it was, oldest first, with id, time and the query's id; then the result."""
    asks(bob, queryid="f27")
    first = bob.inbox[0]
    bob.receives(
        f"<message from='{ROOM}'><result xmlns='{MAM}' queryid='f27' id='*'>"
        "<forwarded xmlns='urn:xmpp:forward:0'>"
        "<delay xmlns='urn:xmpp:delay' stamp='2026-05-04T12:00:00.000000Z'/>"
        f"<message xmlns='jabber:client' from='{ROOM}/alice' type='groupchat'><body>m0</body>"
        f"<occupant-id xmlns='urn:xmpp:occupant-id:0'/><stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}'/>"
        "</message></forwarded></result></message>",
        without=("alice@example",),
    )
    [stanza_id] = first.iter("{urn:xmpp:sid:0}stanza-id")
    assert stanza_id.get("id") == first[0].get("id")
    assert bodies(bob) == ["m1", "m2", "m3", "m4"]
    bob.receives(
        f"<iq type='result' id='q'><fin xmlns='{MAM}' complete='true'><set xmlns='{RSM}'/></fin></iq>"
    )


def test_times(talk: Conference, bob: Person) -> None:
    """§4.1.2: from start to end, both included."""
    asks(bob, start="2026-05-04T12:01:00Z", end="2026-05-04T12:03:00Z")
    assert bodies(bob) == ["m1", "m2", "m3"]
    asks(bob, start="2027-01-01T00:00:00Z")
    assert bodies(bob) == []


def test_paging(talk: Conference, bob: Person) -> None:
    """§4.2, XEP-0059 §2: forwards by after, backwards by before; complete says that no more follow."""
    asks(bob, "<max>2</max>")
    first, second = results(bob)
    fin = bob.receives(
        f"<iq><fin xmlns='{MAM}'><set xmlns='{RSM}'><first>{first.get('id')}</first>"
        f"<last>{second.get('id')}</last></set></fin></iq>"
    )
    assert fin[0].get("complete") is None
    assert bodies(asks(bob, "<max>3</max>", f"<after>{second.get('id')}</after>")) == ["m2", "m3", "m4"]
    bob.receives(f"<iq><fin xmlns='{MAM}' complete='true'/></iq>")
    asks(bob, "<max>2</max>", "<before/>")
    before, _ = page = results(bob)
    assert [b.text for result in page for b in result.iter("{jabber:client}body")] == ["m3", "m4"]
    assert bodies(asks(bob, "<max>9</max>", f"<before>{before.get('id')}</before>")) == ["m0", "m1", "m2"]


def test_only_a_count(talk: Conference, bob: Person) -> None:
    """XEP-0059 §2.6: max 0 asks how many there are."""
    asks(bob, "<max>0</max>").receives(
        f"<iq><fin xmlns='{MAM}'><set xmlns='{RSM}'><count>5</count></set></fin></iq>"
    )


def test_flipped(talk: Conference, bob: Person) -> None:
    """§4.2.1: a page newest first; what it says of first and last stays."""
    asks(bob, "<max>2</max>", more=f"<flip-page xmlns='{MAM}'/>")
    assert bodies(bob) == ["m1", "m0"]


def test_ids(talk: Conference, bob: Person) -> None:
    """§4.1.3: between two messages, and certain messages."""
    ids = [result.get("id") for result in results(asks(bob))]
    assert bodies(asks(bob, after_id=ids[0], before_id=ids[3])) == ["m1", "m2"]
    assert bodies(asks(bob, ids=(ids[4], ids[1]))) == ["m1", "m4"]


def test_with(talk: Conference, alice: Person, bob: Person) -> None:
    """§4.1.1: by nickname for everybody, by address for who sees addresses."""
    assert bodies(asks(bob, with_=f"{ROOM}/alice")) == ["m0", "m2", "m4"]
    asks(bob, with_="alice@example")
    refused(bob, "forbidden")
    asks(alice, with_="bob@example")
    alice.inbox[0].find(f".//{{{USER}}}item[@jid='bob@example']")
    assert bodies(alice) == ["m1", "m3"]


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({"start": "yesterday"}, "bad-request"),
        ({"start": "0000-01-01T00:00:00Z"}, "bad-request"),
        ({"start": ("2026-05-04T12:01:00Z",) * 2}, "bad-request"),
        ({"with_": "@"}, "jid-malformed"),
        ({"ids": "1 or 1=1"}, "item-not-found"),
        ({"after_id": "0" * 32}, "item-not-found"),
        ({"ids": ("0",) * 101}, "policy-violation"),
        ({"owner": "bob@example"}, "feature-not-implemented"),
    ],
)
def test_bad_searches(talk: Conference, bob: Person, fields: dict[str, object], condition: str) -> None:
    """§4.1: each with its error, and nothing of the archive."""
    asks(bob, **fields)
    refused(bob, condition)


@pytest.mark.parametrize(
    ("rsm", "condition"),
    [
        ("<max>-1</max>", "bad-request"),
        ("<max>many</max>", "bad-request"),
        ("<after>'; drop table archive; --</after>", "item-not-found"),
    ],
)
def test_bad_pages(talk: Conference, bob: Person, rsm: str, condition: str) -> None:
    """XEP-0059: what is no number, and no message."""
    asks(bob, rsm)
    refused(bob, condition)


def test_a_huge_page_is_not_given(conference: Conference, alice: Person) -> None:
    """XEP-0059 §2.1: the room has its own limit."""
    for number in range(105):
        alice.says(str(number))
    assert len(bodies(asks(alice, "<max>999999999999</max>"))) == 100


def test_an_id_that_was_deleted(talk: Conference, bob: Person) -> None:
    """§4.1.3: item-not-found for a genuine id of a message that is not there."""
    room = talk.service.rooms["tea"]
    asks(bob, ids=room.ids.stanza_id(room.id, 12345))
    refused(bob, "item-not-found")


def test_who_may_ask(conference: Conference, alice: Person, carol: Person) -> None:
    """§8: occupants and members; nobody else, and no outcast."""
    alice.says("m")
    asks(carol)
    refused(carol, "forbidden")
    alice.administers("<item affiliation='member' jid='carol@example'/>")
    assert bodies(asks(carol)) == ["m"]
    alice.administers("<item affiliation='outcast' jid='carol@example'/>")
    asks(carol)
    refused(carol, "forbidden")


def test_what_is_kept(alice: Person) -> None:
    """§5.1: what has content, subjects too; no chat states, nothing that wants to be forgotten."""
    for inner in (
        "<subject>S</subject>",
        "<body>b</body>",
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
        "<body>secret</body><no-store xmlns='urn:xmpp:hints'/>",
        "<reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>+</reaction></reactions>",
    ):
        alice.sends(f"<message type='groupchat' to='{ROOM}'>{inner}</message>")
    assert len(results(asks(alice))) == 3


def test_metadata(talk: Conference, bob: Person) -> None:
    """§6: the first and the last message."""
    ids = [result.get("id") for result in results(asks(bob))]
    bob.ignores().sends(f"<iq type='get' id='m' to='{ROOM}'><metadata xmlns='{MAM}'/></iq>").receives(
        f"<iq type='result' id='m'><metadata xmlns='{MAM}'>"
        f"<start id='{ids[0]}' timestamp='2026-05-04T12:00:00.000000Z'/>"
        f"<end id='{ids[4]}' timestamp='2026-05-04T12:04:00.000000Z'/></metadata></iq>"
    )


def test_metadata_of_an_empty_archive(alice: Person) -> None:
    """§6: neither."""
    found = alice.sends(f"<iq type='get' id='m' to='{ROOM}'><metadata xmlns='{MAM}'/></iq>").receives("<iq/>")
    assert len(found[0]) == 0


def test_the_form(bob: Person) -> None:
    """§4.1.5: the fields that searches may have."""
    bob.sends(f"<iq type='get' id='f' to='{ROOM}'><query xmlns='{MAM}'/></iq>").receives(
        f"<iq type='result'><query xmlns='{MAM}'><x xmlns='jabber:x:data' type='form'>"
        "<field var='with' type='jid-single'/><field var='start' type='text-single'/>"
        "<field var='end'/><field var='before-id'/><field var='after-id'/>"
        "<field var='ids' type='list-multi'/>"
        "</x></query></iq>"
    )


def test_switched_off(alice: Person, bob: Person) -> None:
    """XEP-0045 §7.2.12, §10.2.1: 170 and 171 tell of it; nothing is kept while it is off."""
    alice.says("kept").configures(enablelogging="0").says("not kept")
    bob.receives("<message/>", f"<message><x xmlns='{USER}'><status code='171'/></x></message>", "<message/>")
    alice.configures(enablelogging="1")
    bob.receives(f"<message><x xmlns='{USER}'><status code='170'/></x></message>")
    assert bodies(asks(bob)) == ["kept"]


def test_a_later_room_of_the_same_name(conference: Conference, alice: Person, bob: Person) -> None:
    """What was said in a room ends with it."""
    alice.says("old secret")
    destroy = f"<iq type='set' id='d' to='{ROOM}'><query xmlns='{OWNER}'><destroy/></query></iq>"
    alice.sends(destroy)
    conference.restart()
    bob.enters("bob").sends(destroy.replace("<destroy/>", "<x xmlns='jabber:x:data' type='submit'/>"))
    assert bodies(asks(bob)) == []
    with conference.store.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from archive").scalar() == 0
