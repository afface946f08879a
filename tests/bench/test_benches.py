"""The benches from end to end, for a moment: figures for every server, and every message arrives."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.servers import SERVERS, ServerError

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

ROOT = Path(__file__).resolve().parents[2]
BRIEF = {
    "route": ["--pairs", "2", "--seconds", "0.2", "--rounds", "1", "--idle", "10", "--hold", "0"],
    "presence": ["--contacts", "3", "--seconds", "0.2", "--rounds", "1"],
    "logins": ["--accounts", "3", "--rounds", "1"],
}


def run(bench: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, for a bench chooses its processor."""
    return subprocess.run(
        [sys.executable, "-m", f"bench.{bench}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("bench", BRIEF)
def test_a_bench_gives_figures(bench: str, server: str) -> None:
    try:
        SERVERS[server].check_installed()
    except ServerError as error:
        pytest.skip(str(error))
    done = run(bench, "--servers", server, *BRIEF[bench])
    assert done.returncode == 0, done.stderr
    tables = [line for line in done.stdout.splitlines() if re.match(rf"\| {server}", line, re.IGNORECASE)]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in tables]
    assert rows
    assert all(re.match(r"-?[0-9]", row[1]) for row in rows)
    if bench == "route":
        lost, doubled, refused = rows[0][-3:]
        assert (lost, doubled, refused) == ("0", "0", "0")


def test_a_server_nobody_knows_is_named() -> None:
    done = run("route", "--servers", "nix")
    assert done.returncode == 2
    assert "unknown server `nix`" in done.stderr
