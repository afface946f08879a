"""The right one is told: by duty, presence, and what they want."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import pytest

from components.common.transaction import Transaction
from components.notifier.people.choosing import Choosing
from components.notifier.people.config import (
    PeopleSettings,
    PersonSettings,
    PolicySettings,
    StepSettings,
    TeamSettings,
)
from components.notifier.people.directory import Directory
from components.notifier.people.duty import Duty
from components.notifier.people.presence import Availability, Presences
from components.notifier.people.rotation import Hours, Rotation
from components.notifier.people.schedule import ScheduleSettings

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WEEKS = Rotation(["ann", "bob"], date(2026, 5, 4), handover=time(0))
PERSONS = {
    "ann": PersonSettings(mail="ann@mail.example"),
    "bob": PersonSettings(),
    "cleo": PersonSettings("cleo@elsewhere", "cleo@mail.example"),
}


def people(policy: PolicySettings | None = None, **shown: Availability) -> Choosing:
    """Ann, Bob and Cleo, a team of them, a schedule of two; and what they show."""
    settings = PeopleSettings(
        dict(PERSONS),
        {"ops": TeamSettings(["ann", "bob", "cleo"], "ops@rooms.example")},
        {"ops": ScheduleSettings([WEEKS])},
        {"ops": policy} if policy is not None else {},
    )
    return chosen_from(settings, **shown)


def chosen_from(settings: PeopleSettings, **shown: Availability) -> Choosing:
    directory = Directory(settings, "example", ["root@admins.example"])
    rows = [
        (f"{directory.find(name).jid}/x", int(availability), NOW.isoformat())  # type: ignore[union-attr]
        for name, availability in shown.items()
        if availability > Availability.OFFLINE
    ]
    presences = Presences("alerts.example", directory.is_person, rows)
    duty = Duty()
    duty.configure(settings, Transaction(NOW))
    return Choosing(directory, presences, duty)


def told(found: Choosing, *targets: str, step: int = 0, urgent: bool = False, **more: Any) -> list[str]:
    """Who is told and how, in order."""
    choice = found.choose(targets, step, urgent, more.get("now", NOW), more.get("told", frozenset()))
    return [f"{one.person.name} by {one.channel}: {one.reason}" for one in choice.recipients]


ONLINE, AWAY, BUSY = Availability.ONLINE, Availability.AWAY, Availability.BUSY


class TestWho:
    """Targets."""

    def test_who_is_on_duty(self) -> None:
        found = people(ann=ONLINE, bob=ONLINE)
        assert told(found, "schedule:ops") == ["ann by chat: on duty in ops, online"]
        week = NOW + timedelta(days=7)
        assert told(found, "schedule:ops", now=week) == ["bob by chat: on duty in ops, online"]

    def test_a_team_in_the_order_of_availability_and_its_room(self) -> None:
        found = people(ann=AWAY, bob=Availability.EXTENDED_AWAY, cleo=ONLINE)
        choice = found.choose(["team:ops"], 0, False, NOW)
        assert [one.person.name for one in choice.recipients] == ["cleo", "ann", "bob"]
        assert choice.rooms == ["ops@rooms.example"]
        assert choice.wait is None

    def test_nobody_twice(self) -> None:
        found = people(ann=ONLINE, bob=ONLINE, cleo=ONLINE)
        assert len(told(found, "ann", "team:ops", "schedule:ops", "ann@example")) == 3

    def test_local_users_need_no_configuration(self) -> None:
        assert told(people(), "dan", "root@admins.example") == [
            "dan by chat: presence unknown",
            "root by chat: presence unknown",
        ]

    @pytest.mark.parametrize(
        ("target", "objection"),
        [
            ("ann", ""),
            ("cleo@elsewhere", ""),
            ("cleo@mail.example", ""),
            ("schedule:ops", ""),
            ("dan@elsewhere", "'dan@elsewhere' is nobody known here: expected a name or an address"),
            ("team:op", "there is no team 'op'; did you mean ops?"),
            ("policy:x", "there is no policy 'x'; there are: none"),
            ("room:x", "'room:x': expected room:ROOM@SERVICE"),
            ("group:x", "'group:x': expected a name, an address, team:…, schedule:…, policy:… or room:…"),
        ],
    )
    def test_objections(self, target: str, objection: str) -> None:
        assert people().objection(target) == objection

    def test_who_may_answer(self) -> None:
        found = people(PolicySettings([StepSettings(["schedule:ops"]), StepSettings(["cleo"])]))
        assert found.belongs("bob@example", ["policy:ops"])
        assert found.belongs("cleo@elsewhere", ["policy:ops"])
        assert not found.belongs("dan@example", ["policy:ops"])
        cast(Duty, found.duty).take_over("ops", NOW, NOW + timedelta(hours=1), "dan", "", Transaction(NOW))
        assert found.belongs("dan@example", ["policy:ops"])


class TestReach:
    """Presence and personal rules."""

    def test_who_is_busy_is_spared_if_somebody_else_is_there(self) -> None:
        found = people(ann=BUSY, bob=ONLINE)
        assert told(found, "ann", "bob") == ["bob by chat: online"]

    def test_unless_it_is_urgent(self) -> None:
        found = people(ann=BUSY, bob=AWAY)
        assert told(found, "ann", "bob", urgent=True) == ["ann by chat: busy", "bob by chat: away"]

    def test_who_is_busy_and_alone_gets_an_e_mail(self) -> None:
        assert told(people(ann=BUSY), "ann") == ["ann by mail: busy"]
        assert told(people(bob=BUSY), "bob") == ["bob by chat: busy"]  # has no e-mail address

    def test_nobody_is_reachable(self) -> None:
        """Chat is kept for them; an e-mail may be seen sooner."""
        assert told(people(), "ann", "bob") == [
            "ann by chat: presence unknown",
            "ann by mail: presence unknown",
            "bob by chat: presence unknown",
        ]

    def test_quiet_hours(self) -> None:
        found = people(ann=ONLINE, bob=ONLINE)
        night = PersonSettings(quiet=Hours(time(22), time(7)), time_zone="Europe/Berlin")
        found = chosen_from(PeopleSettings({"ann": night}), ann=ONLINE, bob=ONLINE)
        midnight = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
        assert told(found, "ann", "bob", now=midnight) == ["bob by chat: online"]
        assert len(told(found, "ann", "bob", now=midnight, urgent=True)) == 2
        assert len(told(found, "ann", "bob")) == 2

    @pytest.mark.parametrize(
        ("rule", "urgent", "spared"), [("nothing", True, True), ("everything", False, False)]
    )
    def test_rules_for_when_busy(self, rule: Any, urgent: bool, spared: bool) -> None:
        found = chosen_from(PeopleSettings({"ann": PersonSettings(when_busy=rule)}), ann=BUSY, bob=ONLINE)
        assert len(told(found, "ann", "bob", urgent=urgent)) == (1 if spared else 2)

    def test_copies_by_e_mail(self) -> None:
        copied = PersonSettings(mail="ann@mail.example", copies=["mail"])
        found = chosen_from(PeopleSettings({"ann": copied}), ann=ONLINE)
        assert told(found, "ann") == ["ann by chat: online", "ann by mail: online"]


class TestEscalation:
    """Steps of a policy."""

    def test_steps_follow_each_other(self) -> None:
        policy = PolicySettings([StepSettings(["schedule:ops"], 60), StepSettings(["team:ops"], 120)])
        found = people(policy, ann=ONLINE, bob=ONLINE, cleo=ONLINE)
        first = found.choose(["policy:ops"], 0, True, NOW)
        assert [one.person.name for one in first.recipients] == ["ann"]
        assert first.wait == timedelta(seconds=60)
        second = found.choose(["policy:ops"], 1, True, NOW, {"ann@example"})
        assert [one.person.name for one in second.recipients] == ["bob", "cleo"]
        assert second.rooms == ["ops@rooms.example"]
        assert second.wait is None
        assert not found.choose(["policy:ops"], 2, True, NOW).recipients

    def test_repeated_for_everybody(self) -> None:
        policy = PolicySettings([StepSettings(["team:ops"], 60)], repeat=1)
        found = people(policy, ann=ONLINE, bob=ONLINE, cleo=ONLINE)
        everybody = {"ann@example", "bob@example", "cleo@elsewhere"}
        assert len(told(found, "policy:ops", step=1, told=everybody)) == 3
        assert found.choose(["policy:ops"], 0, True, NOW).wait == timedelta(seconds=60)
        assert found.choose(["policy:ops"], 1, True, NOW).wait is None

    def test_one_after_the_other(self) -> None:
        """Who can be reached best is asked first; presence is looked at again each time."""
        policy = PolicySettings([StepSettings(["team:ops"], 60, "one")])
        found = people(policy, ann=AWAY, bob=ONLINE, cleo=ONLINE)
        assert told(found, "policy:ops") == ["bob by chat: online"]
        bob = {"bob@example"}
        assert told(found, "policy:ops", step=1, told=bob) == ["cleo by chat: online"]
        changed = people(policy, ann=ONLINE, bob=ONLINE, cleo=AWAY)
        assert told(changed, "policy:ops", step=1, told=bob) == ["ann by chat: online"]
        assert changed.choose(["policy:ops"], 2, False, NOW, bob).wait is None
        everybody = {*bob, "ann@example", "cleo@elsewhere"}
        assert told(changed, "policy:ops", step=1, told=everybody) == ["bob by chat: online"]  # reminded
        assert not told(changed, "policy:ops", step=3, told=bob)

    def test_on_several_channels(self) -> None:
        policy = PolicySettings([StepSettings(["ann"], channels=["chat", "mail"])])
        assert told(people(policy, ann=ONLINE), "policy:ops") == [
            "ann by chat: online",
            "ann by mail: online",
        ]
