"""The store in SQL: SQLite by default, PostgreSQL or MySQL by URL."""

from core_router.runtime.database.accounts import SqlAccounts
from core_router.runtime.database.blocklists import SqlBlocklists
from core_router.runtime.database.continuity import SqlContinuity
from core_router.runtime.database.last_activity import SqlLastActivity
from core_router.runtime.database.offline import SqlOfflineMessages
from core_router.runtime.database.rosters import SqlRosters
from core_router.runtime.database.tokens import SqlTokens
from core_router.runtime.database.work import Database
from core_router.store.interfaces import Stores

__all__ = ["Database", "sql_stores"]


def sql_stores(database: Database) -> Stores:
    """All stores, on one database."""
    return Stores(
        SqlAccounts(database),
        SqlTokens(database),
        SqlRosters(database),
        SqlBlocklists(database),
        SqlLastActivity(database),
        SqlOfflineMessages(database),
        SqlContinuity(database),
    )
