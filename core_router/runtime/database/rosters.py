"""Rosters in SQL."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, roster_items
from core_router.runtime.database.schema import removed_roster_items as removed
from core_router.runtime.database.work import Database
from core_router.store.interfaces import RosterItem, StoredRoster

# What every login asks is made once: to make a statement costs five times as much as to run it.
_VERSIONS = select(accounts.c.roster_version, accounts.c.roster_horizon).where(
    accounts.c.jid == bindparam("account")
)
_ITEMS = select(roster_items).where(roster_items.c.account == bindparam("account"))
_REMOVED = (
    select(removed.c.jid, removed.c.version)
    .where(removed.c.account == bindparam("account"))
    .order_by(removed.c.version)
)


class SqlRosters:
    """`store.interfaces.Rosters`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def load(self, account: str) -> Deferred[StoredRoster | None]:
        def read(connection: Connection) -> StoredRoster | None:
            whose = {"account": account}
            found = connection.execute(_VERSIONS, whose).first()
            if found is None:
                return None
            rows, gone = connection.execute(_ITEMS, whose), connection.execute(_REMOVED, whose)
            return StoredRoster(found[0], tuple(map(_item, rows)), tuple((*row,) for row in gone), found[1])

        return self._submit(read)

    def put(self, account: str, item: RosterItem) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if _advance(connection, account, roster_version=item.version):
                _delete(connection, account, item.jid)
                values = asdict(item) | {"account": account, "groups": json.dumps(item.groups)}
                connection.execute(insert(roster_items).values(values))

        return self._submit(write)

    def delete(self, account: str, jid: str, version: int, horizon: int) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if _advance(connection, account, roster_version=version, roster_horizon=horizon):
                _delete(connection, account, jid)
                connection.execute(insert(removed).values(account=account, jid=jid, version=version))
                old = (removed.c.account == account) & (removed.c.version <= horizon)
                connection.execute(delete(removed).where(old))

        return self._submit(write)

    def forget(self, account: str, jid: str) -> Deferred[None]:
        return self._submit(lambda connection: _delete(connection, account, jid))


def _advance(connection: Connection, account: str, **versions: int) -> bool:
    """Note the roster's versions; False when the account has been removed meanwhile."""
    change = update(accounts).where(accounts.c.jid == account).values(versions)
    return connection.execute(change).rowcount == 1


def _delete(connection: Connection, account: str, jid: str) -> None:
    """The item, or that it was removed."""
    for table in (roster_items, removed):
        connection.execute(delete(table).where(table.c.account == account, table.c.jid == jid))


def _item(row: Row[Any]) -> RosterItem:
    values = dict(row._mapping)
    del values["account"]
    return RosterItem(**values | {"groups": tuple(json.loads(values["groups"]))})
