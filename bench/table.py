"""Tables in Markdown, as the benches print them."""

import math
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, columns padded; the first column to the left, the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [[_aligned(cell, at, widths) for at, cell in enumerate(line)] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in (padded[0], rule, *padded[1:]))


def _aligned(cell: str, column: int, widths: Sequence[int]) -> str:
    return cell.rjust(widths[column]) if column else cell.ljust(widths[column])


def number(value: float, digits: int = 1) -> str:
    """The value with so many digits; a dash when there is none."""
    return "–" if math.isnan(value) else f"{value:,.{digits}f}"


def ratio(value: float, reference: float) -> str:
    """How many times `reference` the value is."""
    return number(value / reference, 2) if reference else "–"
