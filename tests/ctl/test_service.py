"""`enable`, `disable`, `start`, `stop`, `restart`, `reload`: one service, and no other is touched."""

import pytest

from tests.ctl.conftest import Operator
from tests.waiting import until


def test_a_disabled_service_stays_off_over_a_restart_of_everything(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    router = operator.services()["core_router"]["pid"]

    operator.succeeds("disable", "muc")

    assert operator.services()["muc"]["state"] == "disabled"
    assert operator.services()["core_router"]["pid"] == router
    operator.succeeds("down")
    operator.succeeds("up", "--detach")
    assert operator.services()["muc"]["pid"] is None

    operator.succeeds("enable", "muc")

    assert operator.services()["muc"]["state"] == "running"


def test_a_service_that_is_off_by_default_can_be_enabled_before_the_start(operator: Operator) -> None:
    assert "enabled" in operator.succeeds("enable", "irc")

    operator.succeeds("up", "--detach")

    assert operator.services()["irc"]["state"] == "running"


def test_a_service_the_configuration_does_not_know_is_off_until_it_is_enabled(operator: Operator) -> None:
    """A home may be older than a service; it goes on as it was."""
    file = operator.home / "stellwerk.toml"
    text = file.read_text()
    begin = text.index("[muc]")
    file.write_text(text[:begin] + text[text.index("[irc]", begin) :])
    operator.succeeds("up", "--detach")
    assert operator.services()["muc"]["state"] == "disabled"
    assert operator.services()["core_router"]["state"] == "running"

    operator.succeeds("enable", "muc")

    assert operator.services()["muc"]["state"] == "running"


def test_a_stopped_service_is_stopped_for_now_only(operator: Operator) -> None:
    operator.succeeds("up", "--detach")

    operator.succeeds("stop", "muc")

    assert operator.services()["muc"]["state"] == "stopped"
    assert "muc is running" in operator.succeeds("start", "muc")
    operator.succeeds("stop", "muc")
    operator.succeeds("down")
    operator.succeeds("up", "--detach")
    assert operator.services()["muc"]["state"] == "running"


def test_restart_makes_a_new_process_and_leaves_the_others(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    before = operator.services()

    operator.succeeds("restart", "muc")

    after = operator.services()
    assert after["muc"]["state"] == "running"
    assert after["muc"]["pid"] != before["muc"]["pid"]
    assert after["core_router"]["pid"] == before["core_router"]["pid"]


def test_restart_does_not_stop_what_would_not_start_again(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    before = operator.services()["muc"]["pid"]
    operator.configures("muc", refuse="expected something else")

    assert "muc.refuse: expected something else" in operator.fails("restart", "muc", status=2)

    assert operator.services()["muc"]["pid"] == before


def test_a_rolling_restart_goes_through_all_that_run(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    before = operator.services()

    operator.succeeds("restart", "--rolling")

    after = operator.services()
    assert after["muc"]["pid"] not in (None, before["muc"]["pid"])
    assert after["core_router"]["pid"] not in (None, before["core_router"]["pid"])
    assert after["irc"]["state"] == "disabled"


def test_a_component_starts_without_a_router_to_link_to(operator: Operator) -> None:
    operator.configures("muc", link="down")
    operator.succeeds("disable", "core_router")

    operator.succeeds("up", "--detach")

    assert operator.services()["muc"]["state"] == "running"


def test_reload_says_what_was_applied_and_what_was_not(operator: Operator) -> None:
    operator.succeeds("up", "--detach")

    said = operator.succeeds("reload", "muc")

    assert said == (
        "muc: applied: log_level\nmuc: `stellwerk restart muc` is needed for: core_router.clients.port\n"
    )


def test_reload_of_a_broken_file_changes_nothing_and_says_why(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    operator.configures("muc", refuse="not like this")

    said = operator.fails("reload", "muc", status=2)

    assert said == f"stellwerk: {operator.home}/stellwerk.toml: muc.refuse: not like this\n"


def test_a_name_misspelt_is_recognised(operator: Operator) -> None:
    said = operator.fails("stop", "core-router")

    assert said == "stellwerk: core-router: no such service; did you mean core_router?\n"


def test_without_supervisord_start_says_what_to_do(operator: Operator) -> None:
    assert "not running here: `stellwerk up` starts it" in operator.fails("start", "muc")


def test_a_process_that_has_no_socket_yet_is_starting_and_later_silent(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.succeeds("up", "--detach")
    (operator.home / "run" / "muc.sock").unlink()
    monkeypatch.setattr("ctl.services.TIME_TO_SPEAK", 1000.0)
    assert operator.services()["muc"]["state"] == "starting"
    monkeypatch.setattr("ctl.services.TIME_TO_SPEAK", 0.0)
    until(lambda: operator.services()["muc"]["state"] == "silent")


def test_a_home_may_be_a_configuration_file_and_nothing_else(newcomer: Operator) -> None:
    newcomer.home.mkdir()
    (newcomer.home / "stellwerk.toml").write_text('domain = "localhost"\n[muc]\n')
    assert newcomer.succeeds("disable", "core_router") == "core_router is disabled.\n"
    assert newcomer.services()["core_router"]["state"] == "disabled"


def test_check_asks_who_is_enabled_or_configured(operator: Operator) -> None:
    """A home for rooms on another server has no table for the router, and none of its files."""
    operator.succeeds("disable", "core_router")
    assert "(core_router, muc, irc)" in operator.succeeds("check")
    (operator.home / "stellwerk.toml").write_text('domain = "localhost"\n[muc]\n')
    assert "(muc)" in operator.succeeds("check")
    operator.succeeds("enable", "core_router")
    assert "(core_router, muc)" in operator.succeeds("check")
