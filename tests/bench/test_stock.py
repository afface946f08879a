"""The stock watch's bench: its quotes are the same at each run, and its figures are about what they say."""

import pytest

from bench.stock.__main__ import main
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


def test_the_engine_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Some quotes match; what is printed is a table."""
    figures = measure(2000, 20_000)
    assert figures.quotes == 20_000
    assert figures.matches > 0
    arguments = ["--engine-only", "--rounds", "2", "--watches", "1000", "--quotes", "2000"]
    assert main(arguments) == 0
    assert "CPU µs per quote" in capsys.readouterr().out
