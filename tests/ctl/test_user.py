"""`user`: the same with a running router and without one."""

import json

import pytest

from tests.ctl.conftest import Operator


@pytest.fixture(params=["running", "stopped"])
def company(request: pytest.FixtureRequest, operator: Operator) -> Operator:
    if request.param == "running":
        operator.succeeds("up", "--detach")
    return operator


def passwords(operator: Operator) -> dict[str, str]:
    return dict(json.loads((operator.home / "state" / "accounts.json").read_text()))


def test_an_account_is_made_listed_changed_and_removed(company: Operator) -> None:
    said = company.succeeds("user", "add", "alice@localhost", "--password", "a")
    assert said == "alice@localhost may log in.\n"
    assert passwords(company)["alice@localhost"] == "a"

    company.succeeds("user", "passwd", "alice", "--password-stdin", stdin="new secret\n")
    assert passwords(company)["alice@localhost"] == "new secret"
    listed = json.loads(company.succeeds("user", "list", "--json"))["users"]
    assert [user["jid"] for user in listed] == ["admin@localhost", "alice@localhost"]
    assert "alice@localhost" in company.succeeds("user", "list")

    company.succeeds("user", "remove", "alice@localhost")
    assert "alice@localhost" not in passwords(company)


def test_an_account_is_disabled_and_enabled(company: Operator) -> None:
    assert company.succeeds("user", "disable", "admin") == "admin@localhost may not log in any more.\n"
    [admin] = json.loads(company.succeeds("user", "list", "--json"))["users"]
    assert admin["disabled"]
    assert "disabled" in company.succeeds("user", "list")

    assert company.succeeds("user", "enable", "admin") == "admin@localhost may log in.\n"
    assert "disabled" not in company.succeeds("user", "list")
    company.fails("user", "disable", "nobody")


def test_what_the_router_refuses_is_passed_on(company: Operator) -> None:
    said = company.fails("user", "add", "admin", "--password", "x")

    assert said == "stellwerk: admin@localhost exists already\n"


def test_a_password_is_asked_for_twice(operator: Operator) -> None:
    said = operator.succeeds("user", "add", "bob", stdin="secret\nsecret\n")

    assert passwords(operator)["bob@localhost"] == "secret"
    assert "secret" not in said


def test_an_empty_password_is_refused(operator: Operator) -> None:
    operator.fails("user", "add", "bob", "--password-stdin", stdin="\n")

    assert "bob@localhost" not in passwords(operator)


def test_a_router_that_runs_but_does_not_answer_is_not_bypassed(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    (operator.home / "run" / "core_router.sock").unlink()

    assert "the router does not answer" in operator.fails("user", "list")


def test_a_broken_configuration_is_reported(operator: Operator) -> None:
    operator.configures("core_router", refuse="not like this")

    assert "core_router.refuse: not like this" in operator.fails("user", "list", status=2)
