"""Offline messages in SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, offline_messages, time_read, time_stored
from core_router.runtime.database.work import Database
from core_router.store.interfaces import OfflineMessage, Stored


class SqlOfflineMessages:
    """`store.interfaces.OfflineMessages`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def keep(
        self, account: str, stanza: bytes, received: datetime, messages: int, bytes: int
    ) -> Deferred[Stored]:
        def write(connection: Connection) -> Stored:
            if connection.execute(select(accounts.c.jid).where(accounts.c.jid == account)).first() is None:
                return Stored.NO_ACCOUNT
            size = func.coalesce(func.sum(func.length(offline_messages.c.stanza)), 0)
            held = select(func.count(), size).where(offline_messages.c.account == account)
            count, octets = connection.execute(held).one()
            if count >= messages or octets + len(stanza) > bytes:
                return Stored.FULL
            connection.execute(
                insert(offline_messages).values(
                    account=account, stanza=stanza, received=time_stored(received)
                )
            )
            return Stored.KEPT

        return self._submit(write)

    def waiting(self, account: str) -> Deferred[list[OfflineMessage]]:
        query = (
            select(offline_messages.c.number, offline_messages.c.received, offline_messages.c.stanza)
            .where(offline_messages.c.account == account)
            .order_by(offline_messages.c.number)
        )
        return self._submit(
            lambda connection: [
                OfflineMessage(number, time_read(received), stanza)
                for number, received, stanza in connection.execute(query)
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
