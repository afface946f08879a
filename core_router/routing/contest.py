"""Two connections with the secret of one component: the one that is there is asked whether it lives.

If it answers, the other is refused: two processes with the same address would take turns for ever. If it does
not, it is a dead one, and gives way.
"""

import logging
from typing import Protocol

from core_router.routing.timer import CallLater, Timer
from core_router.xmpp.errors import StreamCondition, StreamError

log = logging.getLogger(__name__)

# Seconds a connected component has to prove that it lives.
_PROOF = 2.0


class Challenger(Protocol):
    """The connection that came later."""

    def admit(self) -> None:
        """It is the component now."""

    def end(self, error: StreamError | None) -> None:
        """It is not."""


class Contest:
    """The challenger of one component, if there is one."""

    def __init__(self, domain: str, call_later: CallLater) -> None:
        self._domain, self._call_later = domain, call_later
        self._challenger: Challenger | None = None
        self._timer: Timer | None = None

    def begin(self, challenger: Challenger) -> None:
        """It waits for the other's proof; one that waited before it is refused."""
        self.lost()
        self._challenger = challenger
        self._timer = self._call_later(_PROOF, self._time_is_over)

    def lost(self) -> None:
        """The other one lives."""
        if challenger := self._end():
            log.warning("another connection claims to be %s, which is connected, and alive", self._domain)
            challenger.end(StreamError(StreamCondition.CONFLICT, f"{self._domain} is connected, and alive"))

    def won(self) -> None:
        """The other one is dead, or has gone."""
        if challenger := self._end():
            challenger.admit()

    def withdraw(self, challenger: Challenger) -> None:
        """It has gone itself."""
        if self._challenger is challenger:
            self._end()

    def _time_is_over(self) -> None:
        self._timer = None
        self.won()

    def _end(self) -> Challenger | None:
        challenger, self._challenger = self._challenger, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return challenger
