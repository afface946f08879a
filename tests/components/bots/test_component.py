"""The bot's configuration and its tables."""

from pathlib import Path

import pytest
from sqlalchemy import URL, inspect

from components.bots import storage
from components.bots.component import PROGRAM
from components.bots.config import BotsSettings
from components.common.config import read_configuration
from settings import SettingsError, load
from settings.engines import engine, migrate
from tests.components.process import ROOT


def test_the_shipped_file_says_what_is_the_default(tmp_path: Path) -> None:
    """It is the documentation."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "bots").write_text("mellon")
    file = tmp_path / "stellwerk.toml"
    file.write_text((ROOT / "stellwerk.toml").read_text(encoding="utf-8"))
    configuration = read_configuration(file, PROGRAM.name, PROGRAM.label, PROGRAM.settings)
    default = BotsSettings(domain="", router=configuration.settings.router)
    assert configuration.settings == default
    assert configuration.domain == "bots.localhost"
    assert set(load(ROOT / "stellwerk.toml")["bots"]) == set(BotsSettings.__dataclass_fields__) - {"secret"}


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ('address = "he lper"', "before the @"),
        ('nickname = ""', "can be none"),
        ('[bots.rooms."tea"]', "expected an address such as tea@"),
        ('[bots.rooms."tea@conference.localhost/nick"]', "expected an address such as tea@"),
        ('invited_by = "friends"', "invited_by"),
        ('[bots.invited]\nminutes_to = "mars"', "minutes_to"),
    ],
)
def test_mistakes(tmp_path: Path, keys: str, complaint: str) -> None:
    file = tmp_path / "stellwerk.toml"
    file.write_text(f"[bots]\nsecret = 'x'\n{keys}\n")
    with pytest.raises(SettingsError) as refused:
        read_configuration(file, PROGRAM.name, PROGRAM.label, PROGRAM.settings)
    assert complaint in str(refused.value)


def test_the_tables_are_those_of_the_migrations(database: URL) -> None:
    """On each kind of database."""
    made = engine(database, "bots", 1)
    migrate(made, "bots", PROGRAM.migrations)
    with made.connect() as connection:
        found = inspect(connection)
        for name, table in storage.metadata.tables.items():
            columns = {column["name"]: column for column in found.get_columns(name)}
            assert list(columns) == [column.name for column in table.columns]
            key = found.get_pk_constraint(name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key]
    made.dispose()
