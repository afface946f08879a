"""Numbers people can say: one sequence for alerts, approvals, watches and silences."""

from collections.abc import Iterable
from typing import Any

from components.common.transaction import Transaction
from components.notifier import storage


class Numbers:
    """The numbers given last, by what is counted."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._last = {row.name: row.last for row in rows}

    def next(self, name: str, transaction: Transaction) -> int:
        """The next number (from 1); no number is ever given twice."""
        number: int = self._last.get(name, 0) + 1
        transaction.replace(self._last, name, number)
        transaction.write(storage.counters, (name,), {"last": number})
        return number
