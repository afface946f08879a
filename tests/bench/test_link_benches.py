"""The benches of the link from end to end, for a moment."""

import re

import pytest

from tests.bench.test_benches import run

pytestmark = pytest.mark.slow


def rows(output: str, first: str) -> list[list[str]]:
    """The cells of the rows that begin like that."""
    lines = [line for line in output.splitlines() if re.match(rf"\| {first}", line)]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]


def test_what_the_link_costs() -> None:
    done = run("link", "--occupants", "2", "--rates", "20", "--seconds", "1", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    [row] = rows(done.stdout, "20 ")
    assert all(re.fullmatch(r"-?[0-9.,]+", cell) for cell in row)
    assert "read with other things" in done.stdout


def test_what_is_noticed_of_restarts() -> None:
    size = ("--clients", "4", "--rooms", "1", "--muc-times", "1", "--router-times", "1", "--queue", "200")
    done = run("restart", "--scenarios", "muc-kill,router-kill", *size)
    assert done.returncode == 0, done.stderr
    assert [row[-1] for row in rows(done.stdout, "r.* killed")] == ["consistent", "consistent"]
    assert len(rows(done.stdout, "(router|component), .* away")) == 2
