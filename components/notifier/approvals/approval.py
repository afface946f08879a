"""One decision that was asked for: its request, its votes, what has become of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from components.notifier.approvals.policy import Vote
from components.notifier.approvals.request import ApprovalRequest, ApprovalShown, VoteShown

State = Literal["pending", "approved", "rejected", "cancelled", "expired"]

_request = msgspec.json.Decoder(ApprovalRequest)
_votes = msgspec.json.Decoder(list[Vote])
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Approval:
    """Replaced by another one when it changes."""

    number: int
    token: str  # name of the program's token; it alone may see it
    key: str  # idempotency key of that program, or empty
    fingerprint: str
    request: ApprovalRequest
    votes: tuple[Vote, ...]
    created: datetime
    deadline: datetime
    state: State = "pending"
    reason: str = ""  # why it was cancelled
    decided: datetime | None = None

    def shown(self) -> ApprovalShown:
        """For programs."""
        votes = [
            VoteShown(vote.approver, list(vote.asked), vote.answer, vote.by, vote.comment, vote.at)
            for vote in self.votes
        ]
        return ApprovalShown(
            self.number,
            self.state,
            self.created,
            self.deadline,
            self.decided,
            self.reason,
            self.request,
            votes,
        )

    def json(self) -> Any:
        """The same as JSON."""
        return msgspec.to_builtins(self.shown())

    def row(self) -> Mapping[str, Any]:
        """For the store, without the number."""
        return {
            "token": self.token,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "request": _encode(self.request).decode(),
            "votes": _encode(self.votes).decode(),
            "state": self.state,
            "reason": self.reason,
            "created": self.created.isoformat(),
            "deadline": self.deadline.isoformat(),
            "decided": self.decided.isoformat() if self.decided is not None else "",
        }

    @classmethod
    def restored(cls, row: Any) -> "Approval":
        """From its row."""
        return cls(
            row.number,
            row.token,
            row.key,
            row.fingerprint,
            _request.decode(row.request),
            tuple(_votes.decode(row.votes)),
            datetime.fromisoformat(row.created),
            datetime.fromisoformat(row.deadline),
            row.state,
            row.reason,
            datetime.fromisoformat(row.decided) if row.decided else None,
        )


def fingerprint(request: ApprovalRequest) -> str:
    """Of what is asked for; the same for the same request however it was written."""
    return hashlib.sha256(_encode(request)).hexdigest()
