"""Dialogues: people say what to watch for, quotes come in, answers go out."""

import json
from datetime import timedelta
from typing import Any

import pytest

from components.notifier.http import Call
from tests.components.notifier.office import BODY, NOON, Office, Somebody
from tests.components.notifier.watch.trading import posted, quotes


def test_the_stock_limit(office: Office, ann: Somebody) -> None:
    """The founding example: the price of 500000 falls below a limit; it is checked, and confirmed."""
    reply = ann.says("watch 500000 &lt; 12.50 once")
    assert reply == "Watch 1: 500000 < 12.50 once (waits); no quote of 500000 yet"
    assert quotes(office, "12.61", "12.50", "12.48", "12.40")["matches"] == 1
    ann.receives(
        "<message type='chat' id='2.1'><body>500000 at 12.48: below 12.50\n"
        "Quote of 2026-05-04 12:00:03 UTC. Watch 1: 500000 &lt; 12.50 once\n"
        "Answer: confirm 2, adjust 2, cancel 2</body>"
        "<response xmlns='urn:xmpp:tmp:quick-response' value='confirm 2' label='Confirm'/>"
        "<response xmlns='urn:xmpp:tmp:quick-response' value='cancel 2' label='Cancel'/></message>"
    )
    ann.receives_nothing()
    assert ann.says("confirm 2 buy 100") == "Confirmed: 500000 at 12.48: below 12.50."
    assert "Confirmed by ann." in ann.hears()
    [answer] = posted(office)
    assert (answer["answer"], answer["comment"], answer["by"]) == ("confirm", "buy 100", "ann@example")
    assert answer["match"] == {
        "condition": "500000 < 12.50 once",
        "price": "12.48",
        "time": "2026-05-04T12:00:03+00:00",
        "reference": None,
    }
    assert answer["watch"]["phase"] == "met"
    assert [row["key"] for row in office.rows("work")] == ["watch-answer-2"]


def test_an_answer_counts_once(office: Office, ann: Somebody) -> None:
    """Who answers again is told what was answered; nothing is posted twice."""
    ann.says("watch 500000 &lt; 12.50")
    quotes(office, "12")
    ann.ignores().says("cancel 2")
    ann.ignores()
    assert "2 was answered: cancel by ann@example" in ann.says("confirm 2")
    assert [answer["answer"] for answer in posted(office)] == ["cancel"]


def test_only_the_owner_answers(office: Office, ann: Somebody) -> None:
    """Somebody else learns no more than that it is not theirs."""
    ann.says("watch 500000 &lt; 12.50")
    quotes(office, "12")
    bob = office.person("bob@example")
    assert "not yours" in bob.says("confirm 2")
    assert bob.says("watch show 1") == "you have no watch 1; say: watch list"
    assert bob.says("watch 1 off") == "you have no watch 1; say: watch list"


def test_adjusting_after_a_match(office: Office, ann: Somebody) -> None:
    """The watch waits for something else from then on; how often it tells stays."""
    ann.says("watch 500000 &lt; 12.50 every time until 2026-12-31")
    quotes(office, "12")
    ann.ignores()
    assert "adjust 2 < 12.00" in ann.says("adjust 2")
    condition = "500000 < 11.00 every time until 2027-01-01 00:00:00 UTC"
    assert ann.says("adjust 2 &lt; 11") == f"Watch 1 is now: {condition}"
    ann.ignores()
    [answer] = posted(office)
    assert (answer["answer"], answer["watch"]["condition"]) == ("adjust", condition)
    assert quotes(office, "11.5")["matches"] == 0
    assert quotes(office, "10.9")["matches"] == 1
    assert "Watch 1: 500000 < 11.00" in ann.hears()


def test_adjusting_by_the_number_of_the_watch(office: Office, ann: Somebody) -> None:
    """It needs no match, and nothing is posted."""
    ann.says("watch 500000 &lt; 12.50")
    assert ann.says("adjust 1 &lt; 11") == "Watch 1: 500000 < 11.00 once (waits)"
    assert ann.says("adjust 9 &lt; 11") == "you have no watch 9; say: watch list"
    assert "say: adjust NUMBER CONDITION" in ann.says("adjust 1")
    assert posted(office) == []


def test_cancelling_stops_a_watch(office: Office, ann: Somebody) -> None:
    """One that would tell every time is off."""
    ann.says("watch 500000 &lt; 12.50 every time")
    quotes(office, "12")
    ann.ignores()
    assert ann.says("cancel 2").endswith("Watch 1 is off.")
    ann.ignores()
    assert quotes(office, "13", "12")["matches"] == 0
    assert ann.says("watch 1 on").startswith("Watch 1: 500000 < 12.50 every time (waits)")
    assert quotes(office, "13", "12")["matches"] == 1


def test_the_life_of_a_watch(office: Office, ann: Somebody) -> None:
    """List, show, off, on, adjust, remove."""
    assert ann.says("watch list") == "You watch nothing. Say, for example: watch 500000 < 12.50 once"
    quotes(office, "119", symbol="SAP")
    reply = ann.says("watch sap crosses above 120.5 every 1h back 0.5 during xetra")
    condition = "SAP crosses above 120.50 every 1h back 0.5 hours mon-fri 09:00-17:30 Europe/Berlin"
    assert reply.startswith(f"Watch 1: {condition} (waits for the other side first); last quote 119.00 of")
    ann.says("watch SAP +5% in 1h")
    assert ann.says("watch list").splitlines() == [
        f"1: {condition} (waits for the other side first)",
        "2: SAP +5% in 1h once (waits)",
    ]
    quotes(office, "119", "121", symbol="SAP")
    assert "SAP at 121.00: crossed above 120.50" in ann.hears()
    told = ann.says("watch show 1")
    assert "has matched, waits for a move back since 2026-05-04 12:00:03 UTC; matches: 1" in told
    assert "3: SAP at 121.00: crossed above 120.50 (2026-05-04 12:00:03 UTC)" in told
    assert ann.says("watch off 1").endswith("(off)")
    assert ann.says("watch 1 on").endswith("(waits for the other side first)")
    assert ann.says("watch 1 adjust crosses below 100") == (
        "Watch 1: SAP crosses below 100.00 every 1h back 0.5 hours mon-fri 09:00-17:30 Europe/Berlin"
        " (waits for the other side first)"
    )
    assert ann.says("watch 1 adjust every time back 0") == (
        "Watch 1: SAP crosses below 100.00 every time hours mon-fri 09:00-17:30 Europe/Berlin"
        " (waits for the other side first)"
    )
    assert ann.says("watch 1 adjust SAP &gt; 5") == "Watch 1: SAP > 5.00 once (waits)"
    assert ann.says("watch remove 1").startswith("Watch 1 is removed")
    assert ann.says("watch list") == "2: SAP +5% in 1h once (waits)"


def test_what_is_not_understood(office: Office, ann: Somebody) -> None:
    """The form is shown, and nothing is watched."""
    assert "watch 500000 < 12.50 once" in ann.says("watch")
    assert "'soon' is no length of time" in ann.says("watch SAP +5% in soon")
    assert "is over" in ann.says("watch SAP &lt; 5 until 2026-01-01")
    assert office.rows("watch") == []


def test_a_limit_of_watches(ann: Somebody, office: Office) -> None:
    """Per person."""
    office.reload(watch={"watches_per_person": 1})
    ann.says("watch SAP &lt; 5")
    assert "you have 1 watches already" in ann.says("watch SAP &lt; 4")
    assert office.person("bob@example").says("watch SAP &lt; 4").startswith("Watch 2")


def test_who_cannot_be_told_has_an_e_mail(office: Office, ann: Somebody) -> None:
    """If the address is known; the match is answered by chat all the same."""
    office.reload(people={"persons": {"ann": {"mail": "ann@mail.example"}}})
    ann.says("watch 500000 &lt; 12.50")
    quotes(office, "12")
    assert ann.ignores().sends("<message type='error' id='2.1'><error/></message>", resource="").inbox == []
    [mail] = office.rows("work")
    assert (mail["kind"], mail["target"], mail["key"]) == ("mail", "ann@mail.example", "watch-2")
    content = json.loads(mail["content"])
    assert content["subject"] == "500000 at 12.00: below 12.50"
    assert "Answer by chat: confirm 2, adjust 2, cancel 2" in content["text"]
    assert ann.says("confirm 2").startswith("Confirmed")


# -- what a restart knows ---------------------------------------------------------------------------


def test_a_restart_knows_where_everything_stands(office: Office, ann: Somebody) -> None:
    """Armed or not, how often it has told, what is in its pause, who may answer what."""
    ann.says("watch 500000 &lt; 12.50 every 1h")
    ann.says("watch 500000 crosses above 13")
    quotes(office, "12", "12.60", "12.40", "12.60")
    office.restart()
    ann.ignores()
    assert quotes(office, "12.40", "13", "13.01")["matches"] == 1
    assert "crossed above 13.00" in ann.hears()
    office.later(hours=1)
    office.restart()
    assert quotes(office, "12.49")["matches"] == 1
    assert ann.hears().startswith("500000 at 12.49: below 12.50")
    assert ann.says("confirm 3").startswith("Confirmed")


def test_quotes_sent_again_are_late(office: Office, ann: Somebody) -> None:
    """A sender who has not learnt of the commit sends them again: nobody is told twice."""
    ann.says("watch 500000 &lt; 12.50 every time")
    before = office.now
    assert quotes(office, "12", "13", "12.1")["matches"] == 2
    office.restart()
    office.now = before
    assert quotes(office, "12", "13", "12.1") == {"taken": 3, "late": 2, "matches": 0, "refused": []}


def test_a_batch_of_a_source_is_taken_once(office: Office, ann: Somebody) -> None:
    """By its sequence, in another process, too."""
    ann.says("watch 500000 &lt; 12.50 every time")
    assert quotes(office, "12", "13", source="feed", sequence=7)["matches"] == 1
    office.restart()
    assert quotes(office, "12", source="feed", sequence=7) == {"repeated": True}
    assert quotes(office, "12", source="feed", sequence=8)["matches"] == 1
    assert quotes(office, "13", source="other", sequence=1)["taken"] == 1


def test_averages_go_on_after_a_restart(office: Office, ann: Somebody) -> None:
    """What they had seen is saved within seconds."""
    ann.says("watch 500000 &lt; avg 3")
    quotes(office, "12", "13")
    office.later(seconds=2)
    office.restart()
    assert quotes(office, "11")["matches"] == 1
    assert "below its average of 3 quotes, 12.00" in ann.hears()
    ann.says("watch 1 remove")
    office.later(days=1)
    assert office.rows("quote_series") == []


def test_a_commit_that_fails_changes_nothing(office: Office, ann: Somebody) -> None:
    """The quotes can be sent again, and match then."""
    ann.says("watch 500000 &lt; 12.50")
    service = office.service
    route = next(r for part in service.parts for r in part.routes if r.path == "/v1/quotes")

    def fail(transaction: Any) -> None:
        route.run(Call({}, {}, {}, b'[{"symbol": "500000", "price": 12}]', "t"), transaction)
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        office.performs(fail)
    ann.receives_nothing()
    assert quotes(office, "12")["matches"] == 1


# -- many matches, ends, oblivion -------------------------------------------------------------------


def test_a_flood_becomes_a_summary(office: Office, ann: Somebody) -> None:
    """The first are told one by one, the rest together a minute later, and each can be answered."""
    office.reload(watch={"matches_per_minute": 2})
    for limit in range(5):
        ann.says(f"watch 500000 &lt; {10 + limit}")
    assert quotes(office, "5")["matches"] == 5
    assert [ann.hears().splitlines()[0] for _ in range(2)] == [
        "500000 at 5.00: below 14.00",
        "500000 at 5.00: below 13.00",
    ]
    ann.receives_nothing()
    office.restart()  # what was put off is not forgotten
    office.later(minutes=2)
    assert ann.hears() == (
        "3 more matches in the last minute:\n8: 500000 at 5.00: below 12.00\n"
        "9: 500000 at 5.00: below 11.00\n10: 500000 at 5.00: below 10.00\n"
        "Answer by number: confirm 8, adjust 8, cancel 8"
    )
    assert ann.says("confirm 9").startswith("Confirmed: 500000 at 5.00: below 11.00")
    office.restart()
    office.later(minutes=2)
    ann.receives_nothing()


def test_a_watch_expires(office: Office, ann: Somebody) -> None:
    """Its owner is told, quotes or not, also after a restart."""
    ann.says("watch 500000 &lt; 12.50 for 2h")
    office.restart()
    office.later(hours=1)
    ann.receives_nothing()
    office.later(hours=1)
    assert ann.hears() == "Watch 1 has expired: 500000 < 12.50 once until 2026-05-04 14:00:00 UTC"
    assert quotes(office, "12")["matches"] == 0
    assert "has expired" in ann.says("watch 1 on")


def test_a_quote_notices_the_end_first(office: Office, ann: Somebody) -> None:
    """It is told once."""
    ann.says("watch 500000 &lt; 12.50 for 2h")
    late = (NOON + timedelta(hours=2)).isoformat()
    office.now = NOON + timedelta(hours=2)  # the clock has not struck yet
    office.asks("POST", "/v1/quotes", [{"symbol": "500000", "price": 12, "time": late}])
    assert "has expired" in ann.hears()
    office.later(hours=1)
    ann.receives_nothing()


def test_what_is_over_is_forgotten(office: Office, ann: Somebody) -> None:
    """Matches and watches, after `keep_days`; watches that wait stay."""
    ann.says("watch 500000 &lt; 12.50")
    ann.says("watch 500000 &lt; 1")
    quotes(office, "12")
    office.later(days=29)
    assert len(office.rows("watch_match")) == 1
    office.later(days=3)
    assert office.rows("watch_match") == office.rows("prompt") == []
    assert [row["number"] for row in office.rows("watch")] == [2]


def test_so_many_matches_are_remembered(office: Office, ann: Somebody) -> None:
    """Memory is bounded, whatever comes."""
    office.reload(watch={"matches": 2, "matches_per_minute": 0})
    ann.says("watch 500000 &lt; 12.50 every time")
    quotes(office, "12", "13", "11", "13", "10")
    assert [row["number"] for row in office.rows("watch_match")] == [3, 4]
    assert [row["number"] for row in office.rows("prompt")] == [3, 4]
    assert len(office.rows("post")) == 2
    assert "nothing to confirm" in ann.says("confirm 2")
    assert ann.says("confirm 3").startswith("Confirmed")


def test_messages_have_text(office: Office, ann: Somebody) -> None:
    """Every kind of condition says what has happened."""
    for condition in ("&gt;= 100", "+10% in 1d", "-10% in 1d", "&gt; avg 2", "&lt; avg 1h"):
        ann.says(f"watch SAP {condition}")
    quotes(office, "100", "110", "99", symbol="SAP")
    texts = {(stanza.findtext(BODY) or "").splitlines()[0] for stanza in ann.inbox}
    assert texts == {
        "SAP at 100.00: at or above 100.00",
        "SAP at 110.00: +10% in 1d, the lowest was 100.00",
        "SAP at 110.00: above its average of 2 quotes, 105.00",
        "SAP at 99.00: -10% in 1d, the highest was 110.00",
    }
