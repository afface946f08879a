"""A workflow asks, people decide where they are, the workflow gets the decision: once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from components.common.errors import StanzaError
from components.notifier.approvals import storage
from components.notifier.approvals.audit import Signer
from tests.components.notifier.office import Office

PEOPLE: dict[str, Any] = {
    "persons": {"ann": {}, "bob": {}, "cleo": {}, "dora": {}},
    "teams": {"purchasing": {"members": ["ann", "bob", "cleo"]}},
}
APPROVERS: dict[str, Any] = {
    "ann": {"limit": "10000", "substitute": "dora"},
    "bob": {"limit": "500.50"},
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    key = str(tmp_path / "audit.pem")
    made = Office(people=PEOPLE, approvals={"approvers": APPROVERS, "audit_key_file": key})
    for name in ("ann", "bob", "cleo", "dora"):
        made.person(f"{name}@example").sends("<presence type='subscribed'/>", resource="").ignores()
    return made


def asked(office: Office, rule: str = "one", to: str = "ann", **more: Any) -> Any:
    """What the program gets for a request."""
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    policy = {"approvers": to.split(), "rule": rule, **more.pop("policy", {})}
    request = {"title": "Laptop", "requester": "cleo", "policy": policy, "callback": "https://erp.example/x"}
    return office.asks("POST", "/v1/approvals", {**request, **more}, **headers).value


def state(office: Office, number: int) -> str:
    found: str = office.asks("GET", f"/v1/approvals/{number}").value["state"]
    return found


def callbacks(office: Office) -> list[Any]:
    """Those on their way: state, key."""
    return [(job.content["state"], job.key) for job in office.service.work.due(office.now)]


def says(office: Office, who: str, text: str) -> str:
    person = office.person(f"{who}@example")
    person.inbox.clear()
    return person.says(text)


class TestOne:
    """The usual way."""

    def test_from_the_question_to_the_callback(self, office: Office) -> None:
        found = asked(
            office,
            text="For the new colleague.",
            amount="1200.00",
            fields=[{"label": "Supplier", "value": "ACME & Sons"}],
            document={"url": "https://erp.example/offer.pdf", "title": "Offer"},
        )
        assert (found["number"], found["state"]) == (1, "pending")
        assert office.person("ann@example").hears() == (
            "Approval: Laptop, 1,200.00 EUR, asked by cleo\n"
            "For the new colleague.\n"
            "Supplier: ACME & Sons\n"
            "Offer: https://erp.example/offer.pdf\n"
            "State: 0 of 1 approval, until 2026-05-11 12:00 UTC\n"
            "Answer: approve 1, reject 1, delegate 1"
        )
        assert says(office, "ann", "approve 1 over budget but urgent") == (
            "1: approved by ann at 2026-05-04 12:00 UTC"
        )
        found = office.asks("GET", "/v1/approvals/1").value
        assert found["state"] == "approved"
        assert found["votes"][0]["comment"] == "over budget but urgent"
        assert callbacks(office) == [("approved", "approval-1-approved")]

    def test_a_rejection(self, office: Office) -> None:
        asked(office)
        says(office, "ann", "reject 1 too dear")
        assert callbacks(office) == [("rejected", "approval-1-rejected")]

    def test_the_first_answer_closes_it_for_all(self, office: Office) -> None:
        asked(office, to="ann bob")
        says(office, "ann", "approve 1")
        assert says(office, "bob", "reject 1") == "1 is approved by ann at 2026-05-04 12:00 UTC"
        assert len(callbacks(office)) == 1

    def test_a_restart_changes_nothing(self, office: Office) -> None:
        asked(office)
        office.restart()
        says(office, "ann", "approve 1")
        office.restart()
        assert state(office, 1) == "approved"
        assert callbacks(office) == [("approved", "approval-1-approved")]


class TestPolicies:
    """Whose approval is needed."""

    def test_all(self, office: Office) -> None:
        asked(office, "all", "ann bob")
        assert says(office, "ann", "approve 1") == "1: 1 of 2 approvals, until 2026-05-11 12:00 UTC"
        assert says(office, "ann", "approve 1") == "ann has answered 1 already"
        says(office, "bob", "approve 1")
        assert state(office, 1) == "approved"

    def test_some_of_a_team(self, office: Office) -> None:
        """The requester is in the team, and is not asked."""
        found = asked(office, "count", "team:purchasing dora", policy={"count": 2})
        assert [vote["approver"] for vote in found["votes"]] == ["ann@example", "bob@example", "dora@example"]
        says(office, "bob", "reject 1")
        says(office, "dora", "approve 1")
        assert state(office, 1) == "pending"
        says(office, "ann", "approve 1")
        assert state(office, 1) == "approved"

    def test_one_after_the_other(self, office: Office) -> None:
        asked(office, "sequence", "ann bob")
        office.person("bob@example").receives_nothing()
        assert says(office, "bob", "approve 1") == "1 is not your turn yet: others come first"
        says(office, "ann", "approve 1")
        assert "ann has approved" in office.person("bob@example").hears()
        says(office, "bob", "reject 1")
        assert state(office, 1) == "rejected"


class TestWhoMay:
    """Four eyes, limits, substitutes, delegates."""

    def test_the_requester_never_approves(self, office: Office) -> None:
        with pytest.raises(StanzaError, match="cleo is the requester"):
            asked(office, to="cleo")
        with pytest.raises(StanzaError, match="2 approvals needed, 1 of 2 approvers may decide"):
            asked(office, "all", "ann cleo")
        asked(office)
        assert says(office, "cleo", "approve 1").endswith("you were not asked")
        assert says(office, "ann", "delegate 1 cleo") == "cleo has asked for it, and cannot decide it"
        assert state(office, 1) == "pending"

    @pytest.mark.parametrize(
        ("amount", "currency", "approver", "may"),
        [
            ("10000", "", "ann", True),
            ("10000.01", "", "ann", False),
            ("500.50", "EUR", "bob", True),
            ("500.51", "EUR", "bob", False),
            ("1", "CHF", "bob", False),
            ("1000000", "CHF", "dora", True),
        ],
    )
    def test_limits(self, office: Office, amount: str, currency: str, approver: str, may: bool) -> None:
        if may:
            assert asked(office, to=approver, amount=amount, currency=currency)["state"] == "pending"
            return
        with pytest.raises(StanzaError, match=f"{approver} may approve up to"):
            asked(office, to=approver, amount=amount, currency=currency)

    def test_a_limit_that_was_lowered_meanwhile(self, office: Office, tmp_path: Path) -> None:
        asked(office, amount="9000")
        lowered = {"approvers": {"ann": {"limit": "10"}}, "audit_key_file": str(tmp_path / "audit.pem")}
        office.reload(people=PEOPLE, approvals=lowered)
        assert says(office, "ann", "approve 1") == "this is beyond what you may approve"

    def test_a_delegate(self, office: Office) -> None:
        asked(office)
        assert says(office, "ann", "delegate 1 bob on leave") == "1: bob is asked instead of you"
        assert office.person("bob@example").hears().startswith("Approval: Laptop")
        assert says(office, "ann", "approve 1") == "1 is not yours to decide"
        says(office, "bob", "approve 1")
        assert office.asks("GET", "/v1/approvals/1").value["votes"][0]["by"] == "bob@example"

    @pytest.mark.parametrize(
        ("text", "reply"),
        [
            ("delegate 1", "to whom? Say: delegate 1 NAME [comment]"),
            ("delegate 1 x@elsewhere", "'x@elsewhere' is nobody known here"),
            ("delegate 1 bob", "bob may not approve that much"),
            ("delegate 1 ann", "ann has a vote in it already"),
        ],
    )
    def test_delegates_must_be_able(self, office: Office, text: str, reply: str) -> None:
        asked(office, amount="600")
        assert says(office, "ann", text).startswith(reply)

    def test_the_substitute_of_who_is_absent(self, office: Office) -> None:
        office.person("ann@example").sends("<presence/>", "<presence type='unavailable'/>")
        office.later(hours=9)
        asked(office)
        assert office.person("dora@example").hears().startswith("Approval: Laptop")
        says(office, "dora", "approve 1")
        vote = office.asks("GET", "/v1/approvals/1").value["votes"][0]
        assert (vote["approver"], vote["by"]) == ("ann@example", "dora@example")

    def test_no_substitute_for_who_is_there(self, office: Office) -> None:
        office.person("ann@example").sends("<presence/>")
        asked(office)
        office.person("dora@example").receives_nothing()

    def test_a_substitute_when_nobody_answers(self, office: Office) -> None:
        """Together with the first reminder."""
        asked(office)
        office.later(hours=23)
        office.person("dora@example").receives_nothing()
        office.later(hours=2)
        assert office.person("dora@example").hears().startswith("Approval: Laptop")

    def test_strangers(self, office: Office) -> None:
        asked(office)
        assert says(office, "dora", "approve 1").endswith("you were not asked")
        assert says(office, "admin", "approve 1") == "1 is not yours to decide"


class TestTime:
    """Deadlines and reminders."""

    def test_reminders_until_it_is_decided(self, office: Office) -> None:
        asked(office, to="bob")
        bob = office.person("bob@example").sends("<presence/>").ignores()
        office.later(hours=24)
        assert bob.hears().startswith("Approval: Laptop")
        office.restart()
        bob.ignores()
        office.later(hours=24)
        assert bob.hears().startswith("Approval: Laptop")
        says(office, "bob", "approve 1")
        bob.ignores()
        office.later(days=4)
        bob.receives_nothing()

    def test_a_deadline(self, office: Office) -> None:
        asked(office, to="bob", deadline=(office.now + timedelta(hours=2)).isoformat())
        office.restart()
        office.later(hours=3)
        assert state(office, 1) == "expired"
        assert callbacks(office) == [("expired", "approval-1-expired")]
        assert says(office, "bob", "approve 1") == "1 is expired at 2026-05-04 14:00 UTC"

    def test_a_deadline_that_has_passed(self, office: Office) -> None:
        with pytest.raises(StanzaError, match="deadline: it has passed"):
            asked(office, deadline="2026-05-04T11:59:00Z")


class TestPrograms:
    """The HTTP side."""

    def test_the_same_key_asks_nobody_again(self, office: Office) -> None:
        first = office.asks("POST", "/v1/approvals", _request(), **{"Idempotency-Key": "k1"})
        office.restart()
        again = office.asks("POST", "/v1/approvals", _request(), **{"Idempotency-Key": "k1"})
        assert (first.status, again.status) == (201, 200)
        assert first.value["number"] == again.value["number"]
        office.person("ann@example").hears()
        office.person("ann@example").ignores()
        with pytest.raises(StanzaError) as refused:
            office.asks("POST", "/v1/approvals", _request(title="Other"), **{"Idempotency-Key": "k1"})
        assert refused.value.condition == "conflict"

    def test_cancelling(self, office: Office) -> None:
        asked(office)
        office.person("ann@example").ignores()
        found = office.asks("POST", "/v1/approvals/1/cancel", {"reason": "not needed"}).value
        assert (found["state"], found["reason"]) == ("cancelled", "not needed")
        assert "cancelled at 2026-05-04 12:00 UTC: not needed" in office.person("ann@example").hears()
        assert office.asks("POST", "/v1/approvals/1/cancel").value["state"] == "cancelled"
        assert len(callbacks(office)) == 1

    def test_what_is_decided_cannot_be_cancelled(self, office: Office) -> None:
        asked(office)
        says(office, "ann", "approve 1")
        with pytest.raises(StanzaError, match="1 is approved already"):
            office.asks("POST", "/v1/approvals/1/cancel")

    def test_lists(self, office: Office) -> None:
        for _ in range(3):
            asked(office)
        says(office, "ann", "approve 2")

        def listed(query: str) -> Any:
            found = office.asks("GET", f"/v1/approvals{query}").value
            return [approval["number"] for approval in found["approvals"]], found["more"]

        assert listed("") == ([3, 2, 1], False)
        assert listed("?state=pending") == ([3, 1], False)
        assert listed("?limit=2") == ([3, 2], True)
        assert listed("?limit=2&before=2") == ([1], False)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"titel": "x"}, "unknown field `titel`"),
            ({"title": ""}, r"length >= 1 - at `\$.title`"),
            ({"policy": {"approvers": [], "rule": "one"}}, r"at `\$.policy.approvers`"),
            ({"policy": {"approvers": ["ann"], "rule": "most"}}, r"Invalid enum value 'most'"),
            ({"policy": {"approvers": ["zed@elsewhere"]}}, "'zed@elsewhere' is nobody known here"),
            ({"policy": {"approvers": ["room:a@b"]}}, "expected persons"),
            ({"callback": "ftp://x"}, r"at `\$.callback`"),
            ({"amount": "many"}, r"at `\$.amount`"),
            ({"deadline": "2026-05-05"}, r"at `\$.deadline`"),
        ],
    )
    def test_mistakes_are_named(self, office: Office, change: dict[str, Any], problem: str) -> None:
        with pytest.raises(StanzaError, match=problem):
            office.asks("POST", "/v1/approvals", _request(**change))
        assert not office.rows("approval")

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
    def test_no_json(self, office: Office, body: bytes) -> None:
        with pytest.raises(StanzaError, match="the body"):
            office.asks("POST", "/v1/approvals", body=body or b" ")

    @pytest.mark.parametrize("path", ["/v1/approvals/7", "/v1/approvals/x", "/v1/approvals/²"])
    def test_what_is_not_there(self, office: Office, path: str) -> None:
        with pytest.raises(StanzaError, match="there is no approval"):
            office.asks("GET", path)


class TestAudit:
    """Every step is signed."""

    def trail(self, office: Office) -> Any:
        with office.store.connect() as connection:
            return storage.trail(connection)

    def test_the_whole_story(self, office: Office, tmp_path: Path) -> None:
        asked(office, "all", "ann bob")
        says(office, "ann", "delegate 1 dora")
        says(office, "dora", "approve 1 fine")
        office.restart()
        says(office, "bob", "approve 1")
        entries = self.trail(office)
        assert [(entry.event, entry.by) for entry in entries] == [
            ("created", "local"),
            ("delegate", "ann@example"),
            ("approve", "dora@example"),
            ("approve", "bob@example"),
            ("approved", "bob@example"),
        ]
        signer = Signer(tmp_path / "audit.pem")
        assert signer.fault(entries) == ""
        assert (tmp_path / "audit.pem").stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("statement", "fault"),
        [
            ("UPDATE approval_audit SET detail = '{}' WHERE sequence = 2", "entry 2: its signature"),
            ("UPDATE approval_audit SET by = 'bob@example' WHERE sequence = 2", "entry 2: its signature"),
            ("DELETE FROM approval_audit WHERE sequence = 2", "entry 2: something is missing"),
            ("DELETE FROM approval_audit WHERE sequence = 1", "entry 1: something is missing"),
        ],
    )
    def test_changes_show(self, office: Office, tmp_path: Path, statement: str, fault: str) -> None:
        asked(office)
        says(office, "ann", "approve 1 fine")
        with office.store.begin() as connection:
            connection.exec_driver_sql(statement)
        assert Signer(tmp_path / "audit.pem").fault(self.trail(office)).startswith(fault)


def test_only_so_many_are_remembered(tmp_path: Path) -> None:
    """But the audit trail keeps them all."""
    key = str(tmp_path / "audit.pem")
    office = Office(people=PEOPLE, approvals={"history": 2, "audit_key_file": key})
    for number in range(1, 5):
        asked(office, key=f"k{number}")
        says(office, "ann", f"approve {number}")
    assert [row["number"] for row in office.rows("approval")] == [3, 4]
    assert len(office.rows("approval_audit")) == 12
    assert asked(office, key="k1")["number"] == 5


def _request(**change: Any) -> dict[str, Any]:
    return {"title": "Laptop", "requester": "cleo", "policy": {"approvers": ["ann"]}, **change}
