"""Writes compliance.md and compliance/: what is implemented, and which tests hold it to that.

`make compliance` runs it.

What is implemented comes from the declarations of the features and from the first line of the docstring
of each module; tests are found by the sections that they, their classes and their modules cite.
"""

import argparse
import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from components.muc.component import FEATURES as ROOM_FEATURES
from core_router.app import Server
from core_router.config import Config, RouterTable
from core_router.store.memory import memory_stores
from core_router.streams.negotiation.standards import FEATURES as NEGOTIATION
from settings import Home
from settings.common import Common

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "docs"
KNOWN = tomllib.loads((ROOT / "docs" / "standards.toml").read_text(encoding="utf-8"))
ROUTER, ROOMS = "router", "rooms"
_FOLDED: Final = 5  # test modules of one folder; more are named by the folder
_CITATION: Final = re.compile(r"(RFC |XEP-)(\d{4})|§\s?((?:\d+|[A-Z])(?:\.\d+)*)")
_IN_TABLE: Final = re.compile(r'"(\d(?:\.\d+){2,})"')  # as in tables of cases
_SCOPE: Final = re.compile(r"(?:async )?def |class |    (?:async )?def ")

Declared = dict[str, dict[str, set[str]]]  # by whom, standard: names of the features
Cited = dict[str, dict[str, set[str]]]  # standard, section ("" for the whole): files of tests


# -- what there is ------------------------------------------------------------------------------------


def declared() -> Declared:
    """What the features of the router and of the services declare, or else the modules say they are."""
    found: Declared = defaultdict(lambda: defaultdict(set))
    for feature in (*_router().features, *NEGOTIATION):
        for standard in feature.standards:
            found[ROUTER][_whole(standard)].add(feature.name)
    for standard in KNOWN["undeclared"]["standards"]:
        found[ROUTER][standard].add("streams and routing")
    for room_feature in ROOM_FEATURES:
        for standard in room_feature.xeps:
            found[ROOMS][standard].add(room_feature.name.replace("_", " "))
    for folder, service in KNOWN["services"].items():
        for standard, files in implementing(folder).items():
            if standard not in found[service]:
                found[service][standard] = {Path(file).stem.replace("_", " ") for file in files}
    return found


def _router() -> Server:
    """The router as it would run, without anybody connected."""
    config = Config(ROOT / "stellwerk.toml", Home(ROOT), Common("localhost"), RouterTable(), {})
    return Server(
        config,
        stores=memory_stores(),
        key=bytes(32),
        now=lambda: datetime.now(UTC),
        in_thread=_never,
        call_later=_never,
    )


def _never(*_arguments: object) -> Any:
    raise AssertionError("nothing happens in here")


def implementing(*folders: str) -> Mapping[str, set[str]]:
    """The modules that name a standard in the first line of their docstrings."""
    found = defaultdict(set)
    for path in _python_files(*folders):
        first_line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        for kind, number, _section in _CITATION.findall(first_line):
            if kind:
                found[kind + number].add(str(path.relative_to(ROOT)))
    return found


def cited() -> Cited:
    """The test modules that cite each section of each standard.

    A bare `§` belongs to the standard named last, but not further back than the test or class around
    it; and where none is named there, to the one the module begins with.
    """
    found: Cited = defaultdict(lambda: defaultdict(set))
    for path in _tests():
        for standard, section in _citations(path.read_text(encoding="utf-8")):
            found[standard][section].add(str(path.relative_to(ROOT)))
    return found


def _citations(text: str) -> Iterator[tuple[str, str]]:
    first = current = ""
    for line in text.splitlines():
        if _SCOPE.match(line):
            current = first
        for kind, number, section in _CITATION.findall(line):
            if kind:
                current = kind + number
                first = first or current
                yield current, ""
            elif current:
                yield current, section
        if current:
            yield from ((current, section) for section in _IN_TABLE.findall(line))


def _tests() -> Iterator[Path]:
    """The test modules; those of the benches hold nobody to a standard."""
    for path in _python_files("tests"):
        if path.name.startswith("test_") and ROOT / "tests" / "bench" not in path.parents:
            yield path


def _python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _whole(standard: str) -> str:
    return standard.partition(" §")[0]


# -- how it is written --------------------------------------------------------------------------------


def documents() -> dict[Path, str]:
    """All of it, by file."""
    features, tests = declared(), cited()
    modules = implementing("core_router", "components")
    parts = [_HEAD, "## Compliance suites (XEP-0479)\n", _suites(features)]
    parts += ["## Standards\n", _standards(features, modules, tests)]
    made = {DOCUMENTS / "compliance.md": "\n".join(parts)}
    for number in KNOWN["rfc"]:
        name = f"RFC {number}"
        title = f"# {name}, {_title(name)}\n\n{_MADE}\n"
        made[_chapter(number)] = f"{title}\n{_sections(number, tests[name])}"
    return made


def _chapter(number: str) -> Path:
    return DOCUMENTS / "compliance" / f"rfc-{number}.md"


_MADE = "<!-- made by `make compliance` from what the features declare and the tests cite -->"
_HEAD = f"""# Compliance

{_MADE}

What is implemented, by which module, and which tests hold it to that. A test stands here because its
docstring, that of its class or that of its module cites the standard, or the very section.
"""


def _suites(features: Declared) -> str:
    rows = []
    for suite in KNOWN["suite"]:
        for row in suite["rows"]:
            by = row.get("by", ROUTER)
            missing = [provider for provider in row["providers"] if provider not in features[by]]
            state = "planned" if len(missing) == len(row["providers"]) else "reached"
            if missing and state == "reached":
                state = f"without {', '.join(missing)}"
            rows.append([suite["category"], row["feature"], row["level"], ", ".join(row["providers"]), state])
    return _table(["category", "feature", "level", "standards", "state"], rows)


def _standards(features: Declared, modules: Mapping[str, set[str]], tests: Cited) -> str:
    rows = []
    for standard in sorted(set().union(*features.values())):
        number = standard.removeprefix("RFC ")
        if number in KNOWN["rfc"]:
            chapter = _chapter(number).relative_to(DOCUMENTS)
            rows.append([standard, _title(standard), "", "", f"[section by section]({chapter})"])
            continue
        names = sorted(features[ROUTER].get(standard, ()))
        names += [
            "rooms" if standard == "XEP-0045" else f"{service}: {', '.join(sorted(found[standard]))}"
            for service, found in features.items()
            if service != ROUTER and standard in found
        ]
        files = {file for section in tests.get(standard, {}).values() for file in section}
        files |= set(KNOWN["tests"].get(standard, ()))
        implemented = _links(modules.get(standard, ()), "..")
        rows.append([standard, _title(standard), ", ".join(names), implemented, _links(files, "..")])
    return _table(["standard", "title", "features", "modules", "tests"], rows)


def _title(standard: str) -> str:
    titles = KNOWN["xep"] if standard.startswith("XEP") else KNOWN["rfc_titles"]
    title: str = titles.get(standard[4:], "")
    return title


def _sections(number: str, tests: Mapping[str, set[str]]) -> str:
    table = KNOWN["rfc"][number]
    rows = []
    for section, title in table["sections"]:
        below = {file for cited, files in tests.items() if _is_within(cited, section) for file in files}
        below |= set(table["tests"].get(section, ()))
        for parent, pattern in table.get("conditions", {}).items():
            if _is_within(section, parent):
                below |= _matching(pattern.replace("CONDITION", title))
        rows.append([f"§{section}", title, table["unused"].get(section) or _links(below, "../..")])
    return _table(["section", "title", "tests"], rows)


def _matching(pattern: str) -> set[str]:
    """The test modules with that in their text."""
    return {
        str(path.relative_to(ROOT))
        for path in _tests()
        if re.search(pattern, path.read_text(encoding="utf-8"), re.DOTALL)
    }


def _is_within(section: str, other: str) -> bool:
    return section == other or section.startswith(f"{other}.")


def _links(files: Iterable[str], up: str) -> str:
    """Links from a document that is `up` from the root; a folder's, where there are too many of one."""
    by_folder = defaultdict(set)
    for file in files:
        by_folder[str(Path(file).parent)].add(file)
    links = {}
    for folder, inside in by_folder.items():
        if len(inside) > _FOLDED:
            links[folder] = f"[{folder}/]({up}/{folder}), {len(inside)} modules"
        else:
            links |= {file: f"[{Path(file).stem}]({up}/{file})" for file in inside}
    return "<br>".join(links[found] for found in sorted(links, key=_by_name)) or "–"


def _by_name(file: str) -> tuple[str, str]:
    return Path(file).stem, file


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the documents, or with `--check` fail if they are not current."""
    parser = argparse.ArgumentParser(description="Write docs/compliance.md and docs/compliance/.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if they are not current")
    check = parser.parse_args().check
    for path, text in documents().items():
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            parser.exit(1, f"{path.relative_to(ROOT)} is not current: run `make compliance`\n")


if __name__ == "__main__":
    main()
