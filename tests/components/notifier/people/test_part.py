"""On-call duty as people and operators meet it."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from components.common.control import CommandError
from components.common.errors import StanzaError
from tests.components.notifier.office import NOON, Office

# NOON is a Monday, in winter 13:00 in Berlin, in summer 14:00.
ASKED = "<presence from='alerts@alerts.example' type='subscribe'/>"
PEOPLE = {
    "persons": {"ann": {}, "bob": {}, "cleo": {"mail": "cleo@mail.example"}},
    "schedules": {
        "ops": {
            "time_zone": "Europe/Berlin",
            "rotations": [{"people": ["ann", "bob"], "start": date(2026, 5, 4), "handover": time(9)}],
        }
    },
}


@pytest.fixture
def office() -> Office:
    made = Office(people=PEOPLE)
    for person in ("ann", "bob", "cleo"):
        made.person(f"{person}@example").inbox.clear()
    return made


def said(office: Office, who: str, text: str) -> str:
    """What the notifier replies."""
    person = office.person(f"{who}@example")
    person.inbox.clear()
    person.sends(f"<message type='chat'><body>{text}</body></message>")
    [reply] = person.inbox
    return reply.findtext("{jabber:client}body") or ""


def on_duty(office: Office) -> list[Any]:
    """Who is, as the operator sees it."""
    return [row["person"] for row in office.operates("oncall-list")["schedules"]]


class TestChat:
    """What people say."""

    def test_who_is_on_duty(self, office: Office) -> None:
        assert said(office, "bob", "oncall") == (
            "ops: ann now until Mon 11 May 09:00, bob from Mon 11 May 09:00 until Mon 18 May 09:00, "
            "ann from Mon 18 May 09:00 until Mon 25 May 09:00 (Europe/Berlin)"
        )
        assert said(office, "bob", "oncall dev") == "there is no schedule 'dev'; there are: ops"

    def test_somebody_takes_over(self, office: Office) -> None:
        reply = said(office, "bob", "takeover ops today 13:30 - 18:00")
        assert reply == ("bob is on duty in ops from Mon 4 May 13:30 until Mon 4 May 18:00 (override 1)")
        assert on_duty(office) == ["bob"]
        office.restart()
        assert on_duty(office) == ["bob"]
        office.later(hours=4)
        assert on_duty(office) == ["ann"]

    def test_for_somebody_else(self, office: Office) -> None:
        assert said(office, "ann", "takeover ops today - tomorrow for cleo").startswith("cleo is on duty")
        assert on_duty(office) == ["cleo"]

    @pytest.mark.parametrize(
        ("span", "reply"),
        [
            ("18:00 - 08:00", "from Mon 4 May 18:00 until Tue 5 May 08:00"),
            ("tomorrow 09:00 - 18:00", "from Tue 5 May 09:00 until Tue 5 May 18:00"),
            ("tomorrow 09:00 - tomorrow 18:00", "from Tue 5 May 09:00 until Tue 5 May 18:00"),
            ("fri 18:00 - mon 08:00", "from Fri 8 May 18:00 until Mon 11 May 08:00"),
        ],
    )
    def test_how_a_time_is_said(self, office: Office, span: str, reply: str) -> None:
        """Tomorrow is counted from today; a weekday and a time of day from the beginning."""
        assert reply in said(office, "bob", f"takeover ops {span}")

    def test_a_swap(self, office: Office) -> None:
        reply = said(office, "ann", "swap ops today 15:00 with bob 2026-05-12 12:00")
        assert reply == "bob is on duty in ops from Mon 4 May 09:00, ann from Mon 11 May 09:00"
        assert on_duty(office) == ["bob"]
        office.later(days=7)
        assert on_duty(office) == ["ann"]

    @pytest.mark.parametrize(
        ("text", "reply"),
        [
            ("takeover ops", "say: takeover SCHEDULE FROM"),
            ("takeover ops never - 18:00", "'never' is no point of time: expected 2026-05-06"),
            ("takeover ops 2026-05-07 - 2026-05-06", "it ends before it begins"),
            ("takeover ops 2026-01-01 - 2026-01-02", "that time is over"),
            ("takeover ops today - tomorrow for dan@elsewhere", "'dan@elsewhere' is nobody known here"),
            ("takeover ops today - tomorrow for bobb", "'bobb' is nobody's name here: did you mean bob, or"),
            ("swap ops 15:00", "say: swap SCHEDULE TIME with PERSON TIME"),
            ("swap ops tue with bob wed", "bob is not on duty"),
        ],
    )
    def test_mistakes_change_nothing(self, office: Office, text: str, reply: str) -> None:
        assert said(office, "ann", text).startswith(reply)
        assert on_duty(office) == ["ann"]
        assert not office.rows("duty_override")

    def test_schedules_are_for_those_in_them(self, office: Office) -> None:
        """And for administrators."""
        refusal = "the schedule ops is changed by those who are in it"
        assert said(office, "cleo", "takeover ops today - tomorrow") == refusal
        assert said(office, "admin", "takeover ops today - tomorrow for bob").startswith("bob is on duty")


class TestOperator:
    """The commands of the control socket."""

    def test_shifts_and_overrides(self, office: Office) -> None:
        office.operates("oncall-takeover", schedule="ops", begin="today", end="tomorrow", person="bob")
        found = office.operates("oncall-shifts", schedule="ops", days="2")
        assert [shift["person"] for shift in found["shifts"]] == ["bob", "ann"]
        assert found["zone"] == "Europe/Berlin"
        assert found["overrides"] == ["1: bob 2026-05-03T22:00:00+00:00 – 2026-05-04T22:00:00+00:00"]
        office.operates("oncall-end", schedule="ops", number="1")
        assert on_duty(office) == ["ann"]
        office.restart()
        assert on_duty(office) == ["ann"]

    def test_a_calendar_there_and_back(self, office: Office) -> None:
        """What was exported can be imported; the same again replaces what it said before."""
        exported = office.operates("oncall-export", schedule="ops", days="14")["content"]
        for _ in range(2):
            office.operates("oncall-import", schedule="ops", content=exported)
            assert len(office.rows("duty_override")) == 3
        assert on_duty(office) == ["ann"]

    def test_part_of_a_calendar_helps_nobody(self, office: Office) -> None:
        exported = office.operates("oncall-export", schedule="ops", days="14")["content"]
        broken = [
            line.replace("bob@example", "x@elsewhere").replace("SUMMARY:bob", "SUMMARY:Late")
            for line in exported
        ]
        with pytest.raises(StanzaError, match="Late: neither an ATTENDEE nor the SUMMARY is a person"):
            office.operates("oncall-import", schedule="ops", content=broken)
        assert not office.rows("duty_override")

    @pytest.mark.parametrize(
        ("command", "arguments"),
        [
            ("oncall-shifts", {"schedule": "ops", "days": "0"}),
            ("oncall-shifts", {"schedule": "dev"}),
            ("oncall-end", {"schedule": "ops", "number": "x"}),
            ("oncall-end", {"schedule": "ops", "number": "7"}),
            ("oncall-shifts", {}),
        ],
    )
    def test_mistakes(self, office: Office, command: str, arguments: dict[str, str]) -> None:
        with pytest.raises((StanzaError, CommandError)):
            office.operates(command, **arguments)


class TestPresence:
    """The service looks who is there."""

    def test_those_of_the_configuration_are_asked(self) -> None:
        office = Office(people=PEOPLE)
        for person in ("ann", "bob", "cleo"):
            office.person(f"{person}@example").receives(ASKED)

    def test_they_are_asked_again(self, office: Office) -> None:
        """Who had no account yet, or said no."""
        office.person("ann@example").sends("<presence type='unsubscribed'/>", resource="")
        office.person("bob@example").sends("<presence/>")
        office.later(hours=6)
        office.person("ann@example").receives(ASKED)
        office.person("bob@example").receives_nothing()

    def test_who_can_be_reached(self, office: Office) -> None:
        office.person("ann@example").sends("<presence><show>dnd</show></presence>")
        people = {row["name"]: row for row in office.operates("oncall-people")["people"]}
        assert people["ann"]["availability"] == "busy"
        assert people["ann"]["since"] == NOON.isoformat()
        assert people["bob"]["availability"] == "unknown"

    def test_a_reload_brings_people_and_schedules(self, office: Office) -> None:
        changed = {
            "persons": {"dora": {}},
            "schedules": {"ops": {"rotations": [{"people": ["dora"], "start": date(2026, 1, 1)}]}},
        }
        assert office.reload(people=changed).applied == ["notifier.people"]
        assert on_duty(office) == ["dora"]
        office.person("dora@example").receives(ASKED)


def test_what_was_agreed_is_forgotten_in_the_end(office: Office) -> None:
    office.operates("oncall-takeover", schedule="ops", begin="today", end="tomorrow", person="bob")
    office.now += timedelta(days=100)
    office.operates("oncall-takeover", schedule="ops", begin="today", end="tomorrow", person="bob")
    assert [row["number"] for row in office.rows("duty_override")] == [2]


def test_a_reload_brings_a_team_and_what_it_is_told_at_once() -> None:
    """The rules of alerts name people of the same settings: the team's room is entered."""
    office = Office()
    people = {"teams": {"ops": {"members": ["ann"], "room": "ops@rooms.example"}}}
    office.reload(people=people, alerts={"tell": ["team:ops"]})
    office.person("ops@rooms.example").receives("<presence to='ops@rooms.example/alerts'/>")
