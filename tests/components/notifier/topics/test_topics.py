"""What programs and people publish: shown, forwarded or kept, by subscription and by configuration."""

import json
from typing import Any

import pytest

from components.common.errors import StanzaError
from tests.components.notifier.office import DOMAIN, Office, Somebody

PUBSUB = "http://jabber.org/protocol/pubsub"
TOPICS: dict[str, Any] = {
    "releases": {"description": "What is new in production", "publishers": ["rob@example"]},
    "minutes": {"mode": "keep", "keep": 3},
    "board": {"readers": ["team:board"]},
    "plant": {
        "show": ["team:board", "room:ops@rooms.example"],
        "forward": ["https://wiki.example/new", "press@mail.example"],
        "keep": 1,
    },
}
PEOPLE: dict[str, Any] = {
    "persons": {"ann": {"mail": "ann@mail.example"}, "ben": {}},
    "teams": {"board": {"members": ["ben"]}},
}


@pytest.fixture
def office() -> Office:
    """A notifier with four topics."""
    return Office(topics=TOPICS, people=PEOPLE)


@pytest.fixture
def ann(office: Office) -> Somebody:
    """Whose e-mail address is known."""
    return office.person("ann@example").ignores()


def publish(office: Office, topic: str, title: str, **more: str) -> Any:
    """As a program."""
    return office.asks("POST", f"/v1/topics/{topic}", {"title": title, **more})


def test_shown(office: Office, ann: Somebody) -> None:
    """Who has subscribed is told at once, until they unsubscribe."""
    assert ann.says("topics").splitlines()[0] == "minutes"
    assert ann.says("subscribe releases") == "releases: you are told at once"
    reply = publish(office, "releases", "1.4 is out", text="Faster.", url="https://example/1.4", id="r14")
    assert (reply.status, reply.value["number"], reply.value["by"]) == (201, 1, "local")
    assert ann.hears() == "[releases] 1.4 is out\nFaster.\nhttps://example/1.4"
    assert ann.says("read releases").startswith("releases, nothing unread; the last:")
    assert ann.says("unsubscribe releases") == "releases: you hear no more of it"
    publish(office, "releases", "1.5 is out")
    ann.receives_nothing()
    assert "you have not subscribed" in ann.says("unsubscribe releases")


def test_the_same_is_told_once(office: Office, ann: Somebody) -> None:
    """By its id; a program that has got no answer publishes again."""
    ann.says("subscribe releases")
    publish(office, "releases", "1.4 is out", id="r14")
    office.restart()
    again = publish(office, "releases", "1.4 is out", id="r14")
    assert (again.status, again.value["number"]) == (200, 1)
    ann.hears()
    ann.receives_nothing()


def test_kept(office: Office, ann: Somebody) -> None:
    """Nothing is told; who asks has what they have not had, and then no more."""
    publish(office, "minutes", "before")
    assert ann.says("subscribe minutes") == "minutes: it is kept for you; say: read minutes"
    for number in range(1, 3):
        publish(office, "minutes", f"meeting {number}")
    ann.receives_nothing()
    office.restart()
    assert ann.says("topics").splitlines()[0] == "minutes (keep, 2 unread)"
    assert ann.says("read minutes").splitlines() == [
        "minutes, 2 unread:",
        "2026-05-04 12:00 UTC [minutes] meeting 1",
        "2026-05-04 12:00 UTC [minutes] meeting 2",
    ]
    assert ann.says("topics").splitlines()[0] == "minutes (keep)"
    assert office.asks("GET", "/v1/topics/minutes").value["items"][0]["title"] == "before"
    publish(office, "minutes", "meeting 3")
    assert [row["number"] for row in office.rows("topic_item")] == [2, 3, 4]


def test_forwarded(office: Office, ann: Somebody) -> None:
    """By e-mail, if the address is known."""
    assert ann.says("subscribe releases forward") == "releases: you have it by e-mail"
    assert "your e-mail address is not known" in office.person("eve@example").says(
        "subscribe releases forward"
    )
    assert "none of show, keep, forward" in ann.says("subscribe releases fax")
    publish(office, "releases", "1.4 is out", text="Faster.")
    ann.receives_nothing()
    [mail] = office.rows("work")
    assert (mail["kind"], mail["target"], mail["key"]) == (
        "mail",
        "ann@mail.example",
        "topic-releases-1-ann@mail.example",
    )
    assert json.loads(mail["content"]) == {"subject": "[releases] 1.4 is out", "text": "Faster."}


def test_by_configuration(office: Office) -> None:
    """Teams and rooms are told without having subscribed; programs and addresses have it passed on."""
    room, ben = office.person("ops@rooms.example"), office.person("ben@example").ignores()
    publish(office, "plant", "The press stands still")
    assert ben.hears() == "[plant] The press stands still"
    room.receives(f"<presence from='{DOMAIN}' to='ops@rooms.example/alerts'/>")
    room.sends(
        "<presence><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>",
        resource="alerts",
    )
    assert room.hears() == "[plant] The press stands still"
    work = {row["kind"]: row for row in office.rows("work")}
    assert work["mail"]["target"] == "press@mail.example"
    assert work["callback"]["target"] == "https://wiki.example/new"
    assert json.loads(work["callback"]["content"])["title"] == "The press stands still"
    publish(office, "plant", "It runs")
    assert [row["text"] for row in office.rows("prompt")] == ["[plant] It runs"]


def test_who_may_read_and_publish(office: Office, ann: Somebody) -> None:
    """A topic with readers does not exist for others; publishers and administrators publish by chat."""
    ben = office.person("ben@example").ignores()
    assert "board" not in ann.says("topics")
    assert ann.says("subscribe board") == "there is no topic 'board'; say: topics"
    assert ben.says("subscribe board") == "board: you are told at once"
    assert "you do not publish" in ann.says("publish releases hello")
    ann.says("subscribe releases")
    assert office.person("rob@example").says("publish releases 1.4 is out\nFaster.") == (
        "releases: told as number 1"
    )
    assert ann.hears() == "[releases] 1.4 is out\nFaster."
    assert office.person("admin@example").says("publish board Quiet please") == "board: told as number 1"
    assert ben.hears() == "[board] Quiet please"


@pytest.mark.parametrize(
    ("topic", "value", "why"),
    [
        ("nothing", {"title": "x"}, "there is no topic 'nothing'"),
        ("releases", {}, "a title is missing"),
        ("releases", {"title": " "}, "a title is missing"),
        ("releases", {"title": "x" * 301}, "title: at most 300"),
        ("releases", {"title": "x", "url": "javascript:alert(1)"}, "expected https"),
        ("releases", {"title": 5}, "title: expected a text"),
        ("releases", {"title": "x", "titel": "y"}, "titel: expected title, text, url, id"),
        ("releases", ["x"], "not an object"),
    ],
)
def test_bad_items(office: Office, topic: str, value: Any, why: str) -> None:
    """Nothing is told."""
    with pytest.raises(StanzaError, match=why):
        office.asks("POST", f"/v1/topics/{topic}", value)
    assert office.rows("topic_item") == []


def test_the_operator_and_forms(office: Office, ann: Somebody) -> None:
    """The same commands for both."""
    office.operates("topics-subscribe", topic="releases", owner="ann@example")
    assert office.operates("topics-publish", topic="releases", title="1.4", id="a")["number"] == 1
    assert office.operates("topics-publish", topic="releases", title="1.4", id="a")["number"] == 1
    assert ann.hears() == "[releases] 1.4"
    listed = {row["topic"]: row for row in office.operates("topics-list")["topics"]}
    assert (listed["releases"]["subscribers"], listed["releases"]["items"]) == (1, 1)
    office.operates("topics-unsubscribe", topic="releases", owner="ann@example")
    with pytest.raises(StanzaError, match="nobody this service knows"):
        office.operates("topics-subscribe", topic="releases", owner="eve@elsewhere")
    command = "<command xmlns='http://jabber.org/protocol/commands' node='topics-subscribe'"
    ann.sends(f"<iq type='set' id='1'>{command}/></iq>")
    offered = ann.receives("<iq type='result'/>")
    assert [value.text for value in offered.iter("{jabber:x:data}value")][:3] == [
        "minutes",
        "plant",
        "releases",
    ]
    session = offered[0].get("sessionid")
    ann.sends(
        f"<iq type='set' id='2'>{command} sessionid='{session}'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='topic'><value>minutes</value></field><field var='mode'><value>show</value></field></x>"
        "</command></iq>"
    ).ignores()
    assert "minutes (show)" in ann.says("topics")


def test_a_topic_that_is_gone_keeps_its_subscribers(office: Office, ann: Somebody) -> None:
    """Until it returns to the configuration."""
    ann.says("subscribe releases")
    office.reload(topics={}, people=PEOPLE)
    assert "There are no topics" in ann.says("topics")
    office.restart()
    office.reload(topics=TOPICS, people=PEOPLE)
    publish(office, "releases", "1.4")
    assert ann.hears() == "[releases] 1.4"


def test_names(office: Office) -> None:
    """What cannot be a node or a part of a path is refused with the configuration."""
    with pytest.raises(Exception, match="lower-case letters"):
        office.reload(topics={"Über": {}})
    with pytest.raises(Exception, match="expected 1 to 10000"):
        office.reload(topics={"a": {"keep": 0}})
    with pytest.raises(Exception, match="e-mail address"):
        office.reload(topics={"a": {"forward": ["gopher://x"]}})
