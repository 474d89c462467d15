"""Tables on the console: aligned columns, the last one wrapped on a terminal and whole in a pipe."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

GAP = "  "
NARROWEST = 30  # characters of the last column, however narrow the terminal


def table(
    rows: Sequence[Sequence[str]],
    *,
    header: Sequence[str] = (),
    right: Sequence[int] = (),
    limits: Mapping[int, int] | None = None,
    indent: str = "",
) -> str:
    """Rows as text.

    Parameters
    ----------
    rows
        Cells; every row as many.
    header
        Names of the columns, underlined; names longer than what stands below go over several lines.
    right
        Columns set to the right, counted from 0.
    limits
        Widest that a column may be; longer cells go on in the next line.
    indent
        Put before every line.
    """
    if not rows:
        return ""
    words = [max(name.split(), key=len, default="") for name in header]
    widths = _widths([*([words] if header else []), *rows], limits or {}, indent)
    lines = [line for row in rows for line in _line(row, widths, frozenset(right), indent)]
    if header:
        rule = indent + GAP.join("-" * width for width in widths)
        lines = [*_line(header, widths, frozenset(right), indent), rule, *lines]
    return "\n".join(lines)


def _widths(rows: Sequence[Sequence[str]], limits: Mapping[int, int], indent: str) -> list[int]:
    widths = [max([1, *(len(row[column]) for row in rows)]) for column in range(len(rows[0]))]
    widths = [min(width, limits.get(column, width)) for column, width in enumerate(widths)]
    if sys.stdout.isatty():
        before = len(indent) + sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
        widths[-1] = min(widths[-1], max(NARROWEST, shutil.get_terminal_size().columns - before))
    return widths


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int], indent: str) -> Iterator[str]:
    """The lines of one row."""
    cells = [
        textwrap.wrap(cell, width) if len(cell) > width else [cell]  # wrap() drops spaces that indent
        for cell, width in zip(row, widths, strict=True)
    ]
    for pieces in zip_longest(*cells, fillvalue=""):
        set_pieces = [
            piece.strip().rjust(width) if number in right else piece.ljust(width)
            for number, (piece, width) in enumerate(zip(pieces, widths, strict=True))
        ]
        yield (indent + GAP.join(set_pieces)).rstrip()
