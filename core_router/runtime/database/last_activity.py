"""When users were here last, in SQL."""

from sqlalchemy import Connection, func, select, update
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, time_read, time_stored
from core_router.runtime.database.work import Database
from core_router.store.interfaces import LastSeen


class SqlLastActivity:
    """`store.interfaces.LastActivity`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def save(self, account: str, seen: LastSeen) -> Deferred[None]:
        def write(connection: Connection) -> None:
            values = {"last_seen": time_stored(seen.time), "last_status": seen.status}
            connection.execute(update(accounts).where(accounts.c.jid == account).values(values))

        return self._submit(write)

    def load(self, account: str) -> Deferred[LastSeen | None]:
        query = select(
            func.coalesce(accounts.c.last_seen, accounts.c.created), func.coalesce(accounts.c.last_status, "")
        ).where(accounts.c.jid == account)

        def read(connection: Connection) -> LastSeen | None:
            row = connection.execute(query).first()
            return LastSeen(time_read(row[0]), row[1]) if row is not None else None

        return self._submit(read)
