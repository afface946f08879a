"""Messages in the database, for a session or a component that has not acknowledged them yet.

So that their senders can be told that they are safe (`envelope.Custody`) although the recipient is
away: after the death of the router they are delivered like offline messages.
"""

import logging
from collections.abc import Awaitable, Mapping
from typing import Protocol

from twisted.internet.defer import Deferred

from core_router.envelope import Envelope

log = logging.getLogger(__name__)


class Store(Protocol):
    """The part of `store.interfaces.Continuity` that is needed here."""

    def hold(self, holder: str, stanza: bytes) -> Awaitable[int]: ...
    def reassign(self, holders: Mapping[int, str]) -> Awaitable[None]: ...
    def drop(self, number: int) -> Awaitable[None]: ...


class Held:
    """One message on its way into the database, or there. `Unacknowledged` has one for each it needs."""

    __slots__ = ("_done", "_number", "_store")

    def __init__(self, store: Store, number: int | None = None) -> None:
        self._store = store
        self._number = number
        self._done = False

    @property
    def number(self) -> int | None:
        """Its number, once it is committed."""
        return self._number

    async def put(self, holder: str, envelope: Envelope) -> bool:
        """Commit the message; its sender may then be told. Whether that went well."""
        try:
            self._number = await self._store.hold(holder, envelope.wire())
        except Exception:
            log.exception("a message for %s cannot be held", holder)
            return False
        if self._done:
            self._drop(self._number)
        return True

    def drop(self) -> None:
        """The message was acknowledged, or is dealt with in another way."""
        self._done = True
        if self._number is not None:
            self._drop(self._number)

    def _drop(self, number: int) -> None:
        async def drop() -> None:
            try:
                await self._store.drop(number)
            except Exception:
                log.exception("held message %d cannot be dropped", number)

        Deferred.fromCoroutine(drop())
