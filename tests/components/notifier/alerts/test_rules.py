"""Rules, groups, limits of messages, templates."""

import pytest

from settings import SettingsError
from tests.components.notifier.alerts.conftest import PEOPLE, furnished
from tests.components.notifier.alerts.machines import Machines
from tests.components.notifier.office import settings_of

CLUSTER = {"name": "cluster", "tell": ["ann"], "group_by": ["cluster"], "group_wait": 30.0}


def test_the_first_rule_that_matches() -> None:
    """In the order of the file; what none matches goes to `tell`."""
    office = furnished(
        tell=["carol"],
        rules=[
            {"name": "db", "match": ["host=db*", "severity!=info"], "tell": ["ann"]},
            {"name": "hosts", "match": ["host=*1|*2"], "tell": ["bob"]},
        ],
    )
    machines = Machines(office)
    machines.fire("a", labels={"host": "db1"})
    machines.fire("b", labels={"host": "db2"}, severity="info")
    machines.fire("c", labels={"host": "web3"})
    told = {
        name: office.person(f"{name}@example").hears().splitlines()[0] for name in ("ann", "bob", "carol")
    }
    assert told == {"ann": "CRITICAL: a is full", "bob": "INFO: b is full", "carol": "CRITICAL: c is full"}


def test_a_group_waits_for_others() -> None:
    """`group_wait`: what comes within it is one alert and one message."""
    office = furnished(rules=[CLUSTER])
    machines, ann = Machines(office), office.person("ann@example")
    assert machines.fire("a", labels={"cluster": "x", "host": "1"}) == 1
    assert machines.fire("b", labels={"cluster": "x", "host": "2"}) == 1
    assert machines.fire("c", labels={"cluster": "y"}) == 2
    ann.receives_nothing()
    office.restart()
    office.later(seconds=30)
    ann.sends("<presence/>")
    said = [body for stanza in ann.inbox if (body := stanza.findtext("{jabber:client}body"))]
    assert said[0].startswith(
        "CRITICAL: 2 problems with cluster=x: a is full, …\n- a is full\n- b is full\n"
        "1 · since 12:00 UTC · cluster=x\n"
    )
    assert said[1].startswith("CRITICAL: c is full\n")


def test_news_of_a_group_come_at_intervals() -> None:
    """`group_interval`: who knows of the alert sees at once what has joined, and hears of it together."""
    office = furnished(rules=[{**CLUSTER, "group_wait": 0.0, "group_interval": 60.0}])
    machines, ann = Machines(office), office.person("ann@example")
    machines.fire("a", labels={"cluster": "x"})
    ann.ignores()
    for key in "bc":
        machines.fire(key, labels={"cluster": "x"})
        ann.receives("<message><replace xmlns='urn:xmpp:message-correct:0' id='1.1'/></message>")
        office.later(seconds=5)
    ann.receives_nothing()
    office.later(seconds=50)
    assert ann.hears().startswith("CRITICAL: 3 problems")
    office.later(seconds=60)
    ann.receives_nothing()
    machines.resolve("a")
    ann.receives("<message><replace xmlns='urn:xmpp:message-correct:0' id='1.2'/></message>")
    machines.resolve("b")
    machines.resolve("c")
    assert (
        ann.inbox[-1]
        .findtext("{jabber:client}body", "")
        .startswith("RESOLVED after 2 min – CRITICAL: 3 problems")
    )


def test_a_flood_is_summarised() -> None:
    """More messages to one recipient than allowed come as one, when the first of them is old enough."""
    office = furnished(tell=["ann"], messages=3, messages_seconds=60.0)
    machines, ann = Machines(office), office.person("ann@example")
    for number in range(50):
        machines.fire(f"disk{number}")
    assert len(ann.inbox) == 3
    ann.ignores()
    office.restart()
    ann.ignores()
    office.later(seconds=60)
    summary = ann.hears()
    assert summary.startswith(
        "47 more, of which you were not told one by one:\n4 CRITICAL: disk3 is full, since 12:00"
    )
    assert summary.endswith("… and 37 others; say: list")
    ann.receives_nothing()
    assert ann.says("ack 20") == "20 is yours: disk19 is full"
    machines.fire("later")
    assert ann.inbox[-1].findtext("{jabber:client}body", "").startswith("CRITICAL: later is full")


def test_a_template_makes_the_text() -> None:
    """Jinja2; the first line and the last are as ever."""
    office = furnished(
        tell=["ann"],
        rules=[{"name": "all", "template": "short"}],
        templates={
            "short": "{% for i in instances %}{{ i.labels.host|upper }} {{ i.annotations.value }}{% endfor %}"
        },
    )
    machines, ann = Machines(office), office.person("ann@example")
    machines.fire(labels={"host": "web1"}, annotations={"value": "97 %"})
    assert ann.hears().splitlines()[:2] == ["CRITICAL: disk is full", "WEB1 97 %"]
    machines.fire("other", labels={"host": "web1"})
    assert "(the template of this rule has failed: 'dict object' has no attribute 'value')" in ann.hears()


@pytest.mark.parametrize(
    ("alerts", "says"),
    [
        ({"rules": [{"name": "a", "match": ["host"]}]}, "expected label=value or label!=value, found 'host'"),
        ({"rules": [{"name": "a", "template": "x"}]}, "there is no template 'x'"),
        ({"rules": [{"name": "a"}, {"name": "a"}]}, "two have the same name"),
        ({"templates": {"x": "{% if %}"}}, "templates.x: line 1"),
        ({"templates": {"x": "{{ ''.__class__.mro() }}"}}, "templates.x: line 1: call cannot be used here"),
        ({"rules": [{"name": "a", "group_wait": -1.0}]}, "group_wait: expected 0"),
        ({"maintenance": {"x": {"match": ["a=b"], "start": "2:00", "end": "04:00"}}}, "start"),
    ],
)
def test_mistakes_in_the_configuration(alerts: dict[str, object], says: str) -> None:
    """Each is a line that says what would be right."""
    with pytest.raises(SettingsError, match=says.replace("(", "\\(").replace(")", "\\)")):
        settings_of({"alerts": alerts})


def test_other_rules_after_a_reload() -> None:
    """What is open goes on; what is new follows the new rules."""
    office = furnished(tell=["ann"])
    machines, ann, bob = Machines(office), office.person("ann@example"), office.person("bob@example")
    machines.fire("a")
    ann.ignores()
    reloaded = office.reload(people=PEOPLE, alerts={"tell": ["bob"]})
    assert reloaded.applied == ["notifier.alerts"]
    machines.fire("b")
    assert bob.hears().startswith("CRITICAL: b")
    ann.hears_nothing()


def test_a_large_group_is_not_corrected_at_each_event() -> None:
    """Events by the hundred: the message is corrected once in a while, to what is true then."""
    office = furnished(rules=[{**CLUSTER, "group_wait": 0.0}])
    machines, ann = Machines(office), office.person("ann@example")
    for number in range(100):
        machines.fire(f"disk{number}", labels={"cluster": "x"})
    assert len(ann.inbox) == 2
    office.later(seconds=5)
    assert ann.inbox[-1].findtext("{jabber:client}body", "").startswith("CRITICAL: 100 problems")
    assert len(ann.ignores().inbox) == 0
    machines.fire("disk1", labels={"cluster": "x"}, annotations={"value": "98 %"})
    ann.receives_nothing()
