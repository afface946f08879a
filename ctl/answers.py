"""Answers of services shown to the operator: rows as a table or as JSON, sentences as they are."""

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from ctl.screen import console

_TO_THE_RIGHT = ("NUMBER", "OCCUPANTS", "MATCH", "SUBSCRIBERS", "KEPT")
_NOT_WRAPPED = ("ADDRESS", "ROOM", "SCHEDULE", "PERSON")  # to be copied whole

as_json_option = click.option("--json", "as_json", is_flag=True, help="For scripts: one object.")


def show_rows(
    found: Mapping[str, Any], name: str, headings: Mapping[str, str], as_json: bool = False
) -> None:
    """The rows that the answer has under `name`; `headings` says which column shows which key."""
    rows = found.get(name, [])
    if as_json:
        click.echo(json.dumps({name: rows}, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        justify: Any = "right" if heading in _TO_THE_RIGHT else "left"
        table.add_column(heading, justify=justify, no_wrap=heading in _NOT_WRAPPED)
    for row in rows:
        table.add_row(*(Text(written(row.get(key))) for key in headings.values()))
    console().print(table)


def written(value: object) -> str:
    """One value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def tell(found: Mapping[str, Any]) -> None:
    """What was done on standard output, what to mind beside it on the other."""
    for note in found.get("notes", []):
        warns = note.get("type", "info") != "info"
        click.echo(f"stellwerk: {note['text']}" if warns else note["text"], err=warns)
