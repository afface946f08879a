"""What approvers read."""

from decimal import Decimal
from typing import Protocol

from components.notifier.approvals.approval import Approval
from components.notifier.approvals.policy import Vote
from components.notifier.approvals.request import ApprovalRequest


class Names(Protocol):
    """Persons by name, amounts with their currency (`approvers.Approvers`)."""

    def name(self, jid: str) -> str:
        """For people."""

    def currency(self, request: ApprovalRequest) -> str:
        """Of the amount."""


def text_of(approval: Approval, names: Names) -> str:
    """The whole message, as it is now; the first line says what it is about."""
    request = approval.request
    lines = [headline(request, names)]
    lines += [request.text] if request.text else []
    lines += [f"{field.label}: {field.value}" for field in request.fields]
    if request.document is not None:
        lines.append(f"{request.document.title or 'Document'}: {request.document.url}")
    lines += [_given(vote, names) for vote in approval.votes if vote.answer]
    lines.append(f"State: {progress(approval, names)}")
    return "\n".join(lines)


def headline(request: ApprovalRequest, names: Names) -> str:
    """`Approval: Laptop, 1,200.00 EUR, asked by cleo`."""
    parts = [f"Approval: {request.title}"]
    if request.amount is not None:
        parts.append(f"{_amount(request.amount)} {names.currency(request)}")
    return ", ".join((*parts, f"asked by {names.name(request.requester)}"))


def progress(approval: Approval, names: Names) -> str:
    """`1 of 2 approvals, waiting for bob until 2026-05-11 12:00 UTC`, or how it has ended."""
    if approval.state == "pending":
        return f"{_needed(approval)}, until {approval.deadline:%Y-%m-%d %H:%M} UTC"
    by = [vote for vote in approval.votes if vote.answer]
    who = f" by {names.name(by[-1].by)}" if approval.state in ("approved", "rejected") and by else ""
    at = f" at {approval.decided:%Y-%m-%d %H:%M} UTC" if approval.decided is not None else ""
    reason = f": {approval.reason}" if approval.reason else ""
    return f"{approval.state}{who}{at}{reason}"


def _needed(approval: Approval) -> str:
    policy, votes = approval.request.policy, approval.votes
    needed = {"one": 1, "count": policy.count}.get(policy.rule, len(votes))
    approvals = sum(vote.answer == "approve" for vote in votes)
    return f"{approvals} of {needed} {'approval' if needed == 1 else 'approvals'}"


def _given(vote: Vote, names: Names) -> str:
    word = "approved" if vote.answer == "approve" else "rejected"
    place = f" for {names.name(vote.approver)}" if vote.by != vote.approver else ""
    comment = f": {vote.comment}" if vote.comment else ""
    return f"{names.name(vote.by)} has {word}{place}{comment}"


def _amount(value: Decimal) -> str:
    return f"{value:,f}"
