"""Events become one alert each; people are told step by step until one of them answers."""

import pytest

from components.common.errors import StanzaError
from components.notifier.alerts.event import Event
from tests.components.notifier.alerts.conftest import furnished
from tests.components.notifier.alerts.machines import Machines
from tests.components.notifier.office import Office, Somebody

ATTENTION = "<attention xmlns='urn:xmpp:attention:0'/>"


def test_who_is_first_is_told(machines: Machines, ann: Somebody, bob: Somebody) -> None:
    """XEP-0224 for what is urgent, XEP-0439 for the answers, XEP-0184 and 0333 to know what arrives."""
    machines.fire(labels={"host": "web1"}, annotations={"summary": "2 MB are left"})
    ann.receives(
        "<message type='chat' id='1.1' to='ann@example'><body>CRITICAL: disk is full\n2 MB are left\n"
        "1 · since 12:00 UTC · host=web1\nAnswer: ack 1, snooze 1, resolve 1</body>"
        f"{ATTENTION}<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
        "<response xmlns='urn:xmpp:tmp:quick-response' value='ack 1' label='Acknowledge'/>"
        "<response xmlns='urn:xmpp:tmp:quick-response' value='snooze 1' label='Snooze 1 h'/></message>"
    )
    ann.receives_nothing()
    bob.receives_nothing()


def test_a_warning_does_not_ask_for_attention(machines: Machines, ann: Somebody) -> None:
    """`urgent` of the rule: critical alone, by default."""
    machines.fire(severity="warning")
    found = ann.receives("<message><body/></message>")
    assert found.find("{urn:xmpp:attention:0}attention") is None


def test_the_same_event_twice_is_one_alert(machines: Machines, ann: Somebody) -> None:
    """Dedup by source and key: what is sent again, as after a lost answer, has no second effect."""
    assert machines.fire() == machines.fire() == 1
    ann.hears()
    ann.receives_nothing()
    assert machines.fire("other") == 2


def test_the_next_is_told_when_nobody_answers(
    office: Office, machines: Machines, ann: Somebody, bob: Somebody
) -> None:
    """After the `wait` of a step follows the next; after the last, all is repeated."""
    machines.fire()
    ann.ignores()
    office.later(seconds=299)
    bob.receives_nothing()
    office.later(seconds=1)
    assert bob.hears().startswith("CRITICAL: disk is full")
    ann.receives_nothing()
    office.later(hours=3, minutes=59)
    ann.receives_nothing()
    office.later(minutes=2)
    assert ann.hears().startswith("CRITICAL: disk is full")


def test_an_answer_closes_it_for_all(
    office: Office, machines: Machines, ann: Somebody, bob: Somebody
) -> None:
    """XEP-0308: those who were told see by a correction that somebody cares; nobody else is told."""
    machines.fire()
    office.later(minutes=5)
    ann.ignores()
    bob.ignores()
    assert bob.says("ack 1") == "1 is yours: disk is full"
    ann.receives(
        "<message id='1.1.2'><body>Acknowledged by bob at 12:05 UTC – CRITICAL: disk is full\n"
        "1 · since 12:00 UTC\nAnswer: unack 1, resolve 1</body>"
        "<replace xmlns='urn:xmpp:message-correct:0' id='1.1'/></message>"
    )
    office.later(days=2)
    ann.receives_nothing()
    assert ann.says("ack 1") == "1 was acknowledged by bob at 2026-05-04 12:05 UTC"


def test_what_is_over_is_told_to_those_who_know_of_it(
    machines: Machines, ann: Somebody, bob: Somebody
) -> None:
    """A correction of the message, and a new one: clients say nothing when they show a correction."""
    machines.fire()
    ann.ignores()
    assert machines.resolve() == "resolved"
    ann.receives("<message id='1.1.2'><replace xmlns='urn:xmpp:message-correct:0' id='1.1'/></message>")
    assert ann.hears() == "RESOLVED after 0 s – CRITICAL: disk is full\n1"
    bob.receives_nothing()
    assert machines.resolve() == "nothing"
    assert machines.fire() == 2  # it is wrong again


def test_all_is_as_it_was_after_a_restart(
    office: Office, machines: Machines, ann: Somebody, bob: Somebody
) -> None:
    """State, numbers, what is due and who may answer are committed."""
    machines.fire()
    ann.ignores()
    office.restart()
    ann.hears_nothing()
    assert machines.fire() == 1
    office.later(minutes=5)
    assert bob.hears().startswith("CRITICAL")
    office.restart()
    bob.hears_nothing()
    bob.says("snooze 1 2h")
    ann.ignores()
    office.restart()
    office.later(minutes=119)
    ann.hears_nothing()
    office.later(minutes=1)
    assert "Answer: ack 1" in ann.hears()  # the correction
    assert ann.hears().startswith("CRITICAL: disk is full")
    assert machines.fire("other") == 2


def test_unack_begins_anew(office: Office, machines: Machines, ann: Somebody) -> None:
    """Nobody cares any more: the first step is due at once."""
    machines.fire()
    ann.says("ack 1 looking")
    ann.ignores()
    assert ann.says("unack 1") == "1 is open again: disk is full"
    assert [body.partition("\n")[0] for body in (ann.hears(), ann.hears())] == ["CRITICAL: disk is full"] * 2


def test_who_was_not_asked_cannot_answer(office: Office, machines: Machines, ann: Somebody) -> None:
    """Carol belongs to no step of the policy; the administrator may always."""
    machines.fire()
    carol = office.person("carol@example")
    assert carol.says("ack 1") == "1 is not yours to answer: you were not asked"
    assert office.person("admin@example").says("ack 1") == "1 is yours: disk is full"


def test_a_receipt_is_no_answer(office: Office, machines: Machines, ann: Somebody) -> None:
    """XEP-0184 and XEP-0333 are noted with the message, and nothing else comes of them."""
    machines.fire()
    ann.ignores()
    ann.sends("<message><received xmlns='urn:xmpp:receipts' id='1.1'/></message>")
    ann.sends("<message><displayed xmlns='urn:xmpp:chat-markers:0' id='1.1'/></message>")
    ann.receives_nothing()
    assert "told ann@example (chat): displayed 12:00 UTC" in ann.says("show 1")
    assert office.rows("alert")[0]["state"] == "open"
    office.person("bob@example").sends("<message><received xmlns='urn:xmpp:receipts' id='1.1'/></message>")
    assert office.rows("post")[0]["state"] == "displayed"


def test_who_answered_what_and_when_is_kept(office: Office, machines: Machines, ann: Somebody) -> None:
    """The audit has a line for each answer that was taken, whatever the way."""
    machines.fire()
    ann.says("ack 1 on my way")
    office.later(minutes=3)
    office.operates("alerts-answer", number="1", answer="resolve", comment="replaced")
    shown = ann.says("show 1")
    assert "12:00 UTC ann@example (chat): ack on my way" in shown
    assert "12:03 UTC operator (operator): resolve replaced" in shown
    assert len(office.rows("answer")) == 2


def test_who_cannot_be_told_by_chat_gets_a_mail(office: Office, machines: Machines, ann: Somebody) -> None:
    """A message that comes back is not lost; without an e-mail address, the next step is due at once."""
    machines.fire()
    ann.ignores()
    ann.sends(
        "<message type='error' id='1.1'><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        resource="",
    )
    [mail] = office.service.work.due(office.now)
    assert mail.target == "ann@mail.example"
    assert mail.content["subject"] == "[1] CRITICAL: disk is full"
    assert "Answer by chat, to alerts@alerts.example: ack 1" in mail.content["text"]


def test_nobody_known_means_the_administrators(office: Office) -> None:
    """Without any configuration somebody hears of it."""
    plain = Office()
    Machines(plain).fire()
    assert plain.person("admin@example").hears().startswith("CRITICAL: disk is full")


def test_events_say_what_is_wrong_with_them(office: Office) -> None:
    """Unknown keys, wrong values, recipients that do not exist: one line that helps."""
    for value, says in (
        ({"key": "a", "title": "b", "sevrity": "info"}, "sevrity: unknown"),
        ({"key": "", "title": "b"}, "key: expected 1 to 500"),
        ({"key": "a", "title": "b", "severity": "bad"}, "severity"),
        ({"key": "a", "title": "b", "to": ["team:opps"]}, "did you mean"),
        ({"key": "a", "title": "b", "started_at": "2026-05-04T12:00:00"}, "time zone"),
        ([], "not an object"),
    ):
        with pytest.raises(StanzaError, match=says):
            office.asks("POST", "/v1/events", value)
    assert office.rows("alert") == []


def test_events_may_name_their_recipients(office: Office, machines: Machines, ann: Somebody) -> None:
    """`to` instead of the rule's targets."""
    machines.fire(to=["carol"])
    ann.receives_nothing()
    assert office.person("carol@example").hears().startswith("CRITICAL")


def test_an_event_that_gets_worse_is_told_anew(office: Office, machines: Machines, ann: Somebody) -> None:
    """A warning that becomes critical is urgent now."""
    machines.fire(severity="warning")
    ann.ignores()
    machines.fire(severity="critical")
    ann.receives("<message><replace xmlns='urn:xmpp:message-correct:0' id='1.1'/></message>")
    ann.receives(f"<message id='1.2'>{ATTENTION}</message>")


def test_history_is_bounded(office: Office) -> None:
    """The oldest is forgotten with all its rows."""
    small = furnished(tell=["ann"], history=2)
    machines = Machines(small)
    for key in "abc":
        machines.fire(key)
        machines.resolve(key)
    assert [row["number"] for row in small.rows("alert")] == [2, 3]
    assert {row["number"] for row in small.rows("prompt")} == {2, 3}
    assert {row["number"] for row in small.rows("alert_instance")} == {2, 3}
    assert small.person("ann@example").says("history b is").startswith("2 CRITICAL: b is full")


def test_the_operator_tells_something(office: Office, ann: Somebody) -> None:
    """`alerts-notify`: a title, what follows it, labels for the rules, recipients; the same key once."""
    told = {"text": "backup failed\nno space", "labels": ["job=backup"], "to": ["ann"], "key": "b"}
    assert office.operates("alerts-notify", **told)["number"] == 1
    assert office.operates("alerts-notify", **told)["number"] == 1
    assert ann.hears().startswith("ERROR: backup failed\nno space\n1 · since 12:00 UTC · job=backup\n")
    ann.receives_nothing()
    with pytest.raises(StanzaError, match="expected a label as name=value, found 'backup'"):
        office.operates("alerts-notify", text="x", labels=["backup"])


def test_titles_are_one_line_that_can_be_stored() -> None:
    """Whatever an input hands over, such as syslog."""
    event = Event("syslog", "k\x00", " a\nb\x00\ud800 ", labels={"x\x00": "\udfff"}, link="\x00")
    assert (event.key, event.title, event.labels) == ("k\ufffd", "a b\ufffd\ufffd", {"x\ufffd": "\ufffd"})
    assert event.link == "\ufffd"
