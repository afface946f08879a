"""XEP-0433: public rooms by words; XEP-0059: pages of rooms."""

import pytest

from tests.components.muc.conference import DOMAIN, OPEN, ROOM, Conference, Element, Person

SEARCH, ERROR = "urn:xmpp:channel-search:0:search", "urn:xmpp:channel-search:0:error"
ORDER, RSM = "urn:xmpp:channel-search:0:order", "http://jabber.org/protocol/rsm"
ITEMS = "http://jabber.org/protocol/disco#items"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def searches(person: Person, rsm: str = "", **fields: str) -> Element:
    """The answer to a search with these fields."""
    written = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in fields.items())
    person.ignores().sends(
        f"<iq type='get' id='s' to='{DOMAIN}'><search xmlns='{SEARCH}'>"
        f"{rsm}<x xmlns='jabber:x:data' type='submit'>"
        f"<field var='FORM_TYPE'><value>{SEARCH}-params</value></field>{written}</x></search></iq>"
    )
    return person.receives("<iq id='s'/>")


def found(answer: Element) -> list[str]:
    """The localparts of the rooms, in order."""
    return [item.get("address", "").partition("@")[0] for item in answer.iter(f"{{{SEARCH}}}item")]


@pytest.fixture
def rooms(conference: Conference, alice: Person, bob: Person) -> Person:
    """tea with two occupants; coffee; milk, which is hidden. The asker is dora."""
    alice.configures(roomname="Green tea", roomdesc="Leaves and cups")
    for name, fields in (("coffee", {"roomdesc": "Beans, cups"}), ("milk", {"publicroom": "0"})):
        room = f"{name}@{DOMAIN}"
        alice.enters("alice", room=room).sends(OPEN.replace(ROOM, room)).configures(room, **fields)
    return conference.person("dora@example/x")


def test_the_form(rooms: Person) -> None:
    """§4.2.1: every field that is understood, with its default."""
    rooms.sends(f"<iq type='get' id='f' to='{DOMAIN}'><search xmlns='{SEARCH}'/></iq>").receives(
        f"<iq type='result'><search xmlns='{SEARCH}'><x xmlns='jabber:x:data' type='form'>"
        f"<field var='FORM_TYPE'><value>{SEARCH}-params</value></field><field var='q'/><field var='all'/>"
        "<field var='sinname'><value>true</value></field><field var='key' type='list-single'/></x>"
        "</search></iq>"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"q": "cups"}, ["tea", "coffee"]),
        ({"q": "CUPS green"}, ["tea"]),
        ({"q": "coffee"}, ["coffee"]),
        ({"q": "cups", "sindescription": "false"}, []),
        ({"q": "milk"}, []),
        ({"all": "true"}, ["tea", "coffee"]),
        ({"all": "true", "key": f"{{{ORDER}}}address"}, ["coffee", "tea"]),
        ({"all": "true", "types": "xep-0369"}, []),
    ],
)
def test_results(rooms: Person, fields: dict[str, str], expected: list[str]) -> None:
    """§4.2.2: all words must be there; most users first, or by address; never a hidden room."""
    assert found(searches(rooms, **fields)) == expected


def test_what_is_told_of_a_room(rooms: Person) -> None:
    """§6.2."""
    [item] = searches(rooms, q="green").iter(f"{{{SEARCH}}}item")
    told = {child.tag.partition("}")[2]: child.text for child in item}
    assert told == {
        "name": "Green tea",
        "description": "Leaves and cups",
        "nusers": "2",
        "service-type": "xep-0045",
        "is-open": None,
        "anonymity-mode": "muc_semianonymous",
    }


@pytest.mark.parametrize(
    ("fields", "condition", "detail"),
    [
        ({}, "bad-request", "no-search-conditions"),
        ({"q": " "}, "bad-request", "invalid-search-terms"),
        ({"q": "x", "all": "1"}, "bad-request", "conflicting-fields"),
        ({"q": "x", "key": "size"}, "feature-not-implemented", "invalid-sort-key"),
    ],
)
def test_errors(rooms: Person, fields: dict[str, str], condition: str, detail: str) -> None:
    """§4.2.2: each with its application-specific condition."""
    error = searches(rooms, **fields)[-1]
    assert error.get("type") == "modify"
    assert [child.tag for child in error][::2] == [f"{{{STANZAS}}}{condition}", f"{{{ERROR}}}{detail}"]


def test_pages(rooms: Person) -> None:
    """XEP-0059 §2.1: of the search, and of the list of rooms."""
    page = f"<set xmlns='{RSM}'><max>1</max></set>"
    answer = searches(rooms, page, all="true", key=f"{{{ORDER}}}address")
    assert found(answer) == ["coffee"]
    assert answer[0][-1].findtext(f"{{{RSM}}}count") == "2"
    rooms.sends(f"<iq type='get' id='i' to='{DOMAIN}'><query xmlns='{ITEMS}'>{page}</query></iq>").receives(
        f"<iq type='result'><query xmlns='{ITEMS}'><item jid='{ROOM}'/><set xmlns='{RSM}'>"
        f"<first index='0'>{ROOM}</first><count>2</count></set></query></iq>",
        without=("coffee",),
    )
