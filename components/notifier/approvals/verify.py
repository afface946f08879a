"""Checks the audit trail of approvals: `python -m components.notifier.approvals.verify --config FILE`.

Reads the database and the key; changes neither, and needs no running notifier. Prints the trail, then
whether it is as it was signed. Exit status 0 if it is, 1 if not, 2 if it cannot be read.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError

from components.common.config import read_configuration
from components.notifier.approvals.audit import Entry, Signer
from components.notifier.approvals.storage import trail
from components.notifier.config import NotifierSettings
from settings import SettingsError

INTACT, BROKEN, UNREADABLE = 0, 1, 2


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m components.notifier.approvals.verify")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="stellwerk.toml")
    parser.add_argument("--number", type=int, metavar="N", help="print the entries of this approval only")
    options = parser.parse_args()
    try:
        configuration = read_configuration(options.config, "notifier", "alerts", NotifierSettings)
        entries = _entries(configuration.database)
        path = configuration.home.path / configuration.settings.approvals.audit_key_file
        signer = Signer(path, may_make=False)
        fault = signer.fault(entries)
    except (SettingsError, SQLAlchemyError, OSError, ValueError) as error:
        why = str(error).splitlines()[0]  # a database adds its statement
        sys.stderr.write(f"the audit trail cannot be read: {why}\n")
        return UNREADABLE
    _show(entry for entry in entries if options.number in (None, entry.number))
    if fault:
        sys.stderr.write(f"NOT intact: {fault}\n")
        return BROKEN
    sys.stdout.write(f"intact: {len(entries)} entries, each as it was signed\n")
    return INTACT


def _entries(database: URL) -> Sequence[Entry]:
    """The whole trail. Raises `OSError` where there is none; to look must not make a database."""
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").exists():
        raise FileNotFoundError(f"there is no {database.database}; has the notifier ever run?")
    with create_engine(database).connect() as connection:
        return trail(connection)


def _show(entries: Iterable[Entry]) -> None:
    for entry in entries:
        detail = ", ".join(f"{key}: {value}" for key, value in entry.detail.items() if value)
        when = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC"
        sys.stdout.write(f"{when}  {entry.number:>5}  {entry.event:<10} {entry.by}  {detail}\n")


if __name__ == "__main__":
    sys.exit(main())
