"""Accounts in SQL: the embedded user backend."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, time_read, time_stored, tokens, verifiers
from core_router.runtime.database.work import Database
from core_router.store.interfaces import (
    Account,
    AccountExists,
    Credential,
    NoSuchAccount,
    Verifier,
    first_roster_version,
)

_VERIFIER = (verifiers.c.salt, verifiers.c.iterations, verifiers.c.stored_key, verifiers.c.server_key)
# What every login asks is made once: to make a statement costs five times as much as to run it.
_CREDENTIAL = (
    select(accounts.c.disabled, *_VERIFIER)
    .join(verifiers, verifiers.c.jid == accounts.c.jid)
    .where(accounts.c.jid == bindparam("account"), verifiers.c.hash == bindparam("name"))
)


class SqlAccounts:
    """`store.interfaces.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def credential(self, account: str, hash: str) -> Deferred[Credential | None]:
        def read(connection: Connection) -> Credential | None:
            row = connection.execute(_CREDENTIAL, {"account": account, "name": hash}).first()
            return Credential(Verifier(*row[1:]), row.disabled) if row is not None else None

        return self._submit(read)

    def create(self, account: str, made: dict[str, Verifier], created: datetime) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if _exists(connection, account):
                raise AccountExists(account)
            version = first_roster_version(created)
            row = {
                "jid": account,
                "created": time_stored(created),
                "roster_version": version,
                "roster_horizon": version,
            }
            connection.execute(insert(accounts).values(row))
            _insert_verifiers(connection, account, made)

        return self._submit(write)

    def set_verifiers(self, account: str, made: dict[str, Verifier]) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if not _exists(connection, account):
                raise NoSuchAccount(account)
            connection.execute(delete(verifiers).where(verifiers.c.jid == account))
            _insert_verifiers(connection, account, made)
            connection.execute(delete(tokens).where(tokens.c.account == account))

        return self._submit(write)

    def set_disabled(self, account: str, disabled: bool) -> Deferred[None]:
        def write(connection: Connection) -> None:
            change = update(accounts).where(accounts.c.jid == account).values(disabled=disabled)
            if connection.execute(change).rowcount == 0:
                raise NoSuchAccount(account)
            connection.execute(delete(tokens).where(tokens.c.account == account))

        return self._submit(write)

    def remove(self, account: str) -> Deferred[None]:
        def write(connection: Connection) -> None:
            if connection.execute(delete(accounts).where(accounts.c.jid == account)).rowcount == 0:
                raise NoSuchAccount(account)

        return self._submit(write)

    def exists(self, account: str) -> Deferred[bool]:
        return self._submit(lambda connection: _exists(connection, account))

    def list(self, domain: str | None) -> Deferred[list[Account]]:
        query = select(accounts.c.jid, accounts.c.created, accounts.c.disabled).order_by(accounts.c.jid)
        if domain is not None:
            query = query.where(accounts.c.jid.endswith(f"@{domain}", autoescape=True))
        return self._submit(
            lambda connection: [
                Account(row.jid, time_read(row.created), row.disabled) for row in connection.execute(query)
            ]
        )


def _exists(connection: Connection, account: str) -> bool:
    query = select(accounts.c.jid).where(accounts.c.jid == account)
    return connection.execute(query).first() is not None


def _insert_verifiers(connection: Connection, account: str, made: dict[str, Verifier]) -> None:
    rows = [
        {
            "jid": account,
            "hash": hash,
            "salt": verifier.salt,
            "iterations": verifier.iterations,
            "stored_key": verifier.stored_key,
            "server_key": verifier.server_key,
        }
        for hash, verifier in made.items()
    ]
    if rows:
        connection.execute(insert(verifiers), rows)
