"""When users were here last, in SQL."""

from sqlalchemy import Connection, bindparam, func, select, update
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, time_read, time_stored
from core_router.runtime.database.work import Database
from core_router.store.interfaces import LastSeen

# Made once: to make a statement costs five times as much as to run it.
_SAVE = (
    update(accounts)
    .where(accounts.c.jid == bindparam("account"))
    .values(last_seen=bindparam("time"), last_status=bindparam("status"))
)


class SqlLastActivity:
    """`store.interfaces.LastActivity`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def save(self, account: str, seen: LastSeen) -> Deferred[None]:
        def write(connection: Connection) -> None:
            values = {"account": account, "time": time_stored(seen.time), "status": seen.status}
            connection.execute(_SAVE, values)

        return self._submit(write)

    def load(self, account: str) -> Deferred[LastSeen | None]:
        query = select(
            func.coalesce(accounts.c.last_seen, accounts.c.created), func.coalesce(accounts.c.last_status, "")
        ).where(accounts.c.jid == account)

        def read(connection: Connection) -> LastSeen | None:
            row = connection.execute(query).first()
            return LastSeen(time_read(row[0]), row[1]) if row is not None else None

        return self._submit(read)
