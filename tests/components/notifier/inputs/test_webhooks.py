"""Webhooks of monitoring systems, as they send them, become alerts; what is not theirs is refused."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from components.common.errors import StanzaError
from tests.components.notifier.office import Office

INPUTS: dict[str, Any] = {
    "github": {"secret": "s3cret"},
    "pagerduty": {"old": {"secret": "R0UT1NG"}},
    "generic": {
        "shop": {
            "title": "check.output",
            "key": "check.name",
            "status": "check.status",
            "severity": "check.level",
            "labels": {"host": "check.host"},
            "each": "results",
        }
    },
    "heartbeats": {"backup": {"minutes": 60, "grace_minutes": 5, "secret": "b34t"}},
}


@pytest.fixture
def office() -> Office:
    return Office(inputs=INPUTS)


def alerts(office: Office) -> list[tuple[str, str, str]]:
    """Severity, title, state of each, the oldest first."""
    found = office.asks("GET", "/v1/alerts").value["alerts"]
    return [(alert["severity"], alert["title"], alert["state"]) for alert in found]


def alert(status: str = "firing", **labels: str) -> dict[str, Any]:
    """One alert as Alertmanager sends it."""
    labels = {"alertname": "DiskFull", "instance": "db1:9100", "severity": "critical", **labels}
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": f"disk of {labels['instance']} is full", "description": "98 %"},
        "startsAt": "2026-05-04T11:58:02.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0",
        "fingerprint": hashlib.md5(json.dumps(labels).encode()).hexdigest()[:16],
    }


def group(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "status": "firing",
        "receiver": "stellwerk",
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
        **more,
    }


class TestAlertmanager:
    """Webhook version 4."""

    def test_firing_and_resolved(self, office: Office) -> None:
        office.asks("POST", "/v1/events/alertmanager", group(alert(), alert(instance="db2:9100")))
        assert alerts(office) == [
            ("critical", "disk of db1:9100 is full", "open"),
            ("critical", "disk of db2:9100 is full", "open"),
        ]
        found = office.asks("POST", "/v1/events/alertmanager", group(alert("resolved"))).value
        assert [taken["outcome"] for taken in found["taken"]] == ["resolved"]
        assert alerts(office) == [("critical", "disk of db2:9100 is full", "open")]

    def test_sent_again(self, office: Office) -> None:
        for _ in range(3):
            office.asks("POST", "/v1/events/alertmanager", group(alert()))
        assert len(alerts(office)) == 1

    def test_time_and_labels(self, office: Office) -> None:
        office.asks("POST", "/v1/events/alertmanager", group(alert()))
        [found] = office.asks("GET", "/v1/alerts").value["alerts"]
        assert found["instances"][0]["started_at"] == "2026-05-04T11:58:02+00:00"
        assert found["labels"]["alertname"] == "DiskFull"

    def test_without_fingerprint_and_summary(self, office: Office) -> None:
        bare = alert()
        del bare["fingerprint"], bare["annotations"]
        office.asks("POST", "/v1/events/alertmanager", group(bare))
        office.asks("POST", "/v1/events/alertmanager", group(bare))
        assert alerts(office) == [("critical", "DiskFull on db1:9100", "open")]

    def test_who_is_told_may_stand_in_the_url(self, office: Office) -> None:
        office.asks("POST", "/v1/events/alertmanager?to=ann,bob", group(alert()))
        assert "disk of db1:9100 is full" in office.person("bob@example").hears()
        with pytest.raises(StanzaError, match="'zed@elsewhere' is nobody known here"):
            office.asks("POST", "/v1/events/alertmanager?to=zed@elsewhere", group(alert(instance="x")))

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            ({}, "version: expected 4"),
            (group(version="3"), "version: expected 4, found '3'"),
            ({"version": "4"}, "alerts: expected a list of objects"),
            (group(alerts=[1]), "alerts: expected a list of objects"),
            (group(alerts=[{}] * 1001), "more than 1000"),
            (group(alerts=[{"labels": 5}]), "labels: expected an object"),
            (group(alerts=[{"labels": {str(n): "x" for n in range(200)}}]), "at most 100 labels"),
        ],
    )
    def test_refused(self, office: Office, body: Any, problem: str) -> None:
        with pytest.raises(StanzaError, match=problem):
            office.asks("POST", "/v1/events/alertmanager", body)
        assert not alerts(office)

    def test_giants_are_cut(self, office: Office) -> None:
        big = alert()
        big["annotations"] = {"summary": "x" * 100_000, "description": "y" * 100_000}
        office.asks("POST", "/v1/events/alertmanager", group(big))
        [(_, title, _)] = alerts(office)
        assert len(title) == 500


def test_grafana(office: Office) -> None:
    """Alertmanager's words, and where to look."""
    one = alert() | {"valueString": "[ var='A' value=98 ]", "panelURL": "https://grafana.example/d/1?p=2"}
    office.asks("POST", "/v1/events/grafana", {"version": "1", "alerts": [one], "orgId": 1})
    assert alerts(office) == [("critical", "disk of db1:9100 is full", "open")]
    assert "https://grafana.example/d/1?p=2" in office.person("admin@example").hears()


class TestPagerDuty:
    """Events API v2."""

    def send(self, office: Office, action: str, key: str = "k1", **more: Any) -> Any:
        payload = {"summary": "CPU on fire", "source": "db1", "severity": "warning", "component": "cpu"}
        body = {
            "routing_key": "R0UT1NG",
            "event_action": action,
            "dedup_key": key,
            "payload": {**payload, **more},
            "links": [{"href": "https://mon.example/1", "text": "look"}],
        }
        return office.asks("POST", "/v2/enqueue", body)

    def test_the_life_of_an_incident(self, office: Office) -> None:
        reply = self.send(office, "trigger")
        assert (reply.status, reply.value["status"], reply.value["dedup_key"]) == (202, "success", "k1")
        self.send(office, "trigger")
        assert alerts(office) == [("warning", "CPU on fire", "open")]
        self.send(office, "acknowledge")
        assert alerts(office) == [("warning", "CPU on fire", "acknowledged")]
        self.send(office, "resolve")
        assert not alerts(office)

    def test_a_key_is_made_up(self, office: Office) -> None:
        keys = {self.send(office, "trigger", "").value["dedup_key"] for _ in range(2)}
        assert len(keys) == len(alerts(office)) == 2

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"routing_key": "x"}, "routing_key: is not known here"),
            ({"routing_key": None}, "routing_key: is not known here"),
            ({"event_action": "explode"}, "event_action: expected trigger"),
            ({"event_action": "resolve", "dedup_key": ""}, "dedup_key: is needed to resolve"),
            ({"payload": {"summary": "x"}}, "payload: summary and source are needed"),
        ],
    )
    def test_refused(self, office: Office, change: dict[str, Any], problem: str) -> None:
        body = {"routing_key": "R0UT1NG", "event_action": "trigger", "payload": {}, **change}
        with pytest.raises(StanzaError, match=problem):
            office.asks("POST", "/v2/enqueue", body)
        assert not alerts(office)


class TestGitHub:
    """Signed webhooks."""

    def send(self, office: Office, kind: str, body: Any, delivery: str = "d1", secret: str = "s3cret") -> Any:
        content = json.dumps(body).encode()
        signature = "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        headers = {"X-GitHub-Event": kind, "X-GitHub-Delivery": delivery, "X-Hub-Signature-256": signature}
        return office.asks("POST", "/v1/events/github", body=content, **headers)

    def run(self, conclusion: str, number: int = 1) -> Any:
        return {
            "action": "completed",
            "workflow_run": {
                "name": "CI",
                "head_branch": "main",
                "conclusion": conclusion,
                "run_number": number,
                "html_url": "https://github.example/run/1",
            },
            "repository": {"full_name": "acme/shop"},
        }

    def test_a_workflow_fails_until_it_succeeds(self, office: Office) -> None:
        self.send(office, "workflow_run", self.run("failure"))
        assert alerts(office) == [("error", "acme/shop: CI failure on main", "open")]
        self.send(office, "workflow_run", self.run("success", 2), "d2")
        assert not alerts(office)

    def test_what_is_no_news(self, office: Office) -> None:
        self.send(office, "ping", {"zen": "x"})
        self.send(office, "workflow_run", self.run("cancelled"), "d2")
        assert not alerts(office)

    def test_a_vulnerable_dependency(self, office: Office) -> None:
        body = {
            "action": "created",
            "alert": {"number": 7, "security_advisory": {"summary": "Overflow", "severity": "high"}},
            "repository": {"full_name": "acme/shop"},
        }
        self.send(office, "dependabot_alert", body)
        assert alerts(office) == [("error", "acme/shop: vulnerable dependency 7: Overflow", "open")]
        self.send(office, "dependabot_alert", body | {"action": "fixed"}, "d2")
        assert not alerts(office)

    @pytest.mark.parametrize("delivery", ["d1", "another"])
    def test_a_replay_has_no_effect(self, office: Office, delivery: str) -> None:
        """Not even under another delivery number, which is not signed; nor after a restart."""
        self.send(office, "workflow_run", self.run("failure"))
        self.send(office, "workflow_run", self.run("success", 2), "d2")
        office.restart()
        assert self.send(office, "workflow_run", self.run("failure"), delivery).value["known"]
        assert not alerts(office)

    @pytest.mark.parametrize("secret", ["", "other"])
    def test_unsigned(self, office: Office, secret: str) -> None:
        with pytest.raises(StanzaError) as refused:
            self.send(office, "workflow_run", self.run("failure"), secret=secret)
        assert refused.value.condition == "not-authorized"
        with pytest.raises(StanzaError, match="does not fit"):
            office.asks("POST", "/v1/events/github", self.run("failure"))
        assert not alerts(office)


class TestCloudEvents:
    """CloudEvents 1.0, HTTP binding."""

    EVENT: dict[str, Any] = {
        "specversion": "1.0",
        "id": "A1",
        "source": "/sensors/hall",
        "type": "org.example.temperature",
        "subject": "rack4",
        "time": "2026-05-04T11:00:00Z",
        "data": {"title": "Rack 4 is hot", "severity": "warning"},
    }

    def send(self, office: Office, content: Any, kind: str = "cloudevents", **headers: str) -> Any:
        body = json.dumps(content).encode()
        headers = {"Content-Type": f"application/{kind}+json; charset=utf-8", **headers}
        return office.asks("POST", "/v1/events/cloudevents", body=body, **headers)

    def test_structured(self, office: Office) -> None:
        self.send(office, self.EVENT)
        self.send(office, self.EVENT)  # the same `source` and `id`
        assert alerts(office) == [("warning", "Rack 4 is hot", "open")]
        self.send(office, {**self.EVENT, "id": "A2", "data": {"status": "resolved"}})
        assert not alerts(office)

    def test_a_batch(self, office: Office) -> None:
        batch = [{**self.EVENT, "id": str(n), "subject": f"rack{n}"} for n in range(3)]
        self.send(office, batch, "cloudevents-batch")
        assert len(alerts(office)) == 3

    def test_binary(self, office: Office) -> None:
        headers = {f"ce-{name}": value for name, value in self.EVENT.items() if name != "data"}
        headers["Content-Type"] = "application/json"
        self.send(office, {"message": "hot"}, **headers)
        assert alerts(office) == [("error", "hot", "open")]

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ({}, "specversion: expected 1.0"),
            ({"specversion": "1.0"}, "id, source, type: needed in every CloudEvent"),
            ([], "specversion: expected 1.0"),
        ],
    )
    def test_refused(self, office: Office, content: Any, problem: str) -> None:
        with pytest.raises(StanzaError, match=problem):
            self.send(office, content)
        with pytest.raises(StanzaError, match="no CloudEvent"):
            office.asks("POST", "/v1/events/cloudevents", content)


class TestGeneric:
    """Any JSON, by a mapping of the configuration."""

    def send(self, office: Office, *checks: Any) -> Any:
        return office.asks("POST", "/v1/events/json/shop", {"results": [{"check": one} for one in checks]})

    def test_mapped(self, office: Office) -> None:
        down = {"name": "web", "output": "502 from web", "status": "CRIT", "level": "high", "host": "w1"}
        self.send(office, down, {"name": "db", "output": "slow", "level": "p3"})
        assert alerts(office) == [("error", "502 from web", "open"), ("warning", "slow", "open")]
        self.send(office, {**down, "status": "OK"})
        assert alerts(office) == [("warning", "slow", "open")]

    def test_refused(self, office: Office) -> None:
        with pytest.raises(StanzaError, match=r"check\.output: is missing or empty"):
            self.send(office, {"name": "web"})
        with pytest.raises(StanzaError, match="results: expected a list"):
            office.asks("POST", "/v1/events/json/shop", {"results": {}})
        with pytest.raises(StanzaError, match="there is no input 'x'; there are: shop"):
            office.asks("POST", "/v1/events/json/x", {})


class TestHeartbeats:
    """The dead man's switch."""

    def test_silence_is_the_alert(self, office: Office) -> None:
        office.later(minutes=50)
        office.asks("POST", "/v1/heartbeats/backup")
        office.later(minutes=64)
        assert not alerts(office)
        office.restart()
        office.later(minutes=2)
        assert alerts(office) == [("error", "no heartbeat of backup for 1 h 5 min", "open")]
        office.restart()
        office.asks("GET", "/v1/heartbeats/backup?token=b34t")
        assert not alerts(office)
        office.later(minutes=66)
        assert len(alerts(office)) == 1

    def test_one_that_is_configured_no_more(self, office: Office) -> None:
        office.later(minutes=66)
        office.reload(inputs={})
        assert not alerts(office)
        office.later(days=1)
        assert not alerts(office)

    def test_refused(self, office: Office) -> None:
        with pytest.raises(StanzaError, match="there is no heartbeat 'x'; there are: backup"):
            office.asks("POST", "/v1/heartbeats/x")
        for path in ("backup", "backup?token=", "backup?token=x", "x?token=b34t"):
            with pytest.raises(StanzaError, match="no heartbeat with this name and token"):
                office.asks("GET", f"/v1/heartbeats/{path}")
