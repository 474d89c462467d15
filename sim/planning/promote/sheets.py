"""Rows of a table that a planner hands over: CSV, CSV.gz, Parquet, or the first sheet of an Excel workbook.

A workbook's values are read, its formulas are not worked out: a cell whose formula was never calculated is empty.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sim.demand.tables import Rows, Text, read_rows
from sim.errors import InputError, Problem

MOST_BYTES = 500_000_000  # of a workbook, unpacked
_ZIP = b"PK\x03\x04"

Choose = Callable[[list[str]], Mapping[str, int]]


def read_sheet(path: Path, known: frozenset[str], choose: Choose) -> Rows:
    """Rows of a file, only the columns that `choose` wants.

    Parameters
    ----------
    path
        An existing file; what it is, is told by its first bytes.
    known, choose
        As in :func:`sim.demand.tables.read_rows`.

    Raises
    ------
    InputError
        If it is no table.
    """
    with path.open("rb") as file:
        begins = file.read(4)
    return _of_workbook(path, choose) if begins == _ZIP else read_rows(path, known, choose)


def _of_workbook(path: Path, choose: Choose) -> Rows:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
                raise _refused(
                    path, f"unpacks into more than {MOST_BYTES / 1e6:,.0f} MB: save the sheet as CSV (UTF-8)"
                )
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise _refused(path, "no Excel workbook that can be read: save the sheet as CSV (UTF-8)") from None
    try:
        rows = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(())
        return _rows(path, ([_text(cell) for cell in row] for row in rows), choose)
    finally:
        book.close()


def _rows(path: Path, cells: Iterable[list[str]], choose: Choose) -> Rows:
    numbered = ((number, row) for number, row in enumerate(cells, 1) if any(row))
    _, header = next(numbered, (0, []))
    if not header:
        raise _refused(path, "its first sheet is empty: a header and rows below it are needed")
    chosen = choose(header)
    kept = list(numbered)
    columns = {
        role: _column([row[place] if place < len(row) else "" for _, row in kept]) for role, place in chosen.items()
    }
    return Rows(columns, np.array([number for number, _ in kept], dtype=np.int64), {}, 0, "the header")


def _column(cells: list[str]) -> Text:
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(cell, len(places)) for cell in cells], dtype=np.int64)
    return Text(codes, list(places))


def _text(cell: Any) -> str:
    """A cell as a CSV would have it; a date without a time of day as a day."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _refused(path: Path, remedy: str) -> InputError:
    return InputError([Problem(path.name, "", remedy)], f"the file {path.name} can't be used")
