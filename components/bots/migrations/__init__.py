"""How the tables of the room service came to be, revision by revision (Alembic)."""
