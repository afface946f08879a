"""What votes come to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.notifier.approvals.policy import Vote, decide, open_votes, vote_of

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def votes(answers: str) -> list[Vote]:
    """`y`: approved, `n`: rejected, `-`: open; the approvers are a, b, c, …"""
    words: dict[str, Any] = {"y": "approve", "n": "reject", "-": ""}
    names = "abcdefgh"
    return [Vote(names[at], (names[at],), words[answer]) for at, answer in enumerate(answers)]


@pytest.mark.parametrize(
    ("rule", "count", "answers", "decision"),
    [
        ("one", 1, "---", ""),
        ("one", 1, "-y-", "approved"),
        ("one", 1, "-n-", "rejected"),
        ("all", 1, "yy-", ""),
        ("all", 1, "yyy", "approved"),
        ("all", 1, "y-n", "rejected"),
        ("count", 2, "y--", ""),
        ("count", 2, "yn-", ""),
        ("count", 2, "yny", "approved"),
        ("count", 2, "nn-", "rejected"),
        ("count", 1, "nn-", ""),
        ("sequence", 1, "y--", ""),
        ("sequence", 1, "yyy", "approved"),
        ("sequence", 1, "yn-", "rejected"),
    ],
)
def test_decisions(rule: Any, count: int, answers: str, decision: str) -> None:
    assert decide(rule, count, votes(answers)) == decision


@given(st.integers(1, 8), st.text("yn", min_size=1, max_size=8), st.data())
def test_a_decision_is_never_taken_back(count: int, answers: str, data: st.DataObject) -> None:
    """Whatever answers come after it, and every complete vote is decided."""
    rule: Any = data.draw(st.sampled_from(["one", "all", "count", "sequence"]))
    count = min(count, len(answers))
    decided = ""
    for given_ in range(len(answers) + 1):
        decision = decide(rule, count, votes(answers[:given_] + "-" * (len(answers) - given_)))
        if rule != "one":  # there, what comes later is not asked for
            assert not decided or decision == decided
        decided = decided or decision
    assert decided


def test_in_a_sequence_one_is_asked_at_a_time() -> None:
    assert open_votes("sequence", votes("y--")) == [1]
    assert open_votes("all", votes("y--")) == [1, 2]
    assert vote_of("c", "sequence", votes("y--")) is None
    assert vote_of("b", "sequence", votes("y--")) == 1


def test_ones_own_vote_comes_first() -> None:
    """Who stands in for somebody gives their own vote first."""
    both = [Vote("a", ("a", "b")), Vote("b", ("b",))]
    assert vote_of("b", "all", both) == 1
    assert vote_of("b", "all", [both[0], Vote("b", ("b",), "approve")]) == 0
