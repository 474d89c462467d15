"""Filled-in forms for tests: the example of each language, with cells changed by sheet and heading."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from sim.errors import InputError
from sim.intake import form, template
from sim.intake.examples import small_shop
from sim.intake.scenario import read_intake
from sim.intake.sheets import SHEETS
from sim.intake.words import words_of


@cache
def _example(language: str) -> bytes:
    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template, "INPUT_ROWS", 3)  # empty rows that are drawn: they only take time here
        template.workbook(words_of(language), small_shop()).save(out)
    return out.getvalue()


class Filled:
    """The example, to be changed and saved.

    Places are (sheet, column) for figures and (sheet, column, row of the table from 0) for tables.
    """

    def __init__(self, language: str = "en") -> None:
        self.words = words_of(language)
        self.book: Workbook = load_workbook(io.BytesIO(_example(language)))

    def sheet(self, key: str) -> Worksheet:
        return self.book[self.words.title(SHEETS[key])]

    def place(self, sheet: str, column: str, row: int = 0) -> Any:
        """The cell of a figure."""
        heading = self.words.heading(SHEETS[sheet], SHEETS[sheet].by_key[column])
        place = self.sheet(sheet)
        if SHEETS[sheet].table:
            at = next(cell.column for cell in place[form.HEADING_ROW] if cell.value == heading)
            return place.cell(form.FIRST_ROW + row, at)
        return next(
            place.cell(cells[0].row, form.VALUE) for cells in place.iter_rows(min_row=4) if cells[0].value == heading
        )

    def put(self, sheet: str, column: str, value: Any, row: int = 0) -> str:
        """Change a cell; its name as messages write it."""
        cell = self.place(sheet, column, row)
        cell.value = value
        return self.name(sheet, column, row)

    def name(self, sheet: str, column: str, row: int = 0) -> str:
        title = self.words.title(SHEETS[sheet])
        quoted = f"'{title}'" if " " in title else title
        return f"{quoted}!{self.place(sheet, column, row).coordinate}"

    def empty(self, sheet: str) -> None:
        """Take everything out of a sheet."""
        for column in SHEETS[sheet].columns:
            for row in range(len(SHEETS[sheet].examples) or 1):
                if column.key != "hour":
                    self.place(sheet, column.key, row).value = None

    def save(self, folder: Path, name: str = "capacity.xlsx") -> Path:
        path = folder / name
        self.book.save(path)
        return path


def problems_with(path: Path) -> list[str]:
    """What intake says of a workbook, one text each; none where it takes it."""
    try:
        read_intake(path)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []
