"""The stock watch's bench: its quotes are the same at each run, and its figures are about what they say."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.stock.engine import measure, rows
from bench.stock.exchange import Exchange, conditions
from components.notifier.watch import grammar


def test_the_same_at_every_run() -> None:
    """Else runs could not be compared."""
    assert list(Exchange().quotes(50)) == list(Exchange().quotes(50))
    assert list(conditions(50)) == list(conditions(50))


def test_conditions_are_understood() -> None:
    """All kinds, as people write them."""
    texts = list(conditions(2000))
    for text in texts:
        grammar.read(text, "UTC", 0)
    for kind in (" < ", " > ", "crosses above", "% in 1h", "crosses below avg"):
        assert any(kind in text for text in texts)
    assert rows(3, "ann@localhost")[2]["number"] == 3


def test_the_engine_alone() -> None:
    """Some quotes match."""
    figures = measure(20_000, 100_000)
    assert figures.quotes == 100_000
    assert 0 < figures.matches < 10_000


@pytest.mark.slow
def test_from_end_to_end() -> None:
    """In a process of its own, for a bench chooses its processor: every match is a message."""
    arguments = [
        "--rounds",
        "1",
        "--watches",
        "2000",
        "--quotes",
        "20000",
        "--seconds",
        "1",
        "--rates",
        "1000",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "bench.stock", *arguments],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ms to the message, at" in done.stdout
