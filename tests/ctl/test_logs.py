"""`logs`: the end of a log, and what is added to it."""

from pathlib import Path

from ctl.commands.logs import added
from tests.ctl.conftest import Operator
from tests.waiting import until


def test_the_log_of_a_service_and_of_supervisord(operator: Operator) -> None:
    operator.succeeds("up", "--detach")
    until(lambda: (operator.home / "logs" / "muc.log").read_text() != "")

    assert operator.succeeds("logs", "muc") == "muc starts\n"
    assert len(operator.succeeds("logs", "supervisord", "-n", "2").splitlines()) == 2


def test_a_service_that_never_ran_has_no_log(operator: Operator) -> None:
    assert "irc has no log yet" in operator.fails("logs", "irc")
    assert "no such service" in operator.fails("logs", "passwd")


def test_following_goes_on_in_the_new_file_after_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "muc.log"
    log.write_text("old\n")
    lines = added(log, log.stat().st_size)

    with log.open("a") as file:
        file.write("one\n")
    assert next(lines) == "one\n"
    log.rename(tmp_path / "muc.log.1")
    log.write_text("two\n")
    assert next(lines) == "two\n"
