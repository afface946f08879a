"""The tables `[notifier.approvals…]`."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class ApproverSettings:
    """`[notifier.approvals.approvers.NAME]`: what one person may approve, and who does so in their place."""

    limit: str = ""  # the highest amount, in `currency`; empty: any
    substitute: str = ""  # name or address of who is asked, too, when this one is absent

    def __post_init__(self) -> None:
        if self.limit:
            amount(self.limit)

    def allows(self, value: Decimal | None, currency: str, own_currency: str) -> bool:
        """Whether the person may approve that amount; another currency is over every limit."""
        if not self.limit or value is None:
            return True
        return currency == own_currency and value <= Decimal(self.limit)


@dataclass(frozen=True, slots=True)
class ApprovalsSettings:
    """`[notifier.approvals]`"""

    currency: str = "EUR"  # of the limits
    deadline_hours: float = 168.0  # of a request that names no deadline; then it is expired
    reminder_hours: float = 24.0  # who has not answered is reminded; 0: never
    absent_hours: float = 8.0  # offline that long counts as absent
    history: int = 10000  # decided ones that can still be asked for
    # Ed25519 key (PEM) that signs the audit trail; made at the first use.
    audit_key_file: str = "secrets/notifier-audit.pem"
    approvers: dict[str, ApproverSettings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in ("reminder_hours", "absent_hours", "history"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key}: expected 0 or more")
        if not 0 < self.deadline_hours <= 24 * 366:
            raise ValueError("deadline_hours: expected more than 0, and a year at most")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError("currency: expected three capital letters, such as EUR (ISO 4217)")


def amount(written: str) -> Decimal:
    """Raises `ValueError`."""
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise ValueError(f"limit: expected an amount such as 10000 or 99.50, found {written!r}")
    return value
