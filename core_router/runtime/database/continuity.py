"""What survives a restart, in SQL."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from twisted.internet.defer import Deferred

from core_router.runtime.database.schema import held_stanzas, states
from core_router.runtime.database.work import Database
from core_router.store.interfaces import HeldStanza

# Made once: to make a statement costs five times as much as to run it.
_HOLD = insert(held_stanzas)
_REASSIGN = (
    update(held_stanzas).where(held_stanzas.c.number == bindparam("held")).values(holder=bindparam("new"))
)
_DROP = delete(held_stanzas).where(held_stanzas.c.number == bindparam("held"))


class SqlContinuity:
    """`store.interfaces.Continuity`."""

    def __init__(self, database: Database) -> None:
        self._submit = database.submit

    def hold(self, holder: str, stanza: bytes) -> Deferred[int]:
        def write(connection: Connection) -> int:
            result = connection.execute(_HOLD, {"holder": holder, "stanza": stanza})
            assert result.inserted_primary_key is not None
            return int(result.inserted_primary_key[0])

        return self._submit(write)

    def reassign(self, holders: Mapping[int, str]) -> Deferred[None]:
        rows = [{"held": number, "new": holder} for number, holder in holders.items()]

        def write(connection: Connection) -> None:
            connection.execute(_REASSIGN, rows)

        return self._submit(write)

    def drop(self, number: int) -> Deferred[None]:
        def write(connection: Connection) -> None:
            connection.execute(_DROP, {"held": number})

        return self._submit(write)

    def save(self, saved: dict[str, str]) -> Deferred[None]:
        def write(connection: Connection) -> None:
            connection.execute(delete(states))
            if saved:
                rows = [{"holder": holder, "state": state.encode()} for holder, state in saved.items()]
                connection.execute(insert(states), rows)

        return self._submit(write)

    def take(self) -> Deferred[tuple[dict[str, str], list[HeldStanza]]]:
        def read(connection: Connection) -> tuple[dict[str, str], list[HeldStanza]]:
            saved = {row.holder: row.state.decode() for row in connection.execute(select(states))}
            connection.execute(delete(states))
            held = connection.execute(select(held_stanzas).order_by(held_stanzas.c.number))
            return saved, [HeldStanza(row.number, row.holder, row.stanza) for row in held]

        return self._submit(read)
