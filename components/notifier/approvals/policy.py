"""Who must say yes: one of several, all, some, or one after the other. Pure: votes in, decision out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Rule = Literal["one", "all", "count", "sequence"]
Answer = Literal["", "approve", "reject"]
Decision = Literal["", "approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Vote:
    """One voice that counts: an approver's, whoever gives it in their place."""

    approver: str  # bare JID
    asked: tuple[str, ...]  # bare JIDs of those who may give it: the approver, a substitute, a delegate
    answer: Answer = ""
    by: str = ""  # bare JID of who has given it
    comment: str = ""
    at: datetime | None = None


def decide(rule: Rule, count: int, votes: Sequence[Vote]) -> Decision:
    """What the votes so far come to; empty while that is open. `count` is of the rule `count`.

    one: the first answer decides. all, sequence: every approval is needed, so the first rejection
    decides. count: decided as soon as no further vote can change the result.
    """
    approvals = sum(vote.answer == "approve" for vote in votes)
    rejections = sum(vote.answer == "reject" for vote in votes)
    if rule == "one":
        return "approved" if approvals else "rejected" if rejections else ""
    needed = count if rule == "count" else len(votes)
    if approvals >= needed:
        return "approved"
    return "rejected" if len(votes) - rejections < needed else ""


def open_votes(rule: Rule, votes: Sequence[Vote]) -> list[int]:
    """The votes that can be given now; in a sequence, the first that is missing."""
    missing = [at for at, vote in enumerate(votes) if not vote.answer]
    return missing[:1] if rule == "sequence" else missing


def vote_of(jid: str, rule: Rule, votes: Sequence[Vote]) -> int | None:
    """The vote that somebody may give now; their own before one they give for somebody else."""
    mine = [at for at in open_votes(rule, votes) if jid in votes[at].asked]
    return next((at for at in mine if votes[at].approver == jid), mine[0] if mine else None)
