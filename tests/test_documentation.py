"""What is made of the code and written about the tests is current."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HARDENING = ROOT / "docs" / "hardening.md"
_LINKED = re.compile(r"\[`?(\w+)`?\]\(\.\./(tests/[\w/]+\.py)\)")


def test_the_table_of_standards_is_current() -> None:
    check = subprocess.run(
        [sys.executable, "docs/compliance.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr


def test_the_table_of_standards_leads_to_files_that_are_there() -> None:
    for document in (ROOT / "docs" / "compliance.md", *(ROOT / "docs" / "compliance").glob("*.md")):
        linked = set(re.findall(r"\]\(([\w/.-]+)\)", document.read_text(encoding="utf-8")))
        assert linked
        assert {file for file in linked if not (document.parent / file).exists()} == set()


def test_each_line_of_the_checklist_names_tests_that_exist() -> None:
    named = _LINKED.findall(HARDENING.read_text(encoding="utf-8"))
    assert named
    missing = [
        f"{file}: {name}"
        for name, file in named
        if not re.search(
            rf"^\s*(?:async )?(?:def|class) {name}\b", (ROOT / file).read_text("utf-8"), re.MULTILINE
        )
    ]
    assert missing == []
