"""Draws who imports whom into ARCHITECTURE.md, between its two markers: `make graph`.

One drawing for each process kind, its packages and modules as nodes. An import that follows from
others is left out, so an arrow means: imports, and nothing in between does.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import grimp

DOCUMENT = Path(__file__).with_name("ARCHITECTURE.md")
BEGIN, END = "<!-- import graph: made by `make graph` -->\n", "<!-- end of the import graph -->\n"
PACKAGES = ("core_router", "components", "ctl", "settings")

Graph = Mapping[str, Set[str]]


def drawn() -> str:
    """The drawings, as Markdown."""
    imports = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    return "\n".join(_section(package, _between_children(imports, package)) for package in PACKAGES[:3])


def placed(document: str, drawings: str) -> str:
    """The document with the drawings between its markers. Raises `ValueError` if it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no place for the import graph: {BEGIN!r} … {END!r}")
    return f"{before}{begin}\n{drawings}\n{end}{after}"


def _between_children(imports: grimp.ImportGraph, package: str) -> Graph:
    children = imports.find_children(package)
    return {
        child: {
            other
            for other in children - {child}
            if imports.direct_import_exists(importer=child, imported=other, as_packages=True)
        }
        for child in children
    }


def _section(package: str, graph: Graph) -> str:
    lines = [f"`{package}/`", "", "```mermaid", "flowchart TD"]
    for node in sorted(graph):
        name = node.removeprefix(f"{package}.")
        others = [other.removeprefix(f"{package}.") for other in sorted(_without_shortcuts(graph, node))]
        lines += [f"    {name} --> {other}" for other in others] or [f"    {name}"]
    return "\n".join([*lines, "```", ""])


def _without_shortcuts(graph: Graph, node: str) -> Iterator[str]:
    for target in graph[node]:
        # In a circle every way is as good as the other: shown as it is.
        onward = [_reached(graph, other) for other in graph[node] - {target}]
        if not any(target in reached and node not in reached for reached in onward):
            yield target


def _reached(graph: Graph, start: str) -> Set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = graph[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


def main() -> None:
    """Write the drawings into the document; with --check, only say whether they are current."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="exit with 1 if the document is not current")
    check = options.parse_args().check
    before = DOCUMENT.read_text(encoding="utf-8")
    after = placed(before, drawn())
    if check and after != before:
        sys.exit(f"{DOCUMENT.name} does not show the imports as they are: `make graph` draws them again")
    DOCUMENT.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
