"""What keeps the repository in shape: who may import whom, how long a file may be, what is shipped."""

import ast
import configparser
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import load

ROOT = Path(__file__).parent.parent
CODE = ("bench", "components", "core_router", "ctl", "settings", "tests")
PACKAGES = ("components/", "core_router/", "ctl/", "settings/")
LONGEST_FILE = 500  # lines
# Where reactors, sockets, threads and clocks are allowed in the router.
SHELL = ("runtime", "process.py", "__main__.py")


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


def test_every_process_accepts_the_shipped_configuration(short_path: Path) -> None:
    home = short_path / "home"
    for words in (["init"], ["check"]):
        command = [sys.executable, "-m", "ctl", "--home", str(home), *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_has_a_table_of_its_name() -> None:
    document = load(ROOT / "stellwerk.toml")

    assert {key for key, value in document.items() if isinstance(value, dict)} == set(PROGRAMS)


def test_no_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    own = rf"{re.escape(str(ROOT))}/|{re.escape(str(Path.home()))}/"
    machine = re.compile(rf"{own}|(?<![\w.])/(?:home|Users)/\w+/")

    found = [str(file) for file in tracked_files() if machine.search(file.read_text("utf-8", "replace"))]
    assert found == []


@pytest.mark.slow
def test_a_wheel_holds_every_module_and_the_shipped_files(tmp_path: Path) -> None:
    """Folders without `__init__.py`, such as those of migrations, are easily left out."""
    for file in tracked_files():
        copy = tmp_path / "source" / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path)]
    subprocess.run([*build, str(tmp_path / "source")], check=True)

    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = {str(file.relative_to(ROOT)) for file in tracked_files()}
    wanted = {name for name in tracked if name.startswith(PACKAGES) and name.endswith((".py", "py.typed"))}
    assert wanted - held == set()
    assert {Path(name).name for name in held if ".data/" in name} >= {"stellwerk.toml", "supervisord.conf"}
