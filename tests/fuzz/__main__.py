"""`python -m tests.fuzz ENTRANCE [--seconds N]`: look for input that breaks an invariant, led by coverage.

Needs the extra `fuzz`. The corpus of each entrance is kept in `tests/fuzz/corpus`; what covers more goes
into the directory `--found`, from which `--merge` takes over what is worth keeping. An input that fails
is written to the current directory; given as an argument, it shows again what it does.
"""

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["core_router"]):
    from tests.fuzz.entrances import ENTRANCES, watched

HERE = Path(__file__).parent
LONGEST = 4096  # bytes of one input


def main() -> None:
    """Fuzz until something is found or the time is over."""
    given = _parse()
    corpus = HERE / "corpus" / given.entrance
    options = [f"-dict={HERE / 'words.txt'}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=1500"]
    given.found.mkdir(parents=True, exist_ok=True)
    if given.merge:
        options += ["-merge=1", str(corpus), str(given.found)]
    elif given.input:
        options += given.input
    else:
        options += [f"-max_total_time={given.seconds}", str(given.found), str(corpus)]
    with watched():
        atheris.Setup([sys.argv[0], *options], ENTRANCES[given.entrance])
        atheris.Fuzz()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Fuzz one entrance of the router, led by coverage."
    )
    parser.add_argument("entrance", choices=ENTRANCES)
    parser.add_argument("input", nargs="*", help="run these files and nothing else")
    parser.add_argument("--seconds", type=int, default=180, help="of fuzzing (default: %(default)s)")
    parser.add_argument(
        "--found", type=Path, default=Path("fuzz-found"), metavar="DIRECTORY", help="for new inputs"
    )
    parser.add_argument("--merge", action="store_true", help="only add to the corpus what was found")
    return parser.parse_args()


if __name__ == "__main__":
    main()
