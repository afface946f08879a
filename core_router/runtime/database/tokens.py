"""Tokens of clients in SQL."""

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import accounts, time_read, time_stored, tokens
from core_router.runtime.database.work import Database
from core_router.store.interfaces import CLIENTS_WITH_TOKENS, Token

_CURRENT, _NEW = "current", "new"
_TOKEN = (tokens.c.seed, tokens.c.mechanism, tokens.c.issued, tokens.c.expires, tokens.c.count)


class SqlTokens:
    """`store.interfaces.Tokens`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def of(self, account: str, client: str) -> Deferred[tuple[Token, ...]]:
        query = select(*_TOKEN).where(_of(account, client)).order_by(tokens.c.slot)

        def read(connection: Connection) -> tuple[Token, ...]:
            return tuple(
                Token(seed, mechanism, time_read(issued), time_read(expires), count)
                for seed, mechanism, issued, expires, count in connection.execute(query)
            )

        return self._submit(read)

    def issue(self, account: str, client: str, token: Token) -> Deferred[None]:
        def write(connection: Connection) -> None:
            may_log_in = select(accounts.c.jid).where(accounts.c.jid == account, ~accounts.c.disabled)
            if connection.execute(may_log_in).first() is None:
                return
            connection.execute(delete(tokens).where(_of(account, client), tokens.c.slot == _NEW))
            connection.execute(
                insert(tokens).values(
                    account=account,
                    client=client,
                    slot=_NEW,
                    seed=token.seed,
                    mechanism=token.mechanism,
                    issued=time_stored(token.issued),
                    expires=time_stored(token.expires),
                    count=token.count,
                )
            )
            _forget_others(connection, account)

        return self._submit(write)

    def use(
        self, account: str, client: str, seed: bytes, count: int | None, *, revoke: bool
    ) -> Deferred[bool]:
        used = _of(account, client) & (tokens.c.seed == seed)

        def write(connection: Connection) -> bool:
            row = connection.execute(select(tokens.c.slot, tokens.c.count).where(used)).first()
            if row is None:
                return False
            slot, highest = row
            if count is not None and count <= highest:
                return False
            if slot == _NEW:
                connection.execute(delete(tokens).where(_of(account, client), tokens.c.slot == _CURRENT))
            if revoke:
                connection.execute(delete(tokens).where(used))
            else:
                kept = {"slot": _CURRENT, "count": highest if count is None else count}
                connection.execute(update(tokens).where(used).values(kept))
            return True

        return self._submit(write)


def _of(account: str, client: str) -> ColumnElement[bool]:
    return (tokens.c.account == account) & (tokens.c.client == client)


def _forget_others(connection: Connection, account: str) -> None:
    """Bound what an account keeps: the tokens that expire first go."""
    query = (
        select(tokens.c.client)
        .where(tokens.c.account == account)
        .group_by(tokens.c.client)
        .order_by(func.max(tokens.c.expires).desc())
        .offset(CLIENTS_WITH_TOKENS)
    )
    forgotten = list(connection.execute(query).scalars())
    if forgotten:
        connection.execute(delete(tokens).where(tokens.c.account == account, tokens.c.client.in_(forgotten)))
