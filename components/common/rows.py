"""Rows as they shall be, written with as few statements as there are tables."""

from collections.abc import Collection, Mapping, Sequence, Set
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, LargeBinary, Table, Text, bindparam, delete
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from components.common.transaction import RowChange

# An address or nickname as a column: SQLite and PostgreSQL index text of any length; MySQL's limit of
# 3072 bytes an index leaves 700 characters, compared by code point as RFC 7622 wants.
_VARCHAR = mysql.VARCHAR(700, charset="utf8mb4", collation="utf8mb4_bin")
ADDRESS = Text().with_variant(_VARCHAR, "mysql", "mariadb")

# MySQL's usual BLOB ends at 64 KiB.
LONG_BINARY = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def apply(connection: Connection, changes: Collection[RowChange]) -> None:
    """Write and delete the rows; among the changes, each row stands once at most. Statements come last."""
    statements = [change.statement for change in changes if change.statement is not None]
    changes = [change for change in changes if change.statement is None]
    # Nothing is written to what is deleted as a whole, so what is written there was written before.
    ended = {(change.table, change.key) for change in changes if change.all}
    written: dict[tuple[Table, tuple[str, ...]], list[dict[str, Any]]] = {}
    deleted: dict[tuple[Table, int], list[dict[str, Any]]] = {}
    for change in changes:
        if change.values is None:
            deleted.setdefault((change.table, len(change.key)), []).append(_bound_key(change))
        elif not ended or not _is_ended(change, ended):
            columns = tuple(change.values)
            written.setdefault((change.table, columns), []).append(_key(change) | dict(change.values))
    for (table, columns_of_key), keys in deleted.items():
        _execute(connection, _delete(table, columns_of_key), keys)
    for (table, columns), rows in written.items():
        _execute(connection, _upsert(table, columns, connection.dialect.name), rows)
    for statement in statements:
        connection.execute(statement)


def _execute(connection: Connection, statement: Insert | Delete, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run the statement for each row.

    SQLite's driver is given the text itself, which it has prepared: 22 µs instead of 33.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    text, parameters = _prepared(statement, connection.dialect)
    connection.exec_driver_sql(
        text,
        [
            tuple([bind(row[name]) if bind is not None else row[name] for name, bind in parameters])
            for row in rows
        ],
    )


@cache
def _prepared(statement: Insert | Delete, dialect: Dialect) -> tuple[str, Sequence[tuple[str, Any]]]:
    """The text, and for each of its parameters the name and what makes a value one for the driver."""
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    names = compiled.positiontup or ()
    types = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
    return str(compiled), [(name, types[name].bind_processor(dialect)) for name in names]


def _is_ended(change: RowChange, ended: Set[tuple[Table, tuple[Any, ...]]]) -> bool:
    return any((change.table, change.key[:n]) in ended for n in range(1, len(change.key) + 1))


def _key(change: RowChange) -> dict[str, Any]:
    return {column.name: value for column, value in zip(change.table.primary_key, change.key, strict=True)}


def _bound_key(change: RowChange) -> dict[str, Any]:
    # A prefix of the key is shorter than the key.
    pairs = zip(change.table.primary_key, change.key, strict=False)
    return {f"key_{column.name}": value for column, value in pairs}


@cache
def _delete(table: Table, columns_of_key: int) -> Delete:
    columns = list(table.primary_key)[:columns_of_key]
    return delete(table).where(*[column == bindparam(f"key_{column.name}") for column in columns])


@cache
def _upsert(table: Table, columns: tuple[str, ...], dialect: str) -> Insert:
    if dialect in ("mysql", "mariadb"):
        mine = mysql.insert(table)
        return mine.on_duplicate_key_update({name: mine.inserted[name] for name in columns})
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    return insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in columns}
    )
