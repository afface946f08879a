"""The store in SQL: SQLite by default, PostgreSQL or MySQL by URL."""
