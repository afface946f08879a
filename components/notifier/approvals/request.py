"""What a workflow may ask for, as JSON: checked by its types, from which the OpenAPI description is made."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Long = Annotated[str, Meta(max_length=4000)]
Url = Annotated[str, Meta(pattern="^https?://[^\\s/]+", max_length=2000)]


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object whose keys are all known."""


class Field(Shape, frozen=True, forbid_unknown_fields=True):
    """One line that is shown to the approvers."""

    label: Text
    value: Annotated[str, Meta(max_length=1000)]


class Document(Shape, frozen=True, forbid_unknown_fields=True):
    """A document to be looked at before answering."""

    url: Url
    title: Annotated[str, Meta(max_length=200)] = ""


class Policy(Shape, frozen=True, forbid_unknown_fields=True):
    """Whose approval is needed."""

    approvers: Annotated[
        list[Text],
        Meta(
            min_length=1,
            max_length=50,
            description="Names, addresses, team:NAME, schedule:NAME (who is on duty).",
        ),
    ]
    rule: Annotated[
        Literal["one", "all", "count", "sequence"],
        Meta(description="One of them, all, `count` of them, or all in this order."),
    ] = "one"
    count: Annotated[int, Meta(ge=1, le=50, description="For the rule `count`.")] = 1


class ApprovalRequest(Shape, frozen=True, forbid_unknown_fields=True):
    """A decision that is asked for."""

    title: Text
    requester: Annotated[str, Meta(min_length=1, max_length=200, description="Who never approves it.")]
    policy: Policy
    text: Long = ""
    reference: Annotated[str, Meta(max_length=200, description="Your own name for it.")] = ""
    amount: Annotated[
        Decimal | None, Meta(description='As a text, such as "12000.00"; limits of persons apply.')
    ] = None
    currency: Annotated[
        str, Meta(pattern="^([A-Z]{3})?$", description="ISO 4217; empty: the configured one.")
    ] = ""
    fields: Annotated[list[Field], Meta(max_length=30)] = []
    document: Document | None = None
    deadline: Annotated[datetime, Meta(tz=True, description="Then it is expired.")] | None = None
    urgent: bool = False
    callback: Annotated[
        str,
        Meta(
            pattern="^(https?://[^\\s/]+.*)?$",
            max_length=2000,
            description="Gets the decision by POST, signed; empty: ask for it.",
        ),
    ] = ""


class CancelRequest(Shape, frozen=True, forbid_unknown_fields=True):
    """The decision is not needed any more."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


class ConfirmationRequest(Shape, frozen=True, forbid_unknown_fields=True):
    """Somebody is asked whether it was them (XEP-0070)."""

    jid: Text
    id: Annotated[
        str, Meta(min_length=1, max_length=200, description="Shown to them: they compare it with yours.")
    ]
    url: Url
    method: Annotated[str, Meta(pattern="^[A-Z]{1,20}$")] = "GET"
    callback: Annotated[str, Meta(pattern="^(https?://[^\\s/]+.*)?$", max_length=2000)] = ""


class ConfirmationShown(Shape, frozen=True):
    """What has become of the question."""

    number: int
    state: Literal["pending", "confirmed", "denied", "expired"]
    jid: str
    id: str
    created: datetime


class VoteShown(Shape, frozen=True):
    """One approver's answer."""

    approver: str
    asked: list[str]
    answer: Literal["", "approve", "reject"]
    by: str
    comment: str
    at: datetime | None


class ApprovalShown(Shape, frozen=True):
    """A decision that was asked for, and what has become of it."""

    number: int
    state: Literal["pending", "approved", "rejected", "cancelled", "expired"]
    created: datetime
    deadline: datetime
    decided: datetime | None
    reason: str
    request: ApprovalRequest
    votes: list[VoteShown]
