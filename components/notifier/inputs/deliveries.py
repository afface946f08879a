"""What has come already, so that a webhook that is sent again, or replayed, has no second effect."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from components.common.transaction import Transaction
from components.notifier.inputs import storage

REMEMBERED = timedelta(days=7)
MOST = 50_000


class Deliveries:
    """Identifiers with the time they came at, the oldest first."""

    def __init__(self, stored: Iterable[Any]) -> None:
        self._known = {row.id: datetime.fromisoformat(row.at) for row in stored}

    def is_new(self, source: str, id: str, transaction: Transaction) -> bool:
        """Whether this is the first time; remembered from now on. `id` may be of any length."""
        key = f"{source} {hashlib.sha256(id.encode()).hexdigest()[:40]}"
        if key in self._known:
            return False
        self._forget_old(transaction)
        transaction.put(self._known, key, transaction.now)
        transaction.write(storage.deliveries, (key,), {"at": transaction.now.isoformat()})
        return True

    def _forget_old(self, transaction: Transaction) -> None:
        before = transaction.now - REMEMBERED
        old = list(takewhile(lambda item: item[1] < before, self._known.items()))
        if len(self._known) - len(old) >= MOST:
            old.append(next(item for at, item in enumerate(self._known.items()) if at == len(old)))
        for key, _ in old:
            transaction.discard(self._known, key)
            transaction.delete(storage.deliveries, (key,))
