"""`python -m core_router --config HOME/stellwerk.toml [--check | --offline]`."""

import argparse
import json
import sys
from pathlib import Path

from core_router.config import read_config
from core_router.process import Process, StartError, run_offline
from settings import VERSION, SettingsError
from settings.logs import log_to_stderr

STOPPED, FAILED, MISCONFIGURED = 0, 1, 2  # exit status


def main() -> int:
    """Run the router. The result is the exit status."""
    arguments = _parse()
    try:
        config = read_config(arguments.config)
    except SettingsError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return MISCONFIGURED
    if arguments.check:
        return STOPPED
    log_to_stderr(config.common.log_level, quiet=("alembic", "twisted"))
    try:
        if arguments.offline:
            print(json.dumps(run_offline(config, sys.stdin.buffer.readline()), ensure_ascii=False))
            return STOPPED
        Process(config).run()
    except StartError as error:
        print(error, file=sys.stderr)
        return FAILED
    return STOPPED


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m core_router", description="The router: accounts, sessions, presence, delivery."
    )
    parser.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="stellwerk.toml of the home"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only read the configuration; exit 0 or 2")
    mode.add_argument(
        "--offline", action="store_true",
        help="answer one control request from standard input (user-add, user-list, …) and exit",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"Stellwerk {VERSION}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
