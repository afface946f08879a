"""Blocklists in SQL."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, blocked
from core_router.runtime.database.work import Database


class SqlBlocklists:
    """`store.interfaces.Blocklists`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def load(self) -> Deferred[dict[str, frozenset[str]]]:
        def read(connection: Connection) -> dict[str, frozenset[str]]:
            found: dict[str, set[str]] = {}
            for account, jid in connection.execute(select(blocked.c.account, blocked.c.jid)):
                found.setdefault(account, set()).add(jid)
            return {account: frozenset(jids) for account, jids in found.items()}

        return self._submit(read)

    def block(self, account: str, jids: Collection[str]) -> Deferred[None]:
        def write(connection: Connection) -> None:
            _remove(connection, account, jids)
            exists = select(accounts.c.jid).where(accounts.c.jid == account)
            if jids and connection.execute(exists).first() is not None:
                connection.execute(insert(blocked), [{"account": account, "jid": jid} for jid in jids])

        return self._submit(write)

    def unblock(self, account: str, jids: Collection[str]) -> Deferred[None]:
        return self._submit(lambda connection: _remove(connection, account, jids))


def _remove(connection: Connection, account: str, jids: Collection[str]) -> None:
    connection.execute(delete(blocked).where(blocked.c.account == account, blocked.c.jid.in_(jids)))
