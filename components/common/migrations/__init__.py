"""How the tables that every component has came to be, revision by revision (Alembic)."""
