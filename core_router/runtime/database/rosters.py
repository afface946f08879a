"""Rosters in SQL."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, roster_items
from core_router.runtime.database.work import Database
from core_router.store.interfaces import RosterItem, StoredRoster


class SqlRosters:
    """`store.interfaces.Rosters`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def load(self, account: str) -> Deferred[StoredRoster | None]:
        def read(connection: Connection) -> StoredRoster | None:
            version = connection.execute(
                select(accounts.c.roster_version).where(accounts.c.jid == account)
            ).scalar()
            if version is None:
                return None
            rows = connection.execute(select(roster_items).where(roster_items.c.account == account))
            return StoredRoster(version, tuple(map(_item, rows)))

        return self._submit(read)

    def put(self, account: str, item: RosterItem, version: int) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if _advance(connection, account, version):
                _delete(connection, account, item.jid)
                values = asdict(item) | {"account": account, "groups": json.dumps(item.groups)}
                connection.execute(insert(roster_items).values(values))

        return self._submit(write)

    def delete(self, account: str, jid: str, version: int) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if _advance(connection, account, version):
                _delete(connection, account, jid)

        return self._submit(write)


def _advance(connection: Connection, account: str, version: int) -> bool:
    """Note the roster's version; False when the account has been removed meanwhile."""
    change = update(accounts).where(accounts.c.jid == account).values(roster_version=version)
    return connection.execute(change).rowcount == 1


def _delete(connection: Connection, account: str, jid: str) -> None:
    connection.execute(
        delete(roster_items).where(roster_items.c.account == account, roster_items.c.jid == jid)
    )


def _item(row: Row[Any]) -> RosterItem:
    values = dict(row._mapping)
    del values["account"]
    return RosterItem(**values | {"groups": tuple(json.loads(values["groups"]))})
