"""When nobody is told: silences, inhibition, maintenance windows."""

from datetime import UTC, datetime

from components.notifier.alerts.config import MaintenanceSettings
from components.notifier.alerts.maintenance import Window
from settings import Problems, read
from tests.components.notifier.alerts.conftest import furnished
from tests.components.notifier.alerts.machines import Machines


def test_a_silence_by_labels() -> None:
    """Nobody hears of what matches until it ends; then of what still fires."""
    office = furnished(tell=["ann"])
    machines, ann, bob = Machines(office), office.person("ann@example"), office.person("admin@example")
    said = bob.says("silence host=web* 1h moving the rack")
    assert said == "silence 1 until 13:00 UTC for host=web*; 0 alerts are quiet now. End it: unsilence 1"
    machines.fire("a", labels={"host": "web1"})
    machines.fire("b", labels={"host": "db"})
    assert ann.hears().startswith("CRITICAL: b")
    ann.receives_nothing()
    assert bob.says("silences") == "1 until 13:00 UTC by admin: host=web* moving the rack"
    assert "2 CRITICAL: a is full, since 12:00 UTC – suppressed (silence 1 until 13:00 UTC)" in ann.says(
        "list"
    )
    office.restart()
    ann.ignores()
    office.later(minutes=59)
    ann.hears_nothing()
    office.later(minutes=1)
    assert ann.hears().startswith("CRITICAL: a is full")
    assert bob.says("silences") == "nothing is silenced"


def test_a_silence_of_an_alert() -> None:
    """`silence 1`: the same again is silent, too; whoever was told sees it."""
    office = furnished(tell=["ann"])
    machines, ann = Machines(office), office.person("ann@example")
    machines.fire(labels={"host": "web1", "job": "node"})
    ann.ignores()
    assert "for host=web1 job=node; 1 alert is quiet now" in ann.says("silence 1 30m reboot")
    assert ann.hears().startswith("Quiet (silence 2 until 12:30 UTC) – CRITICAL: disk is full")
    machines.resolve()
    machines.fire(labels={"host": "web1", "job": "node"})
    ann.ignores()
    office.later(minutes=29)
    ann.receives_nothing()
    assert ann.says("unsilence 2") == "silence 2 is over: host=web1 job=node"
    assert ann.hears().startswith("CRITICAL: disk is full")
    assert ann.says("unsilence 2") == "there is no silence 2; there are: none"
    office.later(minutes=5)
    ann.receives_nothing()


def test_a_silence_without_a_matcher() -> None:
    """What would be right is said."""
    ann = furnished(tell=["ann"]).person("ann@example")
    assert ann.says("silence").startswith("silence what? Say a number, or labels")
    assert ann.says("silence !=x").startswith("expected label=value or label!=value")


def test_what_follows_from_another_is_not_told() -> None:
    """Inhibition, by labels that are equal; it ends with its source."""
    office = furnished(
        tell=["ann"],
        inhibitions=[{"source": ["kind=switch"], "target": ["kind=host"], "equal": ["rack"]}],
    )
    machines, ann = Machines(office), office.person("ann@example")
    machines.fire("switch", labels={"kind": "switch", "rack": "7"})
    machines.fire("host", labels={"kind": "host", "rack": "7"})
    machines.fire("elsewhere", labels={"kind": "host", "rack": "8"})
    assert [ann.hears().splitlines()[0] for _ in range(2)] == [
        "CRITICAL: switch is full",
        "CRITICAL: elsewhere is full",
    ]
    ann.receives_nothing()
    assert "suppressed (follows from 1)" in ann.says("list")
    office.restart()
    ann.ignores()
    machines.resolve("switch")
    heard = [stanza.findtext("{jabber:client}body", "").splitlines()[0] for stanza in ann.inbox]
    assert "CRITICAL: host is full" in heard


def test_a_source_that_comes_later_makes_its_targets_quiet() -> None:
    """Who was told sees that it follows from another; nobody else is told."""
    office = furnished(
        tell=["policy:servers"], inhibitions=[{"source": ["key=switch"], "target": ["key=host"]}]
    )
    machines, ann = Machines(office), office.person("ann@example")
    machines.fire("host")
    ann.ignores()
    machines.fire("switch")
    heard = [stanza.findtext("{jabber:client}body", "").splitlines()[0] for stanza in ann.inbox]
    assert "Quiet (follows from 2) – CRITICAL: host is full" in heard
    office.later(minutes=5)
    assert office.person("bob@example").hears().startswith("CRITICAL: switch")
    office.person("bob@example").receives_nothing()


def test_maintenance_windows_recur() -> None:
    """Nobody is told while one is open; afterwards of what still fires."""
    window = {"match": ["host=backup"], "start": "12:00:00", "end": "13:30:00", "days": ["mon"]}
    office = furnished(tell=["ann"], maintenance={"backup": window})
    machines, ann = Machines(office), office.person("ann@example")
    machines.fire(labels={"host": "backup"})
    ann.receives_nothing()
    assert ann.says("silences") == "maintenance backup until 13:30 UTC"
    office.later(hours=1, minutes=30)
    assert ann.hears().startswith("CRITICAL: disk")


def _window(**table: object) -> Window:
    problems = Problems("")
    settings = read(MaintenanceSettings, {"match": ["a=b"], **table}, "", problems)
    problems.finish()
    assert settings is not None
    return Window("night", settings)


def _utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_windows_follow_the_clock_on_the_wall() -> None:
    """In summer 02:00 in Berlin is 00:00 UTC, in winter 01:00."""
    window = _window(start="01:30:00", end="04:00:00", time_zone="Europe/Berlin")
    assert window.end(_utc(2026, 7, 1, 0, 0)) == _utc(2026, 7, 1, 2, 0)
    assert window.end(_utc(2026, 12, 1, 0, 0)) is None
    assert window.next(_utc(2026, 12, 1, 0, 0)) == _utc(2026, 12, 1, 0, 30)
    # The night in which 02:00 becomes 03:00 is an hour shorter.
    assert window.end(_utc(2026, 3, 29, 0, 30)) == _utc(2026, 3, 29, 2, 0)
    assert window.next(_utc(2026, 3, 28, 12, 0)) == _utc(2026, 3, 29, 0, 30)


def test_a_window_over_midnight() -> None:
    """It belongs to the day on which it starts."""
    window = _window(start="23:00:00", end="01:00:00", days=["sun"])
    assert window.end(_utc(2026, 5, 4, 0, 30)) == _utc(2026, 5, 4, 1, 0)  # a Monday
    assert window.end(_utc(2026, 5, 5, 0, 30)) is None
    assert window.next(_utc(2026, 5, 4, 1, 0)) == _utc(2026, 5, 10, 23, 0)


def test_alerts_are_not_everybodys_business() -> None:
    """Whom no rule tells neither sees them nor silences them, by whatever way."""
    office = furnished(tell=["ann"])
    Machines(office).fire()
    carol = office.person("carol@example")
    for said in ("list", "history", "silence host=*", "silences", "unsilence 1"):
        assert carol.says(said) == "alerts are for those who are told of them: ask an administrator"
    carol.sends(
        "<iq type='set' id='1'><command xmlns='http://jabber.org/protocol/commands' node='alerts-list'/></iq>"
    )
    carol.receives("<iq type='error' id='1'/>")
    assert office.person("ann@example").says("list").startswith("1 CRITICAL")
