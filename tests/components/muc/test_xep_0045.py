"""The table of what XEP-0045 asks is true of the tests: they exist, and say which section they hold."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE: dict[str, dict[str, list[str] | str]] = tomllib.loads((HERE / "xep_0045.toml").read_text())
HELD = [
    (section, test)
    for section, sentences in TABLE.items()
    for tests in sentences.values()
    if not isinstance(tests, str)
    for test in tests
]


@cache
def docstrings_of(file: str) -> dict[str, str]:
    """The docstrings of a file's tests, by name."""
    tree = ast.parse((HERE / "features" / f"test_{file}.py").read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_docstring(node) or "" for node in functions}


@pytest.mark.parametrize(("section", "test"), sorted(set(HELD)), ids=lambda value: value)
def test_every_test_names_its_section(section: str, test: str) -> None:
    """Whoever reads the test finds the sentence, and the other way round."""
    file, _, name = test.partition(".")
    assert re.search(rf"§{re.escape(section)}(?![.\d]*\d)", docstrings_of(file)[f"test_{name}"])


def test_every_sentence_has_tests_or_a_reason() -> None:
    """An empty list, or an empty reason, is neither."""
    empty = [sentence for sentences in TABLE.values() for sentence, held in sentences.items() if not held]
    assert empty == []


def test_the_order_is_that_of_the_document() -> None:
    """So that what is missing is seen; each section stands once, as TOML wants it."""
    sections = [tuple(map(int, section.split("."))) for section in TABLE]
    assert sections == sorted(sections)
