"""Offline messages in SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, offline_messages, time_read, time_stored
from core_router.runtime.database.work import Database
from core_router.store.interfaces import OfflineMessage, Stored

# Made once: to make a statement costs five times as much as to run it.
_OF_ACCOUNT = offline_messages.c.account == bindparam("account")
_EXISTS = select(accounts.c.jid).where(accounts.c.jid == bindparam("account"))
_SIZE = select(func.count(), func.coalesce(func.sum(func.length(offline_messages.c.stanza)), 0)).where(
    _OF_ACCOUNT
)
_KEEP = insert(offline_messages)
_WAITING = (
    select(offline_messages.c.number, offline_messages.c.received, offline_messages.c.stanza)
    .where(_OF_ACCOUNT)
    .order_by(offline_messages.c.number)
)


class SqlOfflineMessages:
    """`store.interfaces.OfflineMessages`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def keep(
        self, account: str, stanza: bytes, received: datetime, messages: int, bytes: int
    ) -> Deferred[Stored]:
        def write(connection: Connection) -> Stored:
            if connection.execute(_EXISTS, {"account": account}).first() is None:
                return Stored.NO_ACCOUNT
            count, octets = connection.execute(_SIZE, {"account": account}).one()
            if count >= messages or octets + len(stanza) > bytes:
                return Stored.FULL
            connection.execute(
                _KEEP, {"account": account, "stanza": stanza, "received": time_stored(received)}
            )
            return Stored.KEPT

        return self._submit(write)

    def waiting(self, account: str) -> Deferred[list[OfflineMessage]]:
        return self._submit(
            lambda connection: [
                OfflineMessage(number, time_read(received), stanza)
                for number, received, stanza in connection.execute(_WAITING, {"account": account})
            ]
        )

    def delete(self, account: str, numbers: Collection[int]) -> Deferred[None]:
        def write(connection: Connection) -> None:
            connection.execute(
                delete(offline_messages).where(
                    offline_messages.c.account == account, offline_messages.c.number.in_(numbers)
                )
            )

        return self._submit(write)
