"""XEP-0317: hats, made and put on people by commands at the room (XEP-0050)."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.muc.hats import SHELF, WORN, shown
from components.muc.setting import RoomConfig, Setting
from tests.components.muc.conference import ROOM, USER, Conference, Person
from tests.components.muc.test_portable import exported, imports

HATS, COMMANDS = "urn:xmpp:hats:0", "http://jabber.org/protocol/commands"
FORM_TYPE = "urn:xmpp:hats:commands"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
INFO = "http://jabber.org/protocol/disco#info"
HOST = "https://example.org/hats#host"


def form(**fields: str) -> str:
    """A submitted form."""
    written = "".join(
        f"<field var='hats#{name}'><value>{value}</value></field>" for name, value in fields.items()
    )
    return (
        f"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{FORM_TYPE}</value></field>"
        f"{written}</x>"
    )


def runs(person: Person, command: str, filled: str = "", session: str = "") -> Person:
    """One stage of a command."""
    known = f" sessionid='{session}'" if session else " action='execute'"
    return person.ignores().sends(
        f"<iq type='set' id='h' to='{ROOM}'><command xmlns='{COMMANDS}' node='{FORM_TYPE}:{command}'{known}>"
        f"{filled}</command></iq>"
    )


def completed(person: Person) -> None:
    """The command was carried out."""
    person.receives(f"<iq type='result' id='h'><command xmlns='{COMMANDS}' status='completed'/></iq>")


def refused(person: Person, condition: str) -> None:
    """The answer is this error."""
    person.receives(f"<iq type='error' id='h'><error><{condition} xmlns='{STANZAS}'/></error></iq>")


def told(person: Person, command: str) -> list[list[str]]:
    """The rows of the table that comes of a command."""
    answer = runs(person, command).receives("<iq type='result' id='h'/>")
    return [
        [value.text or "" for value in item.iter("{jabber:x:data}value")]
        for item in answer.iter("{jabber:x:data}item")
    ]


@pytest.fixture
def host(alice: Person) -> None:
    """A hat of the room."""
    completed(runs(alice, "create", form(title="Host", uri=HOST, hue="327.25")))


def test_made_stage_by_stage(alice: Person, bob: Person) -> None:
    """§3.2: the form, the filled form, the end; everybody is told that something has changed."""
    offered = runs(alice, "create").receives(
        f"<iq type='result'><command xmlns='{COMMANDS}' status='executing' sessionid='*'>"
        f"<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE'><value>{FORM_TYPE}</value></field>"
        "<field var='hats#title'><required/></field><field var='hats#uri'><required/></field>"
        "<field var='hats#hue'/></x></command></iq>"
    )
    completed(runs(alice, "create", form(title="Host", uri=HOST), offered[0].get("sessionid", "")))
    bob.receives(f"<message from='{ROOM}'><x xmlns='{USER}'><status code='104'/></x></message>")
    assert told(bob, "list") == [["Host", HOST, ""]]


@pytest.mark.usefixtures("host")
def test_worn(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§3.1, §3.5: shown in presences, at once and to those who come later, over a restart; not forged."""
    completed(runs(alice, "assign", form(jid="bob@example/x", uri=HOST)))
    shown = (
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'/><hats xmlns='{HATS}'>"
        f"<hat title='Host' uri='{HOST}' hue='327.25'/></hats></presence>"
    )
    alice.receives("<message/>", shown)
    conference.restart()
    assert len(carol.enters("carol").inbox[1].findall(f"{{{HATS}}}hats")) == 1
    carol.sends(
        f"<presence to='{ROOM}/carol'><hats xmlns='{HATS}'><hat title='x' uri='y'/></hats></presence>"
    )
    alice.receives("<presence/>", "<presence/>", without=("hats",))
    assert told(alice, "list-assigned") == [["bob@example", "Host", HOST, "327.25"]]


@pytest.mark.usefixtures("host")
def test_changed_and_destroyed(alice: Person, bob: Person) -> None:
    """§3.2, §3.3: a hat that is changed looks so on those who wear it; one that is destroyed is gone."""
    runs(alice, "assign", form(jid="bob@example", uri=HOST))
    completed(runs(alice, "create", form(title="Chair", uri=HOST)))
    alice.receives("<message/>", f"<presence><hats xmlns='{HATS}'><hat title='Chair'/></hats></presence>")
    completed(runs(alice, "destroy", form(uri=HOST)))
    alice.receives("<message/>", f"<presence from='{ROOM}/bob'/>", without=("hats",))
    assert told(alice, "list") == told(alice, "list-assigned") == []


@pytest.mark.usefixtures("host")
def test_taken_off(alice: Person, bob: Person) -> None:
    """§3.6: and not twice."""
    runs(alice, "assign", form(jid="bob@example", uri=HOST))
    completed(runs(alice, "unassign", form(jid="bob@example", uri=HOST)))
    alice.receives("<message/>", f"<presence from='{ROOM}/bob'/>", without=("hats",))
    runs(alice, "unassign", form(jid="bob@example", uri=HOST))
    refused(alice, "item-not-found")


def test_discovery(alice: Person, carol: Person) -> None:
    """§2: the feature always, a hash if there are hats, another one for other hats."""
    ask = f"<iq type='get' id='i' to='{ROOM}'><query xmlns='{INFO}'/></iq>"
    feature = f"<feature var='{HATS}'/><feature var='{COMMANDS}'/>"
    carol.sends(ask).receives(f"<iq><query xmlns='{INFO}'>{feature}</query></iq>", without=("hats#hash",))
    hashes = set()
    for title in ("Host", "Guest"):
        runs(alice, "create", form(title=title, uri=HOST))
        answer = carol.sends(ask).receives("<iq type='result'/>")
        [field] = [f for f in answer.iter("{jabber:x:data}field") if f.get("var") == "hats#hash"]
        hashes.add(field[-1].text)
    assert len(hashes) == 2


def test_commands_are_listed(alice: Person, bob: Person) -> None:
    """XEP-0050 §2.2: for each those that they may run, and what they are."""
    ask = f"<iq type='get' id='i' to='{ROOM}'><query xmlns='{INFO.replace('info', 'items')}' node='%s'/></iq>"
    for person, number in ((alice, 6), (bob, 1)):
        assert len(person.sends(ask % COMMANDS).receives("<iq type='result'/>")[0]) == number
    about = f"<iq type='get' id='i' to='{ROOM}'><query xmlns='{INFO}' node='%s'/></iq>"
    alice.sends(about % f"{FORM_TYPE}:create").receives(
        f"<iq><query xmlns='{INFO}'><identity category='automation' type='command-node'/></query></iq>"
    )
    bob.sends(about % f"{FORM_TYPE}:create").receives("<iq type='error'/>")
    for node in (ask % "none", about % "none"):
        bob.sends(node).receives(f"<iq><error><item-not-found xmlns='{STANZAS}'/></error></iq>")


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("command", ["create", "destroy", "assign", "unassign", "list-assigned"])
def test_only_admins(alice: Person, bob: Person, command: str) -> None:
    """§3: forbidden for others; an admin may."""
    runs(bob, command)
    refused(bob, "forbidden")
    alice.administers("<item affiliation='admin' jid='bob@example'/>")
    runs(bob, command).receives("<iq type='result'/>")


def test_the_list_is_not_for_strangers(alice: Person, carol: Person) -> None:
    """§3.4: for occupants and members."""
    runs(carol, "list")
    refused(carol, "forbidden")


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({"uri": HOST}, "bad-request"),
        ({"title": "Host", "uri": "no uri"}, "not-acceptable"),
        ({"title": "Host", "uri": HOST, "hue": "blue"}, "not-acceptable"),
        ({"title": "Host", "uri": HOST, "hue": "nan"}, "not-acceptable"),
        ({"title": "x" * 101, "uri": HOST}, "not-acceptable"),
    ],
)
def test_impossible_hats(alice: Person, fields: dict[str, str], condition: str) -> None:
    """§3.2: a hat needs a title and a URI; its colour is a number of degrees."""
    runs(alice, "create", form(**fields))
    refused(alice, condition)
    assert told(alice, "list") == []


@pytest.mark.usefixtures("host")
def test_impossible_wearers(alice: Person) -> None:
    """§3.5: who is no user, a hat that there is not."""
    for jid, uri in (("example", HOST), ("bob@example", "https://example.org/none")):
        runs(alice, "assign", form(jid=jid, uri=uri))
        refused(alice, "bad-request")


def test_limits(alice: Person) -> None:
    """Hats stand in every presence, so there are not many."""
    for number in range(50):
        completed(runs(alice, "create", form(title="Host", uri=f"{HOST}{number}")))
    runs(alice, "create", form(title="Host", uri=HOST))
    refused(alice, "resource-constraint")
    for number in range(10):
        completed(runs(alice, "assign", form(jid="bob@example", uri=f"{HOST}{number}")))
    runs(alice, "assign", form(jid="bob@example", uri=f"{HOST}10"))
    refused(alice, "resource-constraint")


@pytest.mark.usefixtures("host")
def test_not_in_the_form(alice: Person) -> None:
    """Hats are no fields of the configuration form, and the form does not touch them."""
    owner = "http://jabber.org/protocol/muc#owner"
    alice.ignores().sends(f"<iq type='get' id='f' to='{ROOM}'><query xmlns='{owner}'/></iq>")
    alice.receives("<iq type='result'/>", without=("hats",))
    alice.configures(roomname="Tea")
    assert told(alice, "list") == [["Host", HOST, "327.25"]]


@pytest.mark.usefixtures("host")
def test_taken_elsewhere(conference: Conference, alice: Person, tmp_path: Path) -> None:
    """XEP-0227: hats, and who wears them, are part of a room as a file."""
    completed(runs(alice, "assign", form(jid="bob@example", uri=HOST)))
    alice.configures(persistentroom="1")
    file = tmp_path / "rooms.xml"
    file.write_text(exported(conference))
    other = Conference()
    imports(other, file)
    alice = other.person(alice.jid)
    assert told(alice, "list-assigned") == [["bob@example", "Host", HOST, "327.25"]]


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        (SHELF, ['["urn:a", "A"]']),
        (SHELF, ['["urn:a", "", ""]']),
        (SHELF, ["nonsense"]),
        (SHELF, ['{"urn:a": "A"}']),
        (SHELF, ['["urn:a", "A", ""]'] * 51),
        (WORN, ['["a@b", 1]']),
        (WORN, [json.dumps(["a@b", *(f"urn:{number}" for number in range(11))])]),
    ],
)
def test_broken_files(setting: Setting[Any], values: list[str]) -> None:
    """What a file has of hats is checked like what a command makes."""
    with pytest.raises(ValueError, match=r"."):
        setting.decode(values)


def test_hats_that_there_are_not() -> None:
    """Whoever wears what is no hat of the room wears nothing."""
    assert shown(RoomConfig().with_values({WORN: {"bob@example": ["urn:a"]}}), "bob@example") == ""
