"""What a component does by the clock, and not because a stanza came."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from components.common.link import Link
from components.common.program import Service
from components.common.transaction import Transaction

log = logging.getLogger(__name__)

INTERVAL = 30.0  # seconds


class Rounds:
    """Has the service make its rounds, and tells it when the link is another one.

    While the link is down nothing is due: what is sent would only pile up.
    """

    def __init__(
        self, service: Service[Any], link: Link, call_later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._service, self._link, self._call_later = service, link, call_later
        link.renewed = self._renewed

    def begin(self) -> None:
        """The first round is due an interval from now."""
        self._call_later(INTERVAL, self._next)

    def _next(self) -> None:
        if self._link.is_up:
            self._perform(self._service.make_rounds)
        self.begin()

    def _renewed(self) -> None:
        self._perform(self._service.renewed)

    def _perform(self, work: Callable[[Transaction], None]) -> None:
        transaction = Transaction(datetime.now(UTC))
        try:
            work(transaction)
        except Exception:
            log.exception("what was due is not done")
            transaction.roll_back()
        self._link.perform(transaction)
