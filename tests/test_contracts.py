"""What keeps the repository in shape: who may import whom, how long a file may be, what is shipped."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import load

ROOT = Path(__file__).parent.parent
CODE = ("bench", "components", "core_router", "ctl", "settings", "tests")
LONGEST_FILE = 500  # lines
# Where reactors, sockets, threads and clocks are allowed in the router.
SHELL = ("runtime", "app.py", "__main__.py")


def programs() -> dict[str, str]:
    """The module each process of supervisord.conf runs, by its name."""
    sections = configparser.RawConfigParser(delimiters=("=",))
    sections.read(ROOT / "supervisord.conf")
    names = [name for name in sections.sections() if name.startswith("program:")]
    return {
        name.removeprefix("program:"): sections[name]["command"].split(" -m ")[1].split()[0] for name in names
    }


PROGRAMS = programs()


def python_files(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """The dotted names a file imports, wherever in it, for types alone too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def test_import_contracts_of_setup_cfg() -> None:
    lint = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_twisted_stays_in_the_shell_of_the_router() -> None:
    pure = [
        file
        for file in python_files("core_router")
        if file.relative_to(ROOT / "core_router").parts[0] not in SHELL
    ]

    strays = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in pure
        for name in imported(file)
        if name.split(".")[0] == "twisted" and not name.startswith("twisted.internet.defer")
    ]
    assert strays == []


def test_files_stay_readable() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in python_files(*CODE)}

    assert {str(file): length for file, length in lengths.items() if length > LONGEST_FILE} == {}


def test_the_import_graph_in_the_documentation_is_current() -> None:
    check = subprocess.run(
        [sys.executable, "docs/import_graph.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize("module", [pytest.param(name, id=name) for name in PROGRAMS.values()])
def test_the_shipped_configuration_is_accepted(module: str, tmp_path: Path) -> None:
    configuration = tmp_path / "stellwerk.toml"
    configuration.write_bytes((ROOT / "stellwerk.toml").read_bytes())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "muc").write_text("not a secret")

    check = subprocess.run(
        [sys.executable, "-m", module, "--config", str(configuration), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout + check.stderr


def test_every_process_has_a_table_of_its_name() -> None:
    document = load(ROOT / "stellwerk.toml")

    assert {key for key, value in document.items() if isinstance(value, dict)} == set(PROGRAMS)


def test_no_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    here = re.compile(rf"{re.escape(str(ROOT))}/|{re.escape(str(Path.home()))}/|/(?:home|Users)/\w+/")

    assert [str(file) for file in tracked_files() if here.search(file.read_text("utf-8", "replace"))] == []
